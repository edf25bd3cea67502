"""What doctor looks at on the way to the venue: proxy, name, TLS."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.proxies import Proxy, is_loopback
from eliteflow.exchange.unreachable import system_reason
from eliteflow.messages import text
from eliteflow.operations.doctor.diagnosis import Finding, failed, ok, skipped

UNREACHABLE = ExchangeUnreachable.exit_status


class Network(Protocol):
    """The network as far as doctor has to do with it. Every method raises OSError for what does not work."""

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of a name."""

    async def connect(self, host: str, port: int) -> None:
        """Open a TCP connection, and close it."""

    async def handshake(self, host: str, port: int) -> str:
        """Open a TLS connection with the system's certificates, and close it; return its version, as `TLSv1.3`."""


class MachineNetwork:
    """The network that there is."""

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of a name."""
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    async def connect(self, host: str, port: int) -> None:
        """Open a TCP connection, and close it."""
        async with _connection(host, port):
            return

    async def handshake(self, host: str, port: int) -> str:
        """Open a TLS connection with the system's certificates, and close it; return its version."""
        async with _connection(host, port, ssl.create_default_context()) as writer:
            return str(writer.get_extra_info("ssl_object").version())


@contextlib.asynccontextmanager
async def _connection(host: str, port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[asyncio.StreamWriter]:
    _, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        yield writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def check_proxy(network: Network, proxy: Proxy | None) -> Finding:
    """Name the proxy that requests go through, its password masked, and see whether it is there."""
    if proxy is None:
        return ok("proxy", text("doctor.proxy_none"))
    try:
        await network.connect(proxy.host, proxy.port)
    except OSError as error:
        found = text("unreachable.proxy", proxy=proxy, reason=reason_of(error))
        return failed("proxy", found, text("doctor.proxy_advice"), UNREACHABLE)
    return ok("proxy", text("doctor.proxy_found", proxy=proxy))


async def check_name(network: Network, base_url: str, proxy: Proxy | None) -> Finding:
    """See whether the venue's name has an address."""
    host = urlsplit(base_url).hostname or ""
    if proxy is not None:
        return skipped("dns", text("doctor.by_proxy"))
    if _is_address(host):
        return skipped("dns", text("doctor.dns_address", host=host))
    try:
        addresses = await network.resolve(host)
    except OSError as error:
        found = text("doctor.dns_failed", host=host, reason=reason_of(error))
        return failed("dns", found, text("doctor.dns_advice"), UNREACHABLE)
    return ok("dns", text("doctor.dns_found", host=host, addresses=", ".join(addresses[:3])))


async def check_tls(network: Network, base_url: str, proxy: Proxy | None) -> Finding:
    """See whether a secure connection to the venue can be trusted."""
    url = urlsplit(base_url)
    if url.scheme != "https":
        return skipped("tls", text("doctor.tls_none", url=base_url))
    if proxy is not None:
        return skipped("tls", text("doctor.by_proxy"))
    try:
        version = await network.handshake(url.hostname or "", url.port or 443)
    except OSError as error:
        return failed("tls", reason_of(error), text("doctor.tls_advice"), UNREACHABLE)
    return ok("tls", version)


def reason_of(error: OSError) -> str:
    """Return in a few words why something does not work."""
    match error:
        case TimeoutError():
            return text("doctor.timed_out")
        case ssl.SSLCertVerificationError(verify_message=str(message)):
            return message
        case ConnectionRefusedError():
            return text("unreachable.refused")
        case _:
            return system_reason(error)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return is_loopback(host)
    return True

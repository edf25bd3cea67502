"""Opens stream connections over real sockets, by picows: through TLS and proxies."""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

from aiohappyeyeballs import start_connection
from picows import WSHandshakeError, WSParsedURL, ws_connect
from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.direct_transport import SECOND_ADDRESS_AFTER_S
from eliteflow.exchange.endpoints import checked_ws_url
from eliteflow.exchange.proxies import Proxy, choose_proxy
from eliteflow.exchange.streams.picows_connection import PicowsConnection
from eliteflow.exchange.unreachable import system_reason, unreachable_reason
from eliteflow.messages import text

# picows tells of every connection at INFO; what users have to know is said by `stream.*` events.
_mute = logging.Logger("picows", logging.CRITICAL + 1)  # noqa: LOG001  # nobody else's: users' settings stay theirs

_PROXY_FAILURES = (ProxyError, ProxyConnectionError, ProxyTimeoutError)


class PicowsFrames:
    """A FrameSource for one host.

    base_url: `ws://` or `wss://` and a host. proxy: as `[venue] proxy`; None asks the environment
    (`exchange/proxies.py`), an empty text means none. environment, tls: for tests; the process's own by default.
    Raises ConfigError for a bad URL or proxy.
    """

    def __init__(
        self,
        base_url: str,
        *,
        proxy: str | None = None,
        environment: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._base_url, self._host = checked_ws_url(base_url)
        as_http = self._base_url.replace("ws", "http", 1)
        self._proxy = choose_proxy(as_http, proxy, os.environ if environment is None else environment)
        self._tls = tls

    def __repr__(self) -> str:
        through = f" through {self._proxy}" if self._proxy else ""
        return f"<PicowsFrames {self._base_url}{through}>"

    @property
    def host(self) -> str:
        """The host (and port) that connections go to."""
        return self._host

    async def connect(self, path: str, *, timeout_s: float) -> "PicowsConnection":
        """Open the route, form and streams of `path`; raise ExchangeUnreachable if that fails within `timeout_s`."""
        sockets: list[socket.socket] = []
        try:
            async with asyncio.timeout(timeout_s):
                return await self._open(path, sockets, timeout_s)
        except (*_PROXY_FAILURES, WSHandshakeError, OSError) as error:
            _hang_up(sockets)
            raise ExchangeUnreachable(self._host, self._reason(error, timeout_s), status=_status(error)) from None
        except BaseException:  # cancelled too: no socket is left open
            _hang_up(sockets)
            raise

    async def _open(self, path: str, sockets: list[socket.socket], timeout_s: float) -> "PicowsConnection":
        async def to_host_or_proxy(url: WSParsedURL) -> socket.socket:
            try:
                sockets.append(await _connected_socket(url.host, url.port))
            except OSError as error:
                if self._proxy is None:
                    raise
                raise ProxyConnectionError(error.errno, os.strerror(error.errno or 0)) from error
            return sockets[-1]

        _, connection = await ws_connect(
            lambda: PicowsConnection(self._host),
            self._base_url + path,
            ssl_context=self._context(),
            websocket_handshake_timeout=timeout_s,
            logger_name=_mute,
            max_redirects=0,
            proxy=_address(self._proxy) if self._proxy else None,
            socket_factory=to_host_or_proxy,
        )
        if not isinstance(connection, PicowsConnection):  # it broke before the handshake was answered
            raise ConnectionResetError
        return connection

    def _context(self) -> ssl.SSLContext | None:
        """Return how TLS is done: made once, because reading the system's certificates takes 20 ms."""
        if self._tls is None and self._base_url.startswith("wss:"):
            self._tls = ssl.create_default_context()
        return self._tls

    def _reason(self, error: Exception, timeout_s: float) -> str:
        """Return in a few words why there is no connection; names the proxy without its credentials."""
        match error:
            case WSHandshakeError():
                status = _status(error)
                return text("unreachable.status", status=status) if status else text("unreachable.truncated")
            case ProxyError() | ProxyConnectionError() | ProxyTimeoutError():
                return text("unreachable.proxy", proxy=self._proxy, reason=system_reason(error))
            case _:
                return unreachable_reason(error, timeout_s)


async def _connected_socket(host: str, port: int) -> socket.socket:
    """Return a socket connected to whichever of the host's addresses answers first."""
    loop = asyncio.get_running_loop()
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return await start_connection(addresses, happy_eyeballs_delay=SECOND_ADDRESS_AFTER_S, loop=loop)


def _hang_up(sockets: list[socket.socket]) -> None:
    """End connections that nobody will use; whatever picows still does with them ends too."""
    for connected in sockets:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)


def _address(proxy: Proxy) -> str:
    """Return the proxy's URL with its credentials, as picows wants it."""
    if proxy.username is None:
        return proxy.address
    login = f"{quote(proxy.username, safe='')}:{quote(proxy.password or '', safe='')}@"
    return proxy.address.replace("://", f"://{login}", 1)


def _status(error: Exception) -> int | None:
    response = error.response if isinstance(error, WSHandshakeError) else None
    return None if response is None else int(response.status)

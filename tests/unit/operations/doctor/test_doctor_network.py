"""What doctor looks at on the way to the venue."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from eliteflow.exchange.proxies import Proxy
from eliteflow.operations.doctor.diagnosis import State
from eliteflow.operations.doctor.doctor_network import MachineNetwork, check_name, check_proxy, check_tls
from tests.unit.exchange.streams.frame_server import OPENSSL, certificate_of_localhost, serving_tls
from tests.unit.operations.doctor.fake_network import FakeNetwork

URL = "https://fapi.binance.com"
PROXY = Proxy("http", "proxy.test", 3128, "user", "planted")
NOT_FOUND = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
UNTRUSTED = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")


async def test_a_direct_way_is_looked_at_step_by_step() -> None:
    """No proxy, a name, a certificate."""
    network = FakeNetwork()
    findings = [
        await check_proxy(network, None),
        await check_name(network, URL, None),
        await check_tls(network, URL, None),
    ]
    assert [finding.found for finding in findings] == [
        "none: a direct connection",
        "fapi.binance.com is 192.0.2.1, 192.0.2.2",
        "TLSv1.3",
    ]
    assert network.asked == [("resolve", "fapi.binance.com"), ("handshake", "fapi.binance.com:443")]


async def test_behind_a_proxy_name_and_tls_are_the_proxys() -> None:
    """It is there, its password is masked, and nobody else is asked."""
    network = FakeNetwork()
    finding = await check_proxy(network, PROXY)
    assert (finding.state, finding.found) == (State.OK, "http://***@proxy.test:3128 can be reached")
    assert (await check_name(network, URL, PROXY)).state is State.SKIPPED
    assert (await check_tls(network, URL, PROXY)).state is State.SKIPPED
    assert network.asked == [("connect", "proxy.test:3128")]


async def test_each_broken_step_says_why_and_what_to_do() -> None:
    """All of them keep the venue out of reach: status 3."""
    findings = [
        await check_proxy(FakeNetwork(connect=ConnectionRefusedError()), PROXY),
        await check_name(FakeNetwork(resolve=NOT_FOUND), URL, None),
        await check_tls(FakeNetwork(handshake=UNTRUSTED), URL, None),
        await check_tls(FakeNetwork(handshake=TimeoutError()), URL, None),
    ]
    assert [finding.found for finding in findings] == [
        "the proxy http://***@proxy.test:3128 failed: connection refused",
        "fapi.binance.com has no address: Name or service not known",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "timed out",
    ]
    assert {finding.exit_status for finding in findings} == {3}
    assert all(finding.advice for finding in findings)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost:9"])
async def test_of_an_address_no_name_is_looked_up(url: str) -> None:
    """And without TLS there is none to look at."""
    network = FakeNetwork()
    assert (await check_name(network, url, None)).state is State.SKIPPED
    assert (await check_tls(network, url, None)).state is State.SKIPPED
    assert network.asked == []


@pytest.mark.loopback
async def test_the_machines_network_opens_and_closes_connections() -> None:
    """Against a server that answers nothing, and where nobody listens."""
    accepted = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    network = MachineNetwork()
    assert "127.0.0.1" in await network.resolve("127.0.0.1")
    await network.connect("127.0.0.1", port)
    await accepted.wait()
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await network.handshake("127.0.0.1", port)
    server.close()
    await server.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        await network.connect("127.0.0.1", port)


@pytest.mark.loopback
@pytest.mark.skipif(OPENSSL is None, reason="makes a certificate with openssl")
async def test_a_certificate_that_nobody_vouches_for_fails_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one of the system's passes; the reason is that of the TLS library."""
    certificate = certificate_of_localhost(tmp_path)

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serving_tls(silent, certificate) as port:
        url = f"https://localhost:{port}"
        finding = await check_tls(MachineNetwork(), url, None)
        assert (finding.state, "self-signed" in finding.found) == (State.FAILED, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert (await check_tls(MachineNetwork(), url, None)).state is State.OK

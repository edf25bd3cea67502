"""Tests of the real transports over real sockets: answers, pool, proxies, and every way to fail."""

import asyncio
import gc
import gzip
import logging
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from eliteflow.errors import ConfigError, ExchangeUnreachable
from eliteflow.exchange.direct_transport import DirectTransport
from eliteflow.exchange.transport import AiohttpTransport, HttpRequest, HttpResponse, HttpTransport
from tests.unit.exchange.loopback_server import OK, Handler, http, serving, socks5

pytestmark = pytest.mark.loopback
PING = HttpRequest("GET", "/fapi/v1/ping", "symbol=%E5%B8%81USDT")


async def send(transport: HttpTransport, timeout_s: float = 5) -> HttpResponse:
    """Send one request and close."""
    try:
        return await transport.send(PING, timeout_s=timeout_s)
    finally:
        await transport.aclose()


Either = AiohttpTransport | DirectTransport
Open = Callable[[str], Either]
Direct = Callable[[int], Either]


@pytest.fixture(params=["aiohttp", "direct"])
def open_to(request: pytest.FixtureRequest) -> Open:
    """Opens either transport to an address; both promise the same."""
    if request.param == "direct":
        return lambda url: DirectTransport(url, max_connections=4)
    return lambda url: AiohttpTransport(url, max_connections=4, environment={})


@pytest.fixture
def direct(open_to: Open) -> Direct:
    """Opens a transport to a port of this machine."""
    return lambda port: open_to(f"http://127.0.0.1:{port}/")


def through(proxy: str, base_url: str = "http://venue.invalid") -> AiohttpTransport:
    """A transport that has to use a proxy: its host exists nowhere."""
    return AiohttpTransport(base_url, max_connections=4, proxy=proxy, environment={})


async def test_an_answer_comes_with_status_headers_and_body(direct: Direct) -> None:
    """Header names are asked in lower case; the query goes out as it was encoded."""
    heads: list[str] = []
    async with serving(http(heads=heads)) as port:
        response = await send(direct(port))
    assert (response.status, response.headers["x-mbx-used-weight-1m"], response.body) == (200, "7", b"[]")
    assert heads[0].startswith("GET /fapi/v1/ping?symbol=%E5%B8%81USDT HTTP/1.1\r\n")
    assert "Accept-Encoding: identity\r\n" in heads[0]


@pytest.mark.parametrize("status", [302, 400, 418, 429, 451, 503])
async def test_every_status_is_an_answer(direct: Direct, status: int) -> None:
    """What it means is not the transport's business; a redirect is not followed."""
    raw = f"HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".encode()
    async with serving(http(raw)) as port:
        assert (await send(direct(port))).status == status


async def test_far_away_hosts_are_asked_for_compressed_bodies() -> None:
    """And they are unpacked."""
    heads: list[str] = []
    packed = gzip.compress(b"[" * 1000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    async with serving(http(head.encode() + packed, heads)) as port:
        response = await send(through(f"http://127.0.0.1:{port}"))
    assert response.body == b"[" * 1000
    assert "Accept-Encoding: gzip\r\n" in heads[0]


async def test_connections_are_kept_and_never_more_than_allowed(direct: Direct) -> None:
    """Forty requests over four connections."""
    connections = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await http()(reader, writer)

    async with serving(count) as port:
        transport = direct(port)
        await asyncio.gather(*(transport.send(PING, timeout_s=5) for _ in range(40)))
        await transport.aclose()
    assert connections == 4


def abort(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> asyncio.Future[None]:
    """A server that cuts the connection."""
    writer.transport.abort()
    return asyncio.get_running_loop().create_future()


async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that never answers."""
    await reader.read()


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (stay_silent, "timed out after 0.2 s"),
        (abort, "connection reset"),
        (http(b"", then_close=True), "connection reset"),
        (http(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[[1", then_close=True), "broke off or is damaged"),
        (http(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[[1"), "timed out after 0.2 s"),
        (http(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), "is damaged"),
        (http(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "broke off or is damaged"),
    ],
    ids=["silent", "abort", "closed", "truncated", "slow body", "bad gzip", "no HTTP"],
)
async def test_each_failure_has_a_short_human_reason(direct: Direct, handler: Handler, reason: str) -> None:
    """One error type; aiohttp's own never come out."""
    async with serving(handler) as port:
        with pytest.raises(ExchangeUnreachable) as failed:
            await send(direct(port), timeout_s=0.2)
    assert reason in failed.value.reason
    assert failed.value.host == f"127.0.0.1:{port}"


async def test_a_port_nobody_listens_on_refuses(direct: Direct) -> None:
    """The most frequent mistake in `--rest-url`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ExchangeUnreachable, match="connection refused"):
        await send(direct(port))


async def test_a_name_that_does_not_exist_is_not_resolved(open_to: Open) -> None:
    """RFC 2606 keeps `.invalid` empty."""
    with pytest.raises(ExchangeUnreachable, match="name not resolved"):
        await send(open_to("http://venue.invalid"))


async def test_tls_with_somebody_who_does_not_speak_it(open_to: Open) -> None:
    """An `https` address of a plain server."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serving(talk) as port:
        transport = open_to(f"https://127.0.0.1:{port}")
        with pytest.raises(ExchangeUnreachable, match="no secure connection"):
            await send(transport, timeout_s=1)


async def test_an_http_proxy_gets_the_request_and_its_credentials() -> None:
    """The venue's name is for the proxy to resolve."""
    heads: list[str] = []
    async with serving(http(heads=heads)) as port:
        response = await send(through(f"http://user:secret@127.0.0.1:{port}"))
    assert response.body == b"[]"
    assert heads[0].startswith("GET http://venue.invalid/fapi/v1/ping?")
    assert "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n" in heads[0]


async def test_an_http_proxy_is_asked_for_a_tunnel_to_a_tls_venue() -> None:
    """CONNECT carries the credentials; what the proxy answers is named."""
    heads: list[str] = []
    async with serving(http(b"HTTP/1.1 407 Login first\r\nContent-Length: 0\r\n\r\n", heads)) as port:
        with pytest.raises(ExchangeUnreachable) as failed:
            await send(through(f"http://user:secret@127.0.0.1:{port}", "https://venue.invalid"))
    assert heads[0].startswith("CONNECT venue.invalid:443")
    assert "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n" in heads[0]
    assert failed.value.reason == f"the proxy http://***@127.0.0.1:{port} failed: 407 Login first"


async def test_a_socks5_proxy_is_told_the_venues_name() -> None:
    """Names are resolved over there, not here."""
    seen: list[bytes] = []
    async with serving(socks5(seen)) as port:
        response = await send(through(f"socks5://user:secret@127.0.0.1:{port}"))
    assert response.body == b"[]"
    assert seen == [b"\x04user\x06secret", b"venue.invalid"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_dead_proxy_is_named_without_its_credentials(scheme: str) -> None:
    """In no text, repr, or cause of the error."""
    transport = through(f"{scheme}://user:secret@127.0.0.1:1")
    with pytest.raises(ExchangeUnreachable, match=rf"the proxy {scheme}://\*\*\*@127\.0\.0\.1:1 failed") as failed:
        await send(transport)
    shown = f"{transport!r} {failed.value!s} {failed.value!r} {failed.value.__cause__!r} {failed.value.__context__!r}"
    assert "secret" not in shown
    assert "dXNlcjpzZWNyZXQ" not in shown


@pytest.mark.parametrize(
    "url", ["", "fapi.binance.com", "ftp://fapi.binance.com", "https://", "http://a:b", "http://a?x=1"]
)
def test_an_address_that_cannot_be_one_is_refused_at_once(open_to: Open, url: str) -> None:
    """A ConfigError names the setting."""
    with pytest.raises(ConfigError, match=r"venue\.rest_url: wanted an address as https://host"):
        open_to(url)


def test_an_address_with_credentials_is_refused_without_showing_them(open_to: Open) -> None:
    """The venue has no such thing."""
    with pytest.raises(ConfigError) as refused:
        open_to("https://user:secret@venue.test")
    assert "secret" not in repr(refused.value)


def test_the_pool_follows_to_another_loop(direct: Direct) -> None:
    """A notebook or script may run one loop after the other with the same client."""
    built: list[Either] = []

    async def once() -> bytes:
        async with serving(http()) as port:
            transport = built[0] if built else direct(port)
            built.append(transport)
            transport._base_url = f"http://127.0.0.1:{port}"
            return (await transport.send(PING, timeout_s=5)).body

    assert [asyncio.run(once()), asyncio.run(once())] == [b"[]", b"[]"]


async def test_forgetting_to_close_is_not_punished(direct: Direct, caplog: pytest.LogCaptureFixture) -> None:
    """No complaint in the log, and the connections are closed."""
    caplog.set_level(logging.DEBUG)
    closed = asyncio.Event()

    async def notice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.read()
        closed.set()

    async with serving(notice) as port:
        transport = direct(port)
        await transport.send(PING, timeout_s=5)
        del transport
        gc.collect()
        async with asyncio.timeout(5):
            await closed.wait()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


FORGETFUL = """
import asyncio
from eliteflow.exchange.direct_transport import DirectTransport
from eliteflow.exchange.transport import AiohttpTransport, HttpRequest
async def main():
    global transport
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    transport = {name}(f"http://127.0.0.1:{{server.sockets[0].getsockname()[1]}}", max_connections=4)
    await asyncio.gather(*(transport.send(HttpRequest("GET", "/"), timeout_s=5) for _ in range(4)))
async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
asyncio.run(main())
"""


@pytest.mark.parametrize("name", ["AiohttpTransport", "DirectTransport"])
def test_a_script_that_forgets_to_close_ends_in_silence(name: str) -> None:
    """Nothing is printed when the interpreter goes down."""
    script = FORGETFUL.format(name=name)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (
            lambda: DirectTransport("http://127.0.0.1:8080/", max_connections=4),
            "<DirectTransport http://127.0.0.1:8080, at most 4 connections>",
        ),
        (
            lambda: through("socks5://u:p@proxy:1080"),
            "<AiohttpTransport http://venue.invalid through socks5://***@proxy:1080, at most 4 connections>",
        ),
    ],
)
def test_repr_is_a_diagnostic(make: Callable[[], Either], shown: str) -> None:
    """Where to and through what, never with which password."""
    assert repr(make()) == shown

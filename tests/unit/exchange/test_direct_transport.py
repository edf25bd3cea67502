"""Tests of the transport without a proxy: what it keeps, repeats, resolves and leaves to aiohttp."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.direct_transport import DirectTransport, open_transport
from eliteflow.exchange.transport import AiohttpTransport, HttpRequest
from tests.unit.exchange.loopback_server import OK, http, serving

PEM = Path(__file__).parents[3] / "bench/loopback.pem"
PING = HttpRequest("GET", "/fapi/v1/ping")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def once_each(requests: list[bytes]) -> Handler:
    """A server that answers one request on each connection and closes it without a word when the next one comes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    return handle


def test_a_proxy_is_left_to_aiohttp() -> None:
    """Which of the two is used depends on the proxy alone."""
    direct = open_transport("https://venue.test", max_connections=1, environment={})
    proxied = open_transport("https://venue.test", max_connections=1, environment={"HTTPS_PROXY": "http://proxy:1"})
    exempt = open_transport("https://venue.test", max_connections=1, proxy="", environment={"ALL_PROXY": "http://p:1"})
    assert [type(transport) for transport in (direct, proxied, exempt)] == [
        DirectTransport,
        AiohttpTransport,
        DirectTransport,
    ]


@pytest.mark.loopback
async def test_a_kept_connection_that_has_ended_is_replaced() -> None:
    """The venue closes idle connections; whoever asks next does not notice."""
    requests: list[bytes] = []
    async with serving(once_each(requests)) as port:
        transport = DirectTransport(f"http://127.0.0.1:{port}", max_connections=1)
        answers = [await transport.send(PING, timeout_s=5) for _ in range(3)]
        await transport.aclose()
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len(requests) == 5  # the second and the third were sent twice


@pytest.mark.loopback
async def test_what_may_not_be_repeated_is_not() -> None:
    """Nobody knows whether the venue saw it."""
    async with serving(once_each([])) as port:
        transport = DirectTransport(f"http://127.0.0.1:{port}", max_connections=1)
        await transport.send(PING, timeout_s=5)
        with pytest.raises(ExchangeUnreachable, match="connection reset"):
            await transport.send(HttpRequest("POST", "/fapi/v1/order"), timeout_s=5)
        await transport.aclose()


@pytest.mark.loopback
async def test_an_idle_connection_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is closed before the front end's own limit could meet a request on its way."""
    monkeypatch.setattr("eliteflow.exchange.direct_transport.KEEP_ALIVE_S", 0.0)
    opened = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await http()(reader, writer)

    async with serving(count) as port:
        transport = DirectTransport(f"http://127.0.0.1:{port}", max_connections=4)
        for _ in range(3):
            await transport.send(PING, timeout_s=5)
        await transport.aclose()
    assert opened == 3


@pytest.mark.loopback
async def test_a_name_is_resolved_once_for_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """256 connections at once would otherwise ask 256 times; far hosts are asked for compressed answers."""
    asked: list[str] = []
    heads: list[str] = []
    packed = gzip.compress(b"[]")
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed)
    async with serving(http(answer, heads)) as port:

        async def resolve(host: str, at: int, **_: object) -> list[tuple[object, ...]]:
            asked.append(f"{host}:{at}")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        transport = DirectTransport("http://venue.test/prefix", max_connections=8)
        answers = await asyncio.gather(*(transport.send(PING, timeout_s=5) for _ in range(8)))
        await transport.aclose()
    assert {answer.body for answer in answers} == {b"[]"}
    assert asked == ["venue.test:80"]
    assert heads[0].startswith("GET /prefix/fapi/v1/ping HTTP/1.1\r\nHost: venue.test\r\nAccept-Encoding: gzip\r\n")


@pytest.mark.loopback
async def test_a_venue_speaks_tls_to_whoever_trusts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's list of authorities decides; a stranger's certificate is refused in a few words."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    async with serving(http(), context) as port:
        transport = DirectTransport(f"https://127.0.0.1:{port}", max_connections=1)
        with pytest.raises(ExchangeUnreachable, match=r"no secure connection.*verify failed"):
            await transport.send(PING, timeout_s=5)
        monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
        trusting = DirectTransport(f"https://127.0.0.1:{port}", max_connections=1)
        assert (await trusting.send(PING, timeout_s=5)).body == b"[]"
        await trusting.aclose()


@pytest.mark.loopback
async def test_headers_of_a_request_are_sent() -> None:
    """Keys travel in one."""
    heads: list[str] = []
    async with serving(http(heads=heads)) as port:
        transport = DirectTransport(f"http://127.0.0.1:{port}", max_connections=1)
        await transport.send(HttpRequest("GET", "/x", headers={"X-MBX-APIKEY": "key"}), timeout_s=5)
        await transport.aclose()
    assert "\r\nX-MBX-APIKEY: key\r\n" in heads[0]

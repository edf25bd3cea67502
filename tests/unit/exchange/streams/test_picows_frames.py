"""Opening stream connections over real sockets: TLS, proxies, and every way to fail."""

import asyncio
import gc
import logging
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from eliteflow.errors import ConfigError, ExchangeUnreachable
from eliteflow.exchange.streams.picows_frames import PicowsFrames
from eliteflow.exchange.transport import FrameSource
from tests.unit.exchange.loopback_server import Handler, http, serving, socks5
from tests.unit.exchange.streams.frame_server import (
    OPENSSL,
    certificate_of_localhost,
    connect_proxy,
    greet,
    serving_tls,
    streams,
)

pytestmark = pytest.mark.loopback
PATH = "/market/stream?streams=btcusdt@kline_5m"


def direct(port: int) -> PicowsFrames:
    """Connections to this machine that read no environment."""
    return PicowsFrames(f"ws://127.0.0.1:{port}/", environment={})


def through(proxy: str, base_url: str = "ws://venue.invalid:8080") -> PicowsFrames:
    """Connections that have to use a proxy: their host exists nowhere."""
    return PicowsFrames(base_url, proxy=proxy, environment={})


async def first_frames(source: FrameSource) -> list[bytes]:
    """Open a connection and return what comes first."""
    connection = await source.connect(PATH, timeout_s=5)
    frames = await connection.receive()
    await connection.close()
    return frames


async def test_frames_come_from_the_path_asked_for() -> None:
    """Under the host's own name."""
    targets: list[str] = []
    async with serving(streams(greet, targets)) as port:
        source = direct(port)
        assert await first_frames(source) == [b"hello"]
        assert source.host == f"127.0.0.1:{port}"
    assert targets == [PATH]


async def test_an_http_proxy_makes_the_tunnel() -> None:
    """It gets the venue's name to resolve, and its credentials; the venue does not."""
    heads: list[str] = []
    async with serving(connect_proxy(heads, streams(greet))) as port:
        assert await first_frames(through(f"http://us%2Fer:s%25cret@127.0.0.1:{port}")) == [b"hello"]
    assert heads[0].startswith("CONNECT venue.invalid:8080 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic dXMvZXI6cyVjcmV0\r\n" in heads[0]  # us/er:s%cret


async def test_a_socks_proxy_makes_the_tunnel() -> None:
    """The same."""
    seen: list[bytes] = []
    async with serving(socks5(seen, streams(greet))) as port:
        assert await first_frames(through(f"socks5://user:secret@127.0.0.1:{port}")) == [b"hello"]
    assert seen == [b"\x04user\x06secret", b"venue.invalid"]


@pytest.mark.skipif(OPENSSL is None, reason="makes its certificate with openssl")
@pytest.mark.parametrize("has_proxy", [False, True])
async def test_tls_is_spoken_with_the_venue(tmp_path: Path, has_proxy: bool) -> None:
    """Inside a proxy's tunnel too; the certificate is checked against the venue's name."""
    certificate = certificate_of_localhost(tmp_path)
    trusting = ssl.create_default_context(cafile=certificate)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", venue)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pass_on(reader, back))
            tasks.create_task(pass_on(there, writer))

    async with serving_tls(streams(greet), certificate) as venue, serving(connect_proxy([], relay)) as proxy:
        setting = f"http://127.0.0.1:{proxy}" if has_proxy else ""
        source = PicowsFrames(f"wss://localhost:{venue}", proxy=setting, tls=trusting)
        assert await first_frames(source) == [b"hello"]
        stranger = PicowsFrames(f"wss://localhost:{venue}", proxy=setting)
        with pytest.raises(ExchangeUnreachable, match=r"no secure connection \(TLS\): .*CERTIFICATE_VERIFY_FAILED"):
            await stranger.connect(PATH, timeout_s=5)


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes from one connection to another until the first ends."""
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


def abort(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> asyncio.Future[None]:
    """A server that cuts the connection."""
    writer.transport.abort()
    return asyncio.get_running_loop().create_future()


async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that never answers."""
    await reader.read()
    writer.close()


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (stay_silent, "timed out after 0.2 s"),
        (abort, "connection reset"),
        (http(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "answered 404"),
        (http(b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), "answered 302"),
        (http(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"), "answered 200"),
        (http(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "broke off or is damaged"),
    ],
    ids=["silent", "abort", "404", "302", "no upgrade", "no HTTP"],
)
async def test_each_failure_has_a_short_human_reason(handler: Handler, reason: str) -> None:
    """One error type; picows' own never come out, and a redirect is not followed."""
    async with serving(handler) as port:
        with pytest.raises(ExchangeUnreachable) as failed:
            await direct(port).connect(PATH, timeout_s=0.2)
    assert reason in failed.value.reason
    assert failed.value.host == f"127.0.0.1:{port}"


async def test_a_port_nobody_listens_on_refuses() -> None:
    """The most frequent mistake in `venue.ws_url`."""
    with pytest.raises(ExchangeUnreachable, match="connection refused"):
        await direct(free_port()).connect(PATH, timeout_s=5)


async def test_a_name_that_does_not_exist_is_not_resolved() -> None:
    """RFC 2606 keeps `.invalid` empty."""
    with pytest.raises(ExchangeUnreachable, match="name not resolved"):
        await PicowsFrames("ws://venue.invalid", environment={}).connect(PATH, timeout_s=5)


async def test_a_proxy_that_refuses_is_named_without_its_password() -> None:
    """With what it answered."""
    async with serving(connect_proxy([], stay_silent, "407 Proxy Authentication Required")) as port:
        with pytest.raises(ExchangeUnreachable) as failed:
            await through(f"http://user:secret@127.0.0.1:{port}").connect(PATH, timeout_s=5)
    assert failed.value.reason == (
        f"the proxy http://***@127.0.0.1:{port} failed: HTTP proxy rejected connection with status 407"
    )


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_out_of_reach_is_named_without_its_password(scheme: str) -> None:
    """So that nobody looks for the fault at the venue."""
    port = free_port()
    with pytest.raises(ExchangeUnreachable) as failed:
        await through(f"{scheme}://user:secret@127.0.0.1:{port}").connect(PATH, timeout_s=5)
    assert failed.value.reason == f"the proxy {scheme}://***@127.0.0.1:{port} failed: Connection refused"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.mark.parametrize("shakes_hands", [True, False])
async def test_no_descriptor_is_left(shakes_hands: bool) -> None:
    """Neither of connections that were used nor of attempts that were given up."""
    came, left = asyncio.Event(), asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with serving(streams(wait) if shakes_hands else wait) as port:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            came.clear()
            left.clear()
            attempt = asyncio.create_task(first_frames(direct(port)))
            async with asyncio.timeout(5):
                await came.wait()
                attempt.cancel()
                await asyncio.wait({attempt})
                await left.wait()
        assert len(os.listdir("/proc/self/fd")) == before


async def test_nothing_is_logged_by_picows(caplog: pytest.LogCaptureFixture) -> None:
    """What users have to know is an event of ours."""
    caplog.set_level(logging.DEBUG)
    async with serving(streams(greet)) as port:
        await first_frames(direct(port))
    gc.collect()
    assert [record for record in caplog.records if record.name.startswith("picows")] == []


@pytest.mark.parametrize(
    "base_url",
    [
        "https://fstream.binance.com",
        "wss://",
        "wss://host:port",
        "wss://user:secret@host",
        "wss://host/public",
        "wss://host?a=b",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(base_url: str) -> None:
    """A path in it would lead to a route without klines; no password is shown."""
    with pytest.raises(ConfigError, match=r"venue\.ws_url: wanted an address as wss://host") as refused:
        PicowsFrames(base_url, environment={})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: direct(8080), "<PicowsFrames ws://127.0.0.1:8080>"),
        (
            lambda: through("socks5://u:p@proxy:1080"),
            "<PicowsFrames ws://venue.invalid:8080 through socks5://***@proxy:1080>",
        ),
    ],
)
def test_repr_is_a_diagnostic(make: Callable[[], PicowsFrames], shown: str) -> None:
    """Where to and through what, never with which password."""
    assert repr(make()) == shown


def test_the_environment_names_the_proxy_of_streams_too() -> None:
    """The same variables as for REST, by the scheme's kin."""
    source = PicowsFrames("wss://fstream.binance.com", environment={"HTTPS_PROXY": "http://u:p@proxy:3128"})
    assert repr(source) == "<PicowsFrames wss://fstream.binance.com through http://***@proxy:3128>"

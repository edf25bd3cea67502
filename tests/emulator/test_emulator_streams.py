"""Streams over real sockets, with a client that knows nothing of the emulator."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from eliteflow.emulator.opening import EmulatorOptions
from eliteflow.emulator.server import EmulatorServer
from eliteflow.emulator.ws_frames import CLOSE, PING, TEXT, encode
from tests.unit.emulator.ws_client_frames import client_frame

pytestmark = pytest.mark.loopback

SUBSCRIBE = {"method": "SUBSCRIBE", "params": ["btcusdt@kline_5m", "ethusdt@kline_15m"], "id": 1}
HANDSHAKE = (
    b"GET %b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """An emulator of ten contracts."""
    async with EmulatorServer(EmulatorOptions(symbols=10, latency_ms=0)) as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that knows nothing of the emulator."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


async def _next(socket: aiohttp.ClientWebSocketResponse) -> Any:
    return json.loads(await socket.receive_str(timeout=10))


async def test_klines_come_over_a_socket(emulator: EmulatorServer, client: aiohttp.ClientSession) -> None:
    """The acknowledgement first, then what was subscribed to, equal to the truth of its instant."""
    async with client.ws_connect(emulator.ws_url + "/market/stream") as socket:
        await socket.send_json(SUBSCRIBE)
        assert await _next(socket) == {"result": None, "id": 1}
        event = (await _next(socket))["data"]
        assert event["e"] == "kline"
    until = f"symbol={event['s']}&timeframe={event['k']['i']}&limit=1&endTime={event['k']['T']}"
    async with client.get(f"{emulator.control_url}/truth?{until}") as answer:
        row = (await answer.json())["rows"][0]
    assert (row[0], row[1]) == (event["k"]["t"], event["k"]["o"])


async def test_two_connections_get_the_same_messages(emulator: EmulatorServer, client: aiohttp.ClientSession) -> None:
    """A stream is made once for all who listen."""
    url = emulator.ws_url + "/market/ws/btcusdt@kline_5m"
    async with client.ws_connect(url) as first, client.ws_connect(url) as second:
        found = [[await _next(socket) for _ in range(3)] for socket in (first, second)]
    assert len({event["E"] for event in found[0]} & {event["E"] for event in found[1]}) >= 2


async def test_the_venues_close_reaches_the_client(emulator: EmulatorServer, client: aiohttp.ClientSession) -> None:
    """Code and reason of too many requests."""
    async with client.ws_connect(emulator.ws_url + "/market/ws") as socket:
        for number in range(40):
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
        answers = [message async for message in socket]
        assert len(answers) == 15
        assert socket.close_code == 1008


async def test_a_ping_of_the_client_is_answered(emulator: EmulatorServer, client: aiohttp.ClientSession) -> None:
    """With its payload."""
    async with client.ws_connect(emulator.ws_url + "/market/ws", autoping=False) as socket:
        await socket.ping(b"hello")
        message = await socket.receive(timeout=10)
        assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PONG, b"hello")


@pytest.mark.parametrize(("path", "status"), [("/fapi/v1/klines", 404), ("/market", 404)])
async def test_a_path_without_streams_is_a_404(
    emulator: EmulatorServer, client: aiohttp.ClientSession, path: str, status: int
) -> None:
    """No WebSocket is opened there."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await client.ws_connect(emulator.ws_url + path)
    assert caught.value.status == status


async def test_plain_http_is_refused_at_the_stream_port(
    emulator: EmulatorServer, client: aiohttp.ClientSession
) -> None:
    """The answer says where REST is."""
    async with client.get(emulator.ws_url.replace("ws://", "http://") + "/market/ws") as answer:
        assert answer.status == 400
        assert "rest_url" in await answer.text()


async def _raw(emulator: EmulatorServer, data: bytes) -> bytes:
    """Send bytes behind a handshake and return what comes until the venue ends the connection."""
    host, port = emulator.ws_url.removeprefix("ws://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(HANDSHAKE % b"/market/ws" + data)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (client_frame(CLOSE, b"\x03\xe8"), 1000),
        (encode(TEXT, b"no mask"), 1002),
        (b"\xff\xff\xff\xff", 1002),
        (client_frame(TEXT, b"\xff\xfe"), 1007),
        (client_frame(0x2, b"binary"), 1003),
        (b"\x81\xff\x7f" + bytes(7), 1009),
    ],
)
async def test_whatever_ends_a_connection_is_answered_by_a_close(
    emulator: EmulatorServer, data: bytes, code: int
) -> None:
    """A malformed frame ends its own connection and nothing else."""
    assert (await _raw(emulator, data))[:4][2:] == code.to_bytes(2, "big")
    assert (await _raw(emulator, client_frame(CLOSE, b"\x03\xe8")))[2:4] == b"\x03\xe8"


@pytest.mark.parametrize("kind", ["drop", "frame_truncated", "frame_invalid"])
async def test_broken_streams_look_broken(emulator: EmulatorServer, client: aiohttp.ClientSession, kind: str) -> None:
    """A client sees an end without a close frame, or a frame that it must not accept."""
    async with client.ws_connect(emulator.ws_url + "/market/ws/btcusdt@kline_5m") as socket:
        async with client.post(emulator.control_url + "/fault", json={"kind": kind, "count": 1}) as answer:
            assert answer.status == 200
        while not socket.closed:
            await socket.receive(timeout=10)
        assert socket.close_code in {None, 1002, 1006}
    async with client.ws_connect(emulator.ws_url + "/market/ws/btcusdt@kline_5m") as socket:
        assert (await _next(socket))["e"] == "kline"


async def test_a_slow_frame_arrives_whole(emulator: EmulatorServer, client: aiohttp.ClientSession) -> None:
    """Its second half comes later, and the messages behind it wait their turn."""
    rule = {"kind": "frame_slow", "count": 1, "delay_s": 0.7}
    async with client.post(emulator.control_url + "/fault", json=rule) as answer:
        assert answer.status == 200
    async with client.ws_connect(emulator.ws_url + "/market/ws/btcusdt@kline_5m") as socket:
        times = [(await _next(socket))["E"] for _ in range(3)]
    assert times == sorted(times)


async def test_the_server_pings(client: aiohttp.ClientSession) -> None:
    """With the time in ms; an unanswered one ends the connection."""
    async with EmulatorServer(EmulatorOptions(symbols=2, latency_ms=0)) as emulator:
        emulator.venue.desk.settings = type(emulator.venue.desk.settings)(ping_every_ms=1, pong_within_ms=1_500)
        host, port = emulator.ws_url.removeprefix("ws://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(HANDSHAKE % b"/market/ws")
        async with asyncio.timeout(10):
            frames = (await reader.read()).partition(b"\r\n\r\n")[2]
        writer.close()
        assert frames[0] == 0x80 | PING
        assert frames[2:15].isdigit()
        assert frames[-2:] == (1001).to_bytes(2, "big")

"""A stream connection over a real socket: frames, pauses and ends."""

import asyncio
import gc

import pytest

from eliteflow.emulator.ws_frames import CLOSE, CONTINUATION, PING, PONG, TEXT, FrameReader, encode, encode_close
from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.streams import picows_connection
from eliteflow.exchange.streams.picows_connection import PicowsConnection
from eliteflow.exchange.streams.picows_frames import PicowsFrames
from tests.unit.exchange.loopback_server import serving
from tests.unit.exchange.streams.frame_server import Script, streams

pytestmark = pytest.mark.loopback
PATH = "/market/stream"
FIN = 0x80


async def connect(port: int) -> PicowsConnection:
    """Open a connection."""
    return await PicowsFrames(f"ws://127.0.0.1:{port}", environment={}).connect(PATH, timeout_s=5)


def sending(data: bytes) -> Script:
    """Send some bytes, and wait until the client leaves."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await reader.read()

    return script


async def everything(connection: PicowsConnection) -> list[bytes]:
    """All frames until the end."""
    found: list[bytes] = []
    async with asyncio.timeout(10):
        while frames := await connection.receive():
            found += frames
    await connection.close()
    return found


async def test_frames_that_wait_are_taken_together() -> None:
    """However many come in one piece."""
    async with serving(streams(sending(encode(TEXT, b"a") + encode(TEXT, b"b") + encode(TEXT, b"c")))) as port:
        connection = await connect(port)
        assert await connection.receive() == [b"a", b"b", b"c"]
        codes = [connection.close_code]
        await connection.close()
        assert await connection.receive() == []
        assert [*codes, connection.close_code] == [None, 1000]


async def test_a_message_in_parts_is_joined() -> None:
    """With whatever comes in between; the venue's own never are, a proxy's may."""
    first, last = encode(TEXT, b"hel"), encode(CONTINUATION, b"lo")
    parts = (
        bytes([first[0] & ~FIN]) + first[1:] + encode(PING, b"1") + last + encode(TEXT, b"next") + encode_close(1000)
    )
    async with serving(streams(sending(parts))) as port:
        assert await everything(await connect(port)) == [b"hello", b"next"]


async def test_a_ping_is_answered_with_its_payload() -> None:
    """Without the reader's doing."""
    heard: list[tuple[int, bytes]] = []

    async def ping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(encode(PING, b"1791382992723"))
        message = next(iter(FrameReader().feed(await reader.readexactly(6 + 13))))
        heard.append((message.opcode, message.payload))
        writer.write(encode(TEXT, b"thanks"))

    async with serving(streams(ping)) as port:
        connection = await connect(port)
        assert await connection.receive() == [b"thanks"]
        await connection.close()
    assert heard == [(PONG, b"1791382992723")]


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (encode_close(1008, "Too many requests"), 1008, "Too many requests"),
        (encode_close(1001), 1001, ""),
        (encode_close(4242, "their own"), 4242, "their own"),
        (encode(CLOSE, b""), 1005, ""),
        (encode(0x3, b"no such opcode"), 1002, "Received frame with invalid opcode=0x3"),
    ],
)
async def test_the_venues_end_keeps_its_code(
    data: bytes, code: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And what came before can still be taken; what is no frame at all ends the connection too."""
    async with serving(streams(sending(encode(TEXT, b"last") + data))) as port:
        connection = await connect(port)
        found = await everything(connection)
    assert (connection.close_code, connection.close_reason) == (code, reason)
    del connection
    gc.collect()
    assert caplog.records == []
    assert found == [b"last"] or code == 1002  # picows gives up what stands directly before a broken frame


@pytest.mark.parametrize("sent", [b"", encode(TEXT, b"half")[:4]])
async def test_a_break_is_an_end_without_a_word(sent: bytes) -> None:
    """In the middle of a frame, too."""

    async def vanish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        writer.close()

    async with serving(streams(vanish)) as port:
        connection = await connect(port)
        assert await everything(connection) == []
    assert (connection.close_code, connection.close_reason) == (1006, "")


async def test_nothing_is_sent_over_what_has_ended() -> None:
    """The error says why it ended."""
    async with serving(streams(sending(encode_close(1008, "Too many requests")))) as port:
        connection = await connect(port)
        await everything(connection)
        with pytest.raises(ExchangeUnreachable, match="closed: 1008 Too many requests"):
            await connection.send("{}")


async def test_what_is_sent_arrives_and_closing_says_goodbye() -> None:
    """As frames of a client."""
    heard: list[tuple[int, bytes]] = []
    is_over = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader()
        heard.extend((message.opcode, message.payload) for message in frames.feed(await reader.read()))
        is_over.set()

    async with serving(streams(listen)) as port:
        connection = await connect(port)
        await connection.send("币安人生usdt@kline_5m")
        await connection.close(1001, "enough")
        async with asyncio.timeout(5):
            await is_over.wait()
    assert heard == [(TEXT, "币安人生usdt@kline_5m".encode()), (CLOSE, (1001).to_bytes(2, "big") + b"enough")]


async def test_a_reader_that_falls_behind_holds_up_the_venue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket is no longer read, so the venue's writes wait; all of it arrives in the end."""
    monkeypatch.setattr(picows_connection, "MOST_UNREAD", 100)
    frame, count = encode(TEXT, b"x" * 10_000), 3_000
    is_done = asyncio.Event()

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(count):
            writer.write(frame)
            await writer.drain()
        is_done.set()
        writer.write(encode_close(1000))
        await reader.read()

    async with serving(streams(flood)) as port:
        connection = await connect(port)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await is_done.wait()
        found = await everything(connection)
    assert len(found) == count


async def test_a_busy_connection_costs_a_wake_up_a_batch() -> None:
    """After a few frames the socket rests for a moment: what comes in it is taken together."""

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(100):
            writer.write(encode(TEXT, b"%d" % number))
            await asyncio.sleep(0.001)
        writer.write(encode_close(1000))
        await reader.read()

    async with serving(streams(trickle)) as port:
        connection = await connect(port)
        batches = []
        async with asyncio.timeout(10):
            while frames := await connection.receive():
                batches.append(frames)
        await connection.close()
    assert [frame for batch in batches for frame in batch] == [b"%d" % number for number in range(100)]
    assert len(batches) < 50

"""The emulator's streams without a socket, in virtual time."""

import asyncio
import json
from typing import Any

import pytest

from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.intervals import BASE
from eliteflow.emulator.venue import Venue
from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.transport import FrameConnection, FrameSource
from eliteflow.testing import emulated_frames
from tests.unit.testing.simulated import BAR_MS, BEGIN_MS, simulated

PATH = "/market/stream?streams=btcusdt@kline_5m"


async def _read_until(connection: FrameConnection, end_ms: int) -> list[Any]:
    found: list[Any] = []
    while not found or found[-1]["E"] < end_ms:
        batch = await connection.receive()
        if not batch:
            break
        found += [json.loads(frame).get("data") or json.loads(frame) for frame in batch]
    return found


def test_half_an_hour_of_pushes_ends_in_the_truth() -> None:
    """Every final equals REST, in bars of exactly five minutes, and no real time passes."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        connection = await source.connect(PATH, timeout_s=1.0)
        found = await _read_until(connection, BEGIN_MS + 6 * BAR_MS)
        finals = [event["k"] for event in found if event["k"]["x"]]
        assert len(finals) == 6
        for k in finals:
            row = venue.market.candles.closed(0, BASE, k["t"] // BAR_MS, k["t"] // BAR_MS + 1)[:, 0]
            assert [round(float(k[name]) * 100) for name in "ohlc"] == row[:4].tolist()
            assert k["n"] == row[6]

    simulated(scene, kline_push_ms=50_000)


def test_requests_are_answered_and_streams_begin() -> None:
    """As over a socket."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        connection = await source.connect("/market/ws", timeout_s=1.0)
        await connection.send('{"method":"SUBSCRIBE","params":["btcusdt@kline_5m"],"id":1}')
        assert await connection.receive() == [b'{"result":null,"id":1}']
        assert json.loads((await connection.receive())[0])["e"] == "kline"
        assert connection.close_code is None

    simulated(scene)


def test_two_connections_share_one_venue() -> None:
    """Whoever waits moves time on for both."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        first, second = [await source.connect(PATH, timeout_s=1.0) for _ in range(2)]
        found = await asyncio.gather(*(_read_until(one, BEGIN_MS + BAR_MS) for one in (first, second)))
        assert found[0] == found[1]
        await first.close()
        assert (first.close_code, second.close_code, len(venue.desk.sessions)) == (1000, None, 1)
        assert await first.receive() == []

    simulated(scene)


def test_the_venues_close_and_a_break_end_the_connection() -> None:
    """With the venue's code and reason, or 1006; then nothing can be sent."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        connection = await source.connect("/market/ws", timeout_s=1.0)
        for number in range(16):
            await connection.send(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
        assert len(await connection.receive()) == 15
        assert (connection.close_code, connection.close_reason) == (1008, "Too many requests")
        assert await connection.receive() == []
        with pytest.raises(ExchangeUnreachable, match="1008"):
            await connection.send("{}")
        connection = await source.connect(PATH, timeout_s=1.0)
        venue.faults.add(FaultRule("drop"), BEGIN_MS)
        await _read_until(connection, BEGIN_MS + BAR_MS)
        assert connection.close_code == 1006

    simulated(scene)


def test_a_path_without_streams_is_unreachable() -> None:
    """As a socket's handshake would fail."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        with pytest.raises(ExchangeUnreachable):
            await source.connect("/nowhere", timeout_s=1.0)

    simulated(scene)


def test_a_reader_that_does_not_come_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for it stays bounded."""
    monkeypatch.setattr(emulated_frames, "MOST_UNREAD", 20)

    async def scene(source: FrameSource, venue: Venue) -> None:
        idle, busy = [await source.connect(PATH, timeout_s=1.0) for _ in range(2)]
        await _read_until(busy, BEGIN_MS + 60_000)
        assert (idle.close_code, idle.close_reason) == (1006, "fell behind")

    simulated(scene)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Faults by chance included."""

    async def scene(source: FrameSource, venue: Venue) -> bytes:
        venue.faults.add(FaultRule("stream_delay", probability=0.3, jitter_s=2.0), BEGIN_MS)
        connection = await source.connect(PATH + "/!miniTicker@arr", timeout_s=1.0)
        found: list[bytes] = []
        while len(found) < 300:
            found += await connection.receive()
        return b"\n".join(found)

    assert simulated(scene) == simulated(scene)

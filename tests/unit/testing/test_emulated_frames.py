"""The emulator's streams without a socket, in virtual time."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.intervals import BASE
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.stream_settings import StreamSettings
from eliteflow.emulator.venue import Venue
from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.transport import FrameConnection, FrameSource
from eliteflow.testing import emulated_frames
from eliteflow.testing.emulated_frames import EmulatedFrames
from eliteflow.testing.virtual_time import VirtualTimeLoop

BEGIN_MS = 1_795_422_303_000  # 3 s into a 5m bar
BAR_MS = 300_000
PATH = "/market/stream?streams=btcusdt@kline_5m"
T = TypeVar("T")


def _simulated(scene: Callable[[FrameSource, Venue], Coroutine[Any, Any, T]], **settings: Any) -> T:
    """Run a scene in virtual time against a small venue of its own."""
    loop = VirtualTimeLoop()
    try:
        venue = open_venue(EmulatorOptions(symbols=6), BEGIN_MS)
        venue.desk.settings = StreamSettings(**settings)
        source: FrameSource = EmulatedFrames(venue.desk, loop.clock(BEGIN_MS).now_ms)
        return loop.run_until_complete(scene(source, venue))
    finally:
        loop.close()


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

    _simulated(scene, kline_push_ms=50_000)


def test_requests_are_answered_and_streams_begin() -> None:
    """As over a socket."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        connection = await source.connect("/market/ws", timeout_s=1.0)
        await connection.send('{"method":"SUBSCRIBE","params":["btcusdt@kline_5m"],"id":1}')
        assert await connection.receive() == [b'{"result":null,"id":1}']
        assert json.loads((await connection.receive())[0])["e"] == "kline"
        assert connection.close_code is None

    _simulated(scene)


def test_two_connections_share_one_venue() -> None:
    """Whoever waits moves time on for both."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        first, second = [await source.connect(PATH, timeout_s=1.0) for _ in range(2)]
        found = await asyncio.gather(*(_read_until(one, BEGIN_MS + BAR_MS) for one in (first, second)))
        assert found[0] == found[1]
        await first.close()
        assert (first.close_code, second.close_code, len(venue.desk.sessions)) == (1000, None, 1)
        assert await first.receive() == []

    _simulated(scene)


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

    _simulated(scene)


def test_a_quiet_connection_lives_by_its_pongs_until_its_day_is_over() -> None:
    """Pings are answered inside; after 24 h the venue closes."""

    async def scene(source: FrameSource, venue: Venue) -> float:
        connection = await source.connect("/private/ws", timeout_s=1.0)
        assert await connection.receive() == []
        assert connection.close_code == 1001
        return asyncio.get_running_loop().time()

    assert 86_400 <= _simulated(scene) < 86_402


def test_a_path_without_streams_is_unreachable() -> None:
    """As a socket's handshake would fail."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        with pytest.raises(ExchangeUnreachable):
            await source.connect("/nowhere", timeout_s=1.0)

    _simulated(scene)


def test_a_reader_that_does_not_come_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for it stays bounded."""
    monkeypatch.setattr(emulated_frames, "MOST_UNREAD", 20)

    async def scene(source: FrameSource, venue: Venue) -> None:
        idle, busy = [await source.connect(PATH, timeout_s=1.0) for _ in range(2)]
        await _read_until(busy, BEGIN_MS + 60_000)
        assert (idle.close_code, idle.close_reason) == (1006, "fell behind")

    _simulated(scene)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Faults by chance included."""

    async def scene(source: FrameSource, venue: Venue) -> bytes:
        venue.faults.add(FaultRule("stream_delay", probability=0.3, jitter_s=2.0), BEGIN_MS)
        connection = await source.connect(PATH + "/!miniTicker@arr", timeout_s=1.0)
        found: list[bytes] = []
        while len(found) < 300:
            found += await connection.receive()
        return b"\n".join(found)

    assert _simulated(scene) == _simulated(scene)


def test_a_slice_of_the_market_in_virtual_time() -> None:
    """A plain dictionary fed for two hours ends in what REST says, for every contract."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        names = [i.symbol.lower() for i in venue.market.instruments if i.is_usdt_perpetual]
        path = "/market/stream?streams=" + "/".join(f"{name}@kline_5m" for name in names)
        connection = await source.connect(path, timeout_s=1.0)
        closed: dict[tuple[str, int], str] = {}
        while len(closed) < 24 * len(names):
            for frame in await connection.receive():
                event = json.loads(frame)["data"]
                if event["k"]["x"]:
                    closed[event["s"], event["k"]["t"]] = event["k"]["c"]
        for (symbol, open_ms), close in closed.items():
            row = venue.market.rows[symbol]
            bar = venue.market.base.of(row, open_ms // BAR_MS, 1)[:, 0]
            assert int(close.replace(".", "")) == bar[3]

    _simulated(scene, kline_push_ms=50_000)

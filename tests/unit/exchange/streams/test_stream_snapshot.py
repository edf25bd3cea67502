"""The streams at one instant."""

import asyncio

from eliteflow.clock import Clock
from tests.unit.exchange.conftest import START_MS
from tests.unit.exchange.streams.stream_frames import kline
from tests.unit.exchange.streams.streamed_scene import Scene


async def test_a_snapshot_shows_every_connection(clock: Clock) -> None:
    """Counted over all connections of a place, the market's own among them."""
    scene = Scene(clock, ["AUSDT"])
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        scene.connection_of("ausdt@kline_5m").feed(kline("AUSDT", START_MS + 900), b"?", b"?")
        await asyncio.sleep(1)
        snapshot = scene.manager.snapshot()
        reader.cancel()
    assert (snapshot.host, snapshot.symbols, snapshot.live, snapshot.messages) == ("streams.test", 1, 1, 5)
    assert (snapshot.malformed, snapshot.reconnects) == (2, 0)
    market, first = snapshot.connections
    assert (market.name, str(market.state), market.streams, market.symbols) == ("market", "acknowledged", 3, 0)
    assert (first.name, str(first.state), first.streams, first.symbols) == ("1", "live", 2, 1)
    assert (first.messages, first.malformed, first.reconnects) == (4, 2, 0)
    assert (first.newest_event_ms, first.lag_ms) == (START_MS + 900, 100)

"""What comes over the connections, as the reader is told of it."""

import asyncio

from eliteflow.clock import Clock
from eliteflow.model.stream_event import CandlePushes, MarketTraded, StreamsLive
from tests.unit.exchange.conftest import START_MS
from tests.unit.exchange.streams.stream_frames import kline, mini_tickers
from tests.unit.exchange.streams.streamed_scene import Scene


async def test_a_batch_is_one_event(clock: Clock) -> None:
    """In the order in which its candles came, before the news that the streams are complete."""
    scene = Scene(clock, streams=2)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        connection = scene.connection_of("ausdt@kline_5m")
        connection.feed(kline("AUSDT", START_MS), kline("BUSDT", START_MS + 1), kline("AUSDT", START_MS + 2))
        await asyncio.sleep(1)
        reader.cancel()
    pushes, live = scene.said
    assert isinstance(pushes, CandlePushes)
    assert [push.event_ms - START_MS for push in pushes.pushes] == [0, 1, 2]
    assert isinstance(live, StreamsLive)


async def test_news_is_never_older_than_the_venues_newest_event(clock: Clock) -> None:
    """A clock that is behind must not claim completeness for a time before the subscription."""
    scene = Scene(clock, ["AUSDT"])
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        scene.bring("AUSDT", 60_000)
        await asyncio.sleep(1)
        reader.cancel()
    assert scene.said[-1] == StreamsLive(("AUSDT",), START_MS + 60_000)


async def test_every_contract_that_the_witness_names_is_passed_on(clock: Clock) -> None:
    """A row that proves no trade, too: whoever infers that nobody traded has to be careful."""
    scene = Scene(clock, [])
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        market = scene.connection_of("!miniTicker@arr")
        market.feed(mini_tickers(START_MS, AUSDT=1), mini_tickers(START_MS + 1_000, AUSDT=1))
        await asyncio.sleep(1)
        reader.cancel()
    assert scene.said == [
        MarketTraded(START_MS, {"AUSDT": 1.5}),
        MarketTraded(START_MS + 1_000, {"AUSDT": 1.5}),
    ]

"""The manager as its users see it, in front of scripted connections."""

import asyncio
import logging

import pytest

from eliteflow.clock import Clock
from eliteflow.config import DataSettings, Settings, VenueSettings
from eliteflow.errors import ConfigError
from eliteflow.exchange.websocket_manager import MOST_WAITING, WebSocketManager
from eliteflow.model.stream_event import (
    CandlePushes,
    ContractChanged,
    MarketTraded,
    Reconnecting,
    StreamsLive,
)
from eliteflow.pipeline.ports import CandleStream
from tests.unit.exchange.conftest import START_MS
from tests.unit.exchange.streams.scripted_frames import ScriptedConnection, ScriptedFrames
from tests.unit.exchange.streams.stream_frames import combined, mini_tickers
from tests.unit.exchange.streams.streamed_scene import Scene


async def test_it_is_what_the_pipeline_wants(clock: Clock) -> None:
    """By its protocol."""
    assert isinstance(Scene(clock).manager, CandleStream)


async def test_candles_come_with_the_news_that_nothing_is_missing(clock: Clock) -> None:
    """Each connection says so when all is acknowledged and its first frame has come."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        assert scene.take() == []
        assert not scene.manager.is_alive("AUSDT")
        scene.bring("AUSDT", 900)
        await asyncio.sleep(1)
        pushes, live = scene.take()
        assert isinstance(pushes, CandlePushes)
        assert [push.candle.symbol for push in pushes.pushes] == ["AUSDT"]
        assert live == StreamsLive(("AUSDT",), START_MS + 1_000)
        assert (scene.manager.is_alive("AUSDT"), scene.manager.is_alive("BUSDT")) == (True, False)
        reader.cancel()


async def test_what_the_whole_market_says_is_passed_on(clock: Clock) -> None:
    """Who was traded, and what was listed."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        listing = {"e": "contractInfo", "E": START_MS, "s": "NEWUSDT", "cs": "TRADING", "st": 1}
        market = scene.connection_of("!miniTicker@arr")
        market.feed(mini_tickers(START_MS, AUSDT=100), combined("!contractInfo", listing))
        await asyncio.sleep(1)
        assert scene.take() == [
            MarketTraded(START_MS, {"AUSDT": 1.5}),
            ContractChanged(START_MS, "NEWUSDT", "TRADING"),
        ]
        reader.cancel()


async def test_a_break_is_said_and_mended(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """From the last candle's time on something may be missing, until the new connection has proved itself."""
    caplog.set_level(logging.INFO, "eliteflow")
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        scene.bring("AUSDT", 900)
        await asyncio.sleep(1)
        scene.take()
        scene.connection_of("ausdt@kline_5m").end(1001)
        await asyncio.sleep(1)
        assert scene.take() == [Reconnecting(("AUSDT",), START_MS + 900, "closed")]
        assert not scene.manager.is_alive("AUSDT")
        scene.bring("AUSDT", 2_900)
        await asyncio.sleep(1)
        assert scene.take()[-1] == StreamsLive(("AUSDT",), START_MS + 3_000)
        reader.cancel()
    assert [record.getMessage() for record in caplog.records] == [
        "connection 1 of streams.test: 2 streams live",
        "connection 1 of streams.test lost (closed: 1001): 2 streams have a gap; trying again in 0.3 s",
        "connection 1 of streams.test: 2 streams live",
    ]


async def test_a_venue_out_of_reach_is_said_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """It is tried ever more seldom, and then it goes on as if nothing had been."""
    caplog.set_level(logging.WARNING, "eliteflow")
    scene = Scene(clock, ["AUSDT"])
    scene.source.refuses = 1_000
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(300)
        assert scene.take() == [Reconnecting(("AUSDT",), START_MS, "unreachable")]
        assert len(scene.source.paths) < 50
        scene.source.refuses = 0
        await asyncio.sleep(31)
        scene.bring("AUSDT", 331_000)
        await asyncio.sleep(1)
        assert [type(event) for event in scene.take()] == [CandlePushes, StreamsLive]
        reader.cancel()
    assert len(caplog.records) == 2  # one for each connection


async def test_a_slow_reader_holds_up_the_sockets(clock: Clock) -> None:
    """Nothing is dropped, nobody is taken for dead, and all is there when it reads on."""
    scene = Scene(clock, ["AUSDT"])
    async with scene.manager as manager, asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(scene.keep_beating())
        await asyncio.sleep(1)
        for number in range(MOST_WAITING + 100):
            scene.bring("AUSDT", number)
            await asyncio.sleep(0.01)
        await asyncio.sleep(100)
        assert manager.snapshot().waiting == MOST_WAITING
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        reader.cancel()
        beating.cancel()
    pushed = [push.event_ms for event in scene.said if isinstance(event, CandlePushes) for push in event.pushes]
    assert pushed == [START_MS + number for number in range(MOST_WAITING + 100)]
    assert [event for event in scene.said if isinstance(event, Reconnecting)] == []


async def test_listings_join_and_delistings_leave_while_it_runs(clock: Clock) -> None:
    """Nobody else is touched; a connection that nobody needs any more is closed."""
    scene = Scene(clock, ["AUSDT", "BUSDT"], streams=2)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        scene.bring("AUSDT", 900)
        await asyncio.sleep(1)
        scene.manager.follow(["BUSDT", "CUSDT"])
        await asyncio.sleep(1)
        assert scene.take()[1:] == [
            StreamsLive(("AUSDT", "BUSDT"), START_MS + 1_000),
            StreamsLive(("CUSDT",), START_MS + 2_250),
        ]
        assert sorted(scene.connection_of("busdt@kline_5m").names) == [
            *("btcusdt@markPrice", "busdt@kline_5m", "cusdt@kline_5m"),
        ]
        assert not scene.manager.is_alive("AUSDT")
        scene.manager.follow([])
        await asyncio.sleep(1)
        assert [connection.names for connection in scene.source.open] == [
            ["!miniTicker@arr", "!contractInfo", "btcusdt@markPrice"]
        ]
        assert scene.take() == []
        reader.cancel()


async def test_closing_ends_the_reader_and_every_connection(clock: Clock) -> None:
    """What has come is still read; no task is left, nothing is alive, closing again does nothing."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        scene.bring("AUSDT", 900)
        await asyncio.sleep(1)
        await scene.manager.aclose()
        await reader
    assert len(scene.said) == 2
    assert scene.source.open == []
    assert not scene.manager.is_alive("AUSDT")
    assert len(asyncio.all_tasks()) == 1
    await scene.manager.aclose()


async def test_closing_while_a_connection_is_opened_waits_for_nothing(clock: Clock) -> None:
    """The attempt is given up."""
    scene = Scene(clock)
    scene.source.hangs = True
    async with scene.manager:
        await asyncio.sleep(1)
    assert len(asyncio.all_tasks()) == 1


async def test_a_reader_that_stops_closes_everything(clock: Clock) -> None:
    """As long as nobody else holds the manager open."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        reader.cancel()
    assert scene.source.open == []
    assert len(asyncio.all_tasks()) == 1


async def test_who_reads_again_is_told_what_may_be_missing(clock: Clock) -> None:
    """What had come and was not read is still there, then the gap, then what comes over the next connections."""
    scene = Scene(clock, ["AUSDT"])
    async with scene.manager:
        await asyncio.sleep(1)
        scene.bring("AUSDT", 900)
        await asyncio.sleep(1)
    assert not scene.manager.is_alive("AUSDT")
    await asyncio.sleep(100)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        scene.bring("AUSDT", 102_900)
        await asyncio.sleep(1)
        assert scene.manager.is_alive("AUSDT")
        reader.cancel()
    pushes, live, loss, more, live_again = scene.said
    assert isinstance(pushes, CandlePushes)
    assert live == StreamsLive(("AUSDT",), START_MS + 1_000)
    assert loss == Reconnecting(("AUSDT",), START_MS + 900, "closed")
    assert isinstance(more, CandlePushes)
    assert live_again == StreamsLive(("AUSDT",), START_MS + 103_000)


async def test_a_batch_that_nobody_could_take_is_missing(clock: Clock) -> None:
    """The gap begins with it, though it had come: its connection was given up while it waited for room."""
    scene = Scene(clock, ["AUSDT"])
    async with scene.manager:
        await asyncio.sleep(1)
        for number in range(MOST_WAITING + 10):
            scene.bring("AUSDT", number)
            await asyncio.sleep(0.01)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        reader.cancel()
    got = [push.event_ms for event in scene.said if isinstance(event, CandlePushes) for push in event.pushes]
    (loss,) = [event for event in scene.said if isinstance(event, Reconnecting)]
    assert loss.since_ms == max(got)


async def test_the_end_of_the_block_ends_the_reader(clock: Clock) -> None:
    """As closing does."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        async with scene.manager:
            reader = tasks.create_task(scene.read())
            await asyncio.sleep(1)
        await reader


async def test_after_closing_nothing_is_opened(clock: Clock) -> None:
    """It is for good."""
    scene = Scene(clock)
    await scene.manager.aclose()
    await scene.read()
    assert scene.source.connections == []


async def test_an_error_of_the_user_passes_through(clock: Clock) -> None:
    """It is not wrapped, and everything is closed."""
    scene = Scene(clock)

    async def use() -> None:
        async with scene.manager:
            await asyncio.sleep(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await use()
    assert scene.source.open == []


async def test_a_defect_inside_is_not_hidden(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader gets it; streams that stop without a word would be worse."""
    scene = Scene(clock)

    async def break_down(path: str, *, timeout_s: float) -> ScriptedConnection:
        raise ZeroDivisionError

    monkeypatch.setattr(scene.source, "connect", break_down)
    for _ in range(2):  # whoever tries again gets it again
        with pytest.raises(ExceptionGroup) as caught:
            await scene.read()
        assert caught.group_contains(ZeroDivisionError)


async def test_a_second_reader_is_refused(clock: Clock) -> None:
    """The two would divide the events between them."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        with pytest.raises(RuntimeError, match="reader"):
            await scene.read()
        reader.cancel()


def test_streams_that_are_off_make_no_manager() -> None:
    """The mistake is named."""
    with pytest.raises(ConfigError, match=r"data\.streams: turned off"):
        WebSocketManager(Settings(data=DataSettings(streams="off")), source=ScriptedFrames())


async def test_by_default_it_speaks_to_binance(clock: Clock) -> None:
    """And says so; nothing is opened before it is used."""
    manager = WebSocketManager(Settings(venue=VenueSettings(proxy="")), clock=clock)
    assert repr(manager) == "<WebSocketManager fstream.binance.com, 0 symbols>"

"""What the supervisor does about connections that say little or nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from eliteflow.clock import Clock
from eliteflow.model.stream_event import Reconnecting, StreamEvent, StreamsLive
from tests.unit.exchange.conftest import START_MS
from tests.unit.exchange.streams.stream_frames import mini_tickers
from tests.unit.exchange.streams.streamed_scene import Scene


@asynccontextmanager
async def playing(scene: Scene) -> AsyncIterator[None]:
    """Read the manager's events, with heartbeats, while the block runs."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(scene.read()), tasks.create_task(scene.keep_beating())]
        await asyncio.sleep(1)
        yield
        for task in running:
            task.cancel()


def news(scene: Scene) -> list[StreamEvent]:
    """What was said of gaps."""
    return [event for event in scene.take() if isinstance(event, StreamsLive | Reconnecting)]


async def test_a_connection_of_quiet_contracts_goes_live_by_its_heartbeat(clock: Clock) -> None:
    """After the time in which a traded one had brought a candle."""
    scene = Scene(clock, ["AUSDT"])
    async with playing(scene):
        await asyncio.sleep(8)
        assert news(scene) == []
        await asyncio.sleep(4)
        (live,) = news(scene)
        assert isinstance(live, StreamsLive)
        assert live.symbols == ("AUSDT",)


async def test_it_does_not_while_its_contract_is_traded(clock: Clock) -> None:
    """Then its silence is a fault, and another connection is tried."""
    scene = Scene(clock, ["AUSDT"])
    async with playing(scene):
        for _ in range(12):
            scene.witness("AUSDT")
            await asyncio.sleep(1)
        assert news(scene) == [Reconnecting(("AUSDT",), START_MS, "silent")]
        assert len(scene.source.connections) == 3
        assert len(scene.source.open) == 2


async def test_a_quiet_time_is_no_fault(clock: Clock) -> None:
    """As long as the heartbeat comes; the contract counts as alive."""
    scene = Scene(clock, ["AUSDT"])
    async with playing(scene):
        scene.bring("AUSDT", 1_000)
        await asyncio.sleep(1_200)
        assert [type(event) for event in news(scene)] == [StreamsLive]
        assert scene.manager.is_alive("AUSDT")
        assert len(scene.source.connections) == 2


async def test_a_connection_without_even_a_heartbeat_is_replaced(clock: Clock) -> None:
    """After `stream.stale_s`, though nobody trades."""
    scene = Scene(clock, ["AUSDT"])
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(scene.read())
        await asyncio.sleep(1)
        scene.bring("AUSDT", 1_000)
        await asyncio.sleep(29)
        assert [type(event) for event in news(scene)] == [StreamsLive]
        await asyncio.sleep(3)
        assert news(scene) == [Reconnecting(("AUSDT",), START_MS + 1_000, "stale")]
        reader.cancel()


async def test_a_dead_stream_is_asked_for_again(clock: Clock) -> None:
    """Given up and subscribed to on the same connection, ever more seldom; a candle ends it."""
    scene = Scene(clock, streams=2)
    async with playing(scene):
        scene.bring("AUSDT", 1_000)
        scene.bring("BUSDT", 1_000)
        scene.witness("AUSDT")
        connection = scene.connection_of("ausdt@kline_5m")
        await asyncio.sleep(5)
        for second in range(40):
            scene.bring("BUSDT", 6_000 + second * 1_000)
            scene.witness("AUSDT")
            await asyncio.sleep(1)
        assert [(request["method"], request["params"]) for request in connection.sent[1:]] == [
            ("UNSUBSCRIBE", ["ausdt@kline_5m"]),
            ("SUBSCRIBE", ["ausdt@kline_5m"]),
        ]
        assert news(scene)[-1] == Reconnecting(("AUSDT",), START_MS + 1_000, "silent")
        assert (scene.manager.is_alive("AUSDT"), scene.manager.is_alive("BUSDT")) == (False, True)
        await asyncio.sleep(30)
        assert len(connection.sent) == 5
        scene.bring("AUSDT", 80_000)
        await asyncio.sleep(1)
        assert news(scene) == [StreamsLive(("AUSDT",), START_MS + 80_000)]
        assert scene.manager.is_alive("AUSDT")


async def test_a_witness_that_says_nothing_while_candles_come_is_replaced(clock: Clock) -> None:
    """Its heartbeat does not save it; in a quiet market it would."""
    scene = Scene(clock, ["AUSDT"])
    async with playing(scene):
        market = scene.connection_of("!miniTicker@arr")
        market.feed(mini_tickers(START_MS + 1_000, AUSDT=1))
        await asyncio.sleep(100)
        assert market in scene.source.open
        for second in range(5):
            scene.bring("AUSDT", 100_000 + second * 1_000)
            await asyncio.sleep(1)
        assert scene.connection_of("!miniTicker@arr") is not market


async def test_a_venue_that_does_not_serve_this_place_is_seldom_asked(clock: Clock) -> None:
    """Once in five minutes for each connection."""
    scene = Scene(clock, ["AUSDT"])
    scene.source.refuses, scene.source.status = 1_000, 451
    async with playing(scene):
        await asyncio.sleep(3_600)
        assert len(scene.source.paths) <= 2 * 12


@pytest.mark.parametrize("refused", [1, 3])
async def test_attempts_follow_soon_at_first(clock: Clock, refused: int) -> None:
    """A break of a moment costs a moment."""
    scene = Scene(clock, [])
    scene.source.refuses = refused
    async with playing(scene):
        await asyncio.sleep(3)
        assert len(scene.source.open) == 1
        assert len(scene.source.paths) == refused + 1

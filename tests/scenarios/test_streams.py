"""Streams of a whole market in virtual time: what is said when the venue misbehaves."""

import asyncio
import logging

import pytest

from eliteflow.config import StreamSettings
from eliteflow.emulator.faults import FaultRule, StreamKind
from eliteflow.emulator.listings import ListingOrder
from eliteflow.emulator.steering import Steering
from eliteflow.emulator.stream_settings import StreamSettings as VenueSettings
from eliteflow.exchange.streams.stream_plan import HEARTBEAT
from eliteflow.exchange.transport import FrameConnection, FrameSource
from eliteflow.model.stream_event import ContractChanged, MarketTraded, Reconnecting, StreamsLive
from eliteflow.model.timeframe import Timeframe
from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.scenarios.streamed_market import START_MS, StreamedMarket

STARTED = [("live", 8), ("live", 8), ("live", 9)]


async def test_every_symbol_goes_live_and_brings_its_candles() -> None:
    """Three connections and the market's own; nothing is left when it is closed."""
    market = StreamedMarket()
    await market.listen(market.manager(), for_s=120)
    assert market.story == STARTED
    assert {push.candle.symbol for push in market.pushes} == set(market.symbols)
    assert len([event for _, event in market.events if isinstance(event, MarketTraded)]) >= 100
    assert len(asyncio.all_tasks()) == 1
    assert market.venue.desk.sessions == {}


async def test_all_timeframes_come_when_asked_for() -> None:
    """Each symbol's on one connection."""
    market = StreamedMarket(9, streams="all")
    manager = market.manager()
    await market.listen(manager, for_s=60)
    assert {push.candle.timeframe for push in market.pushes} == {Timeframe.H1, Timeframe.M15, Timeframe.M5}
    assert sorted(connection.symbols for connection in manager.snapshot().connections) == [0, 3, 3, 3]


async def test_finals_arrive_once_each() -> None:
    """Two bars of every symbol that was traded, closed by the venue's own final push."""
    market = StreamedMarket()
    await market.listen(market.manager(), for_s=603)
    finals = [(push.candle.symbol, push.candle.open_time_ms) for push in market.pushes if push.candle.is_closed]
    assert len(set(finals)) == len(finals)
    assert {open_ms for _, open_ms in finals} == {START_MS - 10_000, START_MS + 290_000}
    assert len(finals) >= 40


async def test_a_dropped_connection_is_a_gap_and_back_in_a_moment() -> None:
    """Of its own symbols alone, from its last candle on."""
    market = StreamedMarket()
    manager = market.manager()
    market.fault(FaultRule("drop", begin_s=30, count=1, symbol=market.symbols[1]))
    await market.listen(manager, for_s=60)
    assert market.story == [*STARTED, ("closed", 8), ("live", 8)]
    (loss,) = market.gaps
    live = [event for _, event in market.events if isinstance(event, StreamsLive)][-1]
    assert loss.symbols == live.symbols
    assert 29_000 <= loss.since_ms - START_MS <= 30_000
    assert live.since_ms - loss.since_ms < 2_000


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_candle_that_is_missing_was_said_to_be(seed: int) -> None:
    """With breaks by chance: one who was never cut off got nothing that is not accounted for."""
    market = StreamedMarket(seed=seed)
    market.fault(FaultRule("drop", stream=HEARTBEAT, begin_s=20, end_s=280, probability=0.02))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(market.listen(market.manager(), for_s=300))
        undisturbed = tasks.create_task(market.overhear(for_s=299))
    missing = undisturbed.result() - market.candles
    assert len(market.gaps) > 3
    assert len(missing) > 10
    assert [candle for candle in missing if not market.is_accounted_for(*candle)] == []


@pytest.mark.parametrize("kind", ["frame_malformed", "frame_invalid", "frame_truncated", "frame_slow"])
async def test_spoiled_frames_cost_little(kind: StreamKind, caplog: pytest.LogCaptureFixture) -> None:
    """One that cannot be read only itself; one that breaks the connection a moment."""
    caplog.set_level(logging.WARNING, "eliteflow")
    market = StreamedMarket()
    manager = market.manager()
    market.fault(FaultRule(kind, begin_s=20, count=3, delay_s=0.5))
    await market.listen(manager, for_s=60)
    breaks = [reason for reason, _ in market.story if reason != "live"]
    malformed = sum(connection.malformed for connection in manager.snapshot().connections)
    match kind:
        case "frame_malformed":
            assert (breaks, malformed) == ([], 3)
            assert 1 <= len(caplog.records) <= 3  # once for each connection
        case "frame_slow":
            assert (breaks, malformed) == ([], 0)
        case _:
            assert 1 <= len(breaks) <= 3
            assert set(breaks) == {"closed"}
    assert [count for reason, count in market.story if reason == "live"][:3] == [8, 8, 9]


async def test_a_venue_that_goes_silent_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    """Every connection is replaced after half a minute, said once, and again until something comes."""
    caplog.set_level(logging.WARNING, "eliteflow")
    market = StreamedMarket()
    market.fault(FaultRule("silent", begin_s=20, end_s=90))
    await market.listen(market.manager(), for_s=120)
    assert market.story == [*STARTED, ("stale", 9), ("stale", 8), ("stale", 8), ("live", 9), ("live", 8), ("live", 8)]
    assert all(49 <= at_s <= 52 for at_s, event in market.events if isinstance(event, Reconnecting))
    assert len(caplog.records) == 4


async def test_klines_that_stop_while_everything_else_goes_on_are_noticed() -> None:
    """The heartbeat comes, the witness tells of trades: the gap reaches back to the last candle."""
    market = StreamedMarket(6)
    market.fault(FaultRule("silent", interval="5m", begin_s=20, end_s=80))
    await market.listen(market.manager(), for_s=120)
    assert market.story == [("live", 6), ("stale", 6), ("live", 6)]
    (loss,) = market.gaps
    assert 19_000 <= loss.since_ms - START_MS <= 20_000


async def test_one_dead_stream_is_asked_for_again_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    """Its contract is traded by the witness; the connection stays, and nobody else is touched."""
    caplog.set_level(logging.WARNING, "eliteflow")
    market = StreamedMarket()
    manager = market.manager()
    symbol = market.symbols[1]
    market.fault(FaultRule("silent", symbol=symbol, begin_s=20, end_s=100))
    await market.listen(manager, for_s=150)
    assert market.story == [*STARTED, ("silent", 1), ("live", 1)]
    (loss,) = market.gaps
    assert loss.symbols == (symbol,)
    assert loss.since_ms - START_MS < 20_000
    assert [connection.reconnects for connection in manager.snapshot().connections] == [0, 0, 0, 0]
    assert [record.getMessage() for record in caplog.records] == [
        "connection 2 of emulator: 1 streams bring nothing (silent); asking again"
    ]


async def test_a_witness_that_dies_is_replaced() -> None:
    """Klines come while it says nothing; no symbol has a gap."""
    market = StreamedMarket()
    market.fault(FaultRule("silent", stream="!miniTicker@arr", begin_s=20, end_s=70))
    manager = market.manager()
    await market.listen(manager, for_s=100)
    assert market.story == STARTED
    assert manager.snapshot().connections[0].reconnects >= 1
    assert market.events[-1][0] > 98
    assert max(at_s for at_s, event in market.events if isinstance(event, MarketTraded)) > 98


async def test_late_streams_are_no_gap(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever comes in its order, however late, is complete."""
    caplog.set_level(logging.WARNING, "eliteflow")
    market = StreamedMarket()
    manager = market.manager()
    market.fault(FaultRule("stream_delay", delay_s=5.0, jitter_s=5.0, begin_s=20, end_s=60))
    await market.listen(manager, for_s=100)
    assert market.story == STARTED
    assert caplog.records == []


class WrongRoute:
    """A FrameSource that leads to another route, as a wrong proxy would."""

    def __init__(self, source: FrameSource) -> None:
        self.source = source
        self.is_wrong = True

    @property
    def host(self) -> str:
        """The venue's own."""
        return self.source.host

    async def connect(self, path: str, *, timeout_s: float) -> FrameConnection:
        """Open the path on another route."""
        path = path.replace("/market/", "/public/") if self.is_wrong else path
        return await self.source.connect(path, timeout_s=timeout_s)


async def test_a_wrong_route_is_found_out(caplog: pytest.LogCaptureFixture) -> None:
    """Everything is acknowledged and nothing comes: the first-frame deadline ends it, said once for each connection."""
    caplog.set_level(logging.WARNING, "eliteflow")
    market = StreamedMarket()
    wrong = market.source = WrongRoute(market.source)
    manager = market.manager()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(market.listen(manager, for_s=300))
        await asyncio.sleep(200)
        assert market.story == [("silent", 9), ("silent", 8), ("silent", 8)]
        assert [at_s for at_s, _ in market.events] == pytest.approx([11.0] * 3, abs=1)
        assert len(caplog.records) == 4
        assert len(market.venue.desk.sessions) <= 4
        wrong.is_wrong = False
    assert [reason for reason, _ in market.story[3:]] == ["live"] * 3


async def test_connections_are_replaced_before_the_venue_ends_them(caplog: pytest.LogCaptureFixture) -> None:
    """Not at once, without a gap, and with no candle missing."""
    caplog.set_level(logging.INFO, "eliteflow")
    settings = StreamSettings(streams_per_connection=10, rollover_h=0.1)
    market = StreamedMarket(settings=settings)
    market.venue.desk.settings = VenueSettings(life_ms=400_000)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(market.listen(market.manager(), for_s=900))
        undisturbed = tasks.create_task(market.overhear(for_s=390))
        await asyncio.sleep(395)
        opened_ms = sorted(session.opened_ms - START_MS for session in market.venue.desk.sessions.values())
    assert len(opened_ms) == 4
    assert opened_ms[0] > 320_000
    assert opened_ms[-1] - opened_ms[0] > 5_000
    assert market.story == STARTED
    assert [candle for candle in undisturbed.result() - market.candles if not market.is_accounted_for(*candle)] == []
    rolled = [record for record in caplog.records if "replaced before its day was over" in record.getMessage()]
    assert len(rolled) == 8


async def test_a_roll_over_that_fails_ends_in_an_ordinary_gap() -> None:
    """The venue ends the old connection while no new one can be opened."""
    settings = StreamSettings(streams_per_connection=30, rollover_h=0.1)
    market = StreamedMarket(settings=settings)
    market.venue.desk.settings = VenueSettings(life_ms=400_000)
    wrong = WrongRoute(market.source)
    wrong.is_wrong = False
    market.source = wrong
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(market.listen(market.manager(), for_s=600))
        await asyncio.sleep(300)
        wrong.is_wrong = True
        await asyncio.sleep(200)
        wrong.is_wrong = False
    assert market.story == [("live", 25), ("closed", 25), ("live", 25)]


async def test_a_venue_with_fewer_streams_than_documented_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Its own words stand in the log; it is tried ever more seldom."""
    caplog.set_level(logging.WARNING, "eliteflow")
    market = StreamedMarket(symbols=12)
    market.venue.desk.settings = VenueSettings(most_streams=6)
    await market.listen(market.manager(), for_s=60)
    assert [reason for reason, _ in market.story] == ["closed"] * 2
    messages = [record.getMessage() for record in caplog.records]
    assert any("refused a request (4: Too many subscriptions)" in message for message in messages)
    assert any("lost (closed: 1008 Invalid request)" in message for message in messages)


async def test_the_universe_changes_while_it_runs() -> None:
    """A listing is announced and followed, a delisting left; nobody else notices."""
    market = StreamedMarket()
    manager = market.manager()
    listings = Steering(market.venue).listings
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(market.listen(manager, for_s=400))
        await asyncio.sleep(30)
        listed = listings.follow(ListingOrder(list_in_s=1.0), market.clock.now_ms())
        manager.follow([*market.symbols[1:], listed])
        await asyncio.sleep(300)
        assert manager.is_alive(listed)
        assert not manager.is_alive(market.symbols[0])
    announced = [event for _, event in market.events if isinstance(event, ContractChanged)]
    assert [(event.symbol, event.status) for event in announced] == [(listed, "PENDING_TRADING"), (listed, "TRADING")]
    assert market.story == [*STARTED, ("live", 1)]
    assert listed in {symbol for symbol, _ in market.candles}
    assert max(event_ms for symbol, event_ms in market.candles if symbol == market.symbols[0]) < START_MS + 31_000


def test_the_same_seed_tells_the_same_story() -> None:
    """Faults and jitter by chance included."""

    async def story() -> list[tuple[float, str]]:
        market = StreamedMarket()
        market.fault(FaultRule("drop", probability=0.05))
        await market.listen(market.manager(), for_s=100)
        return [(at_s, type(event).__name__) for at_s, event in market.events]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as one, asyncio.Runner(loop_factory=VirtualTimeLoop) as other:
        assert one.run(story()) == other.run(story())

"""The past of every series is brought in the background, and no more is said to be there than came."""

import logging

import pytest

from eliteflow.errors import ExchangeUnreachable
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.deepening import Deepening
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import make_series, make_stored
from tests.unit.pipeline.conftest import NOON_MS
from tests.unit.pipeline.virtual_market import START_MS, VirtualMarket, play
from tests.unit.pipeline.virtual_market import SYMBOLS as MARKET

M5, M15 = Timeframe.M5, Timeframe.M15
SYMBOLS = ("BTCUSDT", "ETHUSDT")
NEWEST_MS = M5.newest_closed_ms(NOON_MS)


@pytest.fixture
def store() -> CandleStore:
    """Two series of 99 bars, the newest there are."""
    store = CandleStore(512)
    for symbol in SYMBOLS:
        store.write(symbol, M5, make_series(bars=99, head_ms=NEWEST_MS), requested_ms=NOON_MS + 9 * M5.ms)
    return store


async def deepened(store: CandleStore, source: MemorySource, clock: ManualClock) -> None:
    """Carry out one round."""
    deepening = Deepening(store, SeriesFetcher(source, store, clock), clock, [M5], 499)
    deepening.symbols = SYMBOLS
    await deepening._deepen()


async def test_what_came_is_said(
    store: CandleStore, source: MemorySource, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Once for the round, with its weight."""
    with caplog.at_level(logging.INFO):
        await deepened(store, source, clock)
    assert [message.partition(", took")[0] for message in caplog.messages] == [
        "history: 2 series completed up to 499 bars, weight 4"
    ]


async def test_what_failed_is_not_said_to_be_there(
    store: CandleStore, source: MemorySource, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """One of two came, then none: the second round says nothing."""
    source.faults["ETHUSDT"] = ExchangeUnreachable("venue.test", "connection refused")
    with caplog.at_level(logging.INFO):
        await deepened(store, source, clock)
        await deepened(store, source, clock)
    assert [message.partition(", took")[0] for message in caplog.messages] == [
        "history: 1 series completed up to 499 bars, weight 2"
    ]


def test_what_the_venue_does_not_have_is_not_asked_for_each_minute() -> None:
    """A hole of its own is asked for once an hour."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        market.source.missing_ms.add(M5.open_time_ms(START_MS - 200 * M5.ms))
        deepening = Deepening(market.store, market.fetcher, market.clock, [M5], 499)
        deepening.symbols = MARKET
        asked = []
        async with market.beside(deepening.run()):
            for _ in range(14):
                await market.pass_s(230)
                asked.append(len(market.asked))
                await market.pass_s(20)
                await market.fill()  # the bar that has just closed
                await market.pass_s(50)
        assert asked == [3] + [0] * 11 + [3, 0]

    play(scenario)


async def test_a_series_that_lags_is_left_to_whoever_fetches_its_tail(
    store: CandleStore, source: MemorySource, clock: ManualClock
) -> None:
    """After a restart every tail is missing; fetched here too it would come twice."""
    clock.advance(5 * 3_600)
    await deepened(store, source, clock)
    assert source.requests == []


class CompletesFifteenMinutes:
    """A StoreObserver that has all of 15m as soon as 5m has changed."""

    def __init__(self, store: CandleStore) -> None:
        self._store = store

    def series_changed(self, change: SeriesChange) -> None:
        """Write it."""
        if change.timeframe is M5:
            whole = make_stored(change.symbol, M15, bars=499, head_ms=M15.newest_closed_ms(NOON_MS), version=9)
            self._store.close_bars(whole.symbol, M15, whole.open_time_ms, whole.values, whole.version)

    def bar_changed(self, change: BarChange) -> None:
        """Do nothing."""


async def test_what_follows_from_the_shorter_timeframe_is_not_fetched(
    store: CandleStore, source: MemorySource, clock: ManualClock
) -> None:
    """5m comes first; a larger timeframe is looked at afterwards."""
    for symbol in SYMBOLS:
        store.restore(make_stored(symbol, M15, bars=99, head_ms=M15.newest_closed_ms(NOON_MS)))
    store.observers.append(CompletesFifteenMinutes(store))
    deepening = Deepening(store, SeriesFetcher(source, store, clock), clock, [M15, M5], 499)
    deepening.symbols = SYMBOLS
    await deepening._deepen()
    assert [request.timeframe for request in source.requests] == [M5, M5]


def test_a_restart_that_finds_everything_new_on_disk_goes_on_with_the_past() -> None:
    """Nobody fetches anything then, so nobody says that there is something to look after."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        deepening = Deepening(market.store, market.fetcher, market.clock, [M5], 499)
        deepening.symbols = MARKET
        asked = len(market.asked)
        async with market.beside(deepening.run()):
            await market.pass_s(7)
        assert len(market.asked) == asked + len(MARKET)

    play(scenario)


def test_after_its_first_look_it_looks_once_a_minute() -> None:
    """What could not be had at the first is asked for again at the second."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        market.source.faults |= dict.fromkeys(MARKET, ExchangeUnreachable("venue.test", "refused"))
        deepening = Deepening(market.store, market.fetcher, market.clock, [M5], 499)
        deepening.symbols = MARKET
        asked: list[int] = []
        async with market.beside(deepening.run()):
            for seconds in (5.5, 59, 1):
                await market.pass_s(seconds)
                asked.append(len(market.asked))
        assert asked == [len(MARKET), 0, len(MARKET)]

    play(scenario)

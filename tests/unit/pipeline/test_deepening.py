"""The past of every series is brought in the background, and no more is said to be there than came."""

import logging

import pytest

from eliteflow.errors import ExchangeUnreachable
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.deepening import Deepening
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import HEAD_MS, make_series
from tests.unit.pipeline.virtual_market import START_MS, VirtualMarket, play
from tests.unit.pipeline.virtual_market import SYMBOLS as MARKET

M5 = Timeframe.M5
SYMBOLS = ("BTCUSDT", "ETHUSDT")


@pytest.fixture
def store() -> CandleStore:
    """Two series of 99 bars."""
    store = CandleStore(512)
    for symbol in SYMBOLS:
        store.write(symbol, M5, make_series(bars=99), requested_ms=HEAD_MS + 9 * M5.ms)
    return store


async def deepened(store: CandleStore, source: MemorySource, clock: ManualClock) -> None:
    """Carry out one round."""
    deepening = Deepening(store, SeriesFetcher(source, store, clock), clock, [M5], 499)
    deepening.symbols = SYMBOLS
    await deepening._carry_out(deepening._plan())


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

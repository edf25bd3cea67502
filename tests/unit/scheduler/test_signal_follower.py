"""Open signals are brought to the newest bar, from memory where it can, from the venue where it must."""

import numpy as np
import pytest
from numpy.typing import NDArray

from eliteflow.analysis.signal_outcome import Ending, FollowedSignal, follow
from eliteflow.errors import ExchangeUnreachable
from eliteflow.model.signal import Side, Signal
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.signal_follower import FETCHED_AT_ONCE, SignalFollower
from eliteflow.testing.series import series_at
from tests.unit.scheduler.market_client import NOW_MS, FakeMarket

M5 = Timeframe.M5
EXPIRY = 40


class Desk:
    """A follower over a market of two symbols."""

    def __init__(self) -> None:
        self.market = FakeMarket("AUSDT", "BUSDT")
        self.pipeline = UnifiedDataPipeline(self.market, clock=self.market.clock)
        service = DataService(self.market, clock=self.market.clock)
        self.follower = SignalFollower(self.pipeline.store, service, expiry_bars=EXPIRY)
        self.head_ms = M5.newest_closed_ms(NOW_MS)

    async def remember(self, *symbols: str, bars: int) -> None:
        """Fill memory, and forget that it was asked for."""
        await self.pipeline.refresh(symbols, ["5m"], bars, as_of_ms=NOW_MS)
        self.market.requests.clear()

    def signal(self, bars_ago: int, symbol: str = "AUSDT", *, reach: float = 0.5) -> FollowedSignal:
        """A signal at a bar before the newest, whose stop and target are the part `reach` of the price away."""
        bar_ms = self.head_ms - bars_ago * M5.ms
        close = float(series_at(symbol, "5m", self.times(bar_ms, 1)).field("close")[0])
        return FollowedSignal.new(
            Signal("dip", symbol, Side.LONG, M5, bar_ms, close, close * (1 - reach), close * (1 + reach), 0.5)
        )

    def times(self, first_ms: int, bars: int) -> NDArray[np.int64]:
        """Open times from `first_ms` on."""
        return first_ms + M5.ms * np.arange(bars)

    def expected(self, one: FollowedSignal, *, until_ms: int | None = None) -> FollowedSignal:
        """The signal after all bars of the market up to the newest."""
        first_ms = one.course.followed_ms + M5.ms
        bars = ((until_ms or self.head_ms) - first_ms) // M5.ms + 1
        series = series_at(one.signal.symbol, "5m", self.times(first_ms, bars))
        return follow(one, series.open_time_ms, series.values, expiry_bars=EXPIRY)


async def test_memory_is_enough_where_it_reaches_back() -> None:
    """Signals of different ages and symbols, without a request."""
    desk = Desk()
    await desk.remember("AUSDT", "BUSDT", bars=50)
    signals = [desk.signal(30), desk.signal(1), desk.signal(12, "BUSDT", reach=0.004)]
    found = await desk.follower.follow(signals, NOW_MS)
    assert found == [desk.expected(one) for one in signals]
    assert desk.market.requests == []


async def test_a_signal_of_the_newest_bar_has_nothing_to_follow() -> None:
    """It begins at the next one."""
    desk = Desk()
    assert await desk.follower.follow([desk.signal(0)], NOW_MS) == []
    assert desk.market.requests == []


async def test_what_memory_does_not_reach_is_fetched_once_for_all_signals_of_a_series() -> None:
    """As after a day without the program; one that expired then ends where it would have."""
    desk = Desk()
    await desk.remember("AUSDT", bars=50)
    signals = [desk.signal(700), desk.signal(690)]
    found = await desk.follower.follow(signals, NOW_MS)
    assert found == [desk.expected(one, until_ms=one.signal.bar_ms + EXPIRY * M5.ms) for one in signals]
    assert all(one.course.ending is Ending.EXPIRED for one in found)
    assert len(desk.market.requests) == 1


async def test_a_symbol_outside_memory_is_asked_for() -> None:
    """It left the universe, and its signal is still open."""
    desk = Desk()
    one = desk.signal(10, "BUSDT")
    assert await desk.follower.follow([one], NOW_MS) == [desk.expected(one)]


async def test_a_delisted_symbol_leaves_its_signals_void() -> None:
    """There are no bars that could decide."""
    desk = Desk()
    desk.market.unknown.add("BUSDT")
    (found,) = await desk.follower.follow([desk.signal(10, "BUSDT")], NOW_MS)
    assert (found.course.ending, found.result_r) == (Ending.VOID, None)


async def test_a_hole_in_the_venues_past_leaves_a_signal_void() -> None:
    """The missing bar may have been the one that touched the stop."""
    desk = Desk()
    desk.market.missing_ms.add(desk.head_ms - 5 * M5.ms)
    (found,) = await desk.follower.follow([desk.signal(10, "BUSDT")], NOW_MS)
    assert found.course.ending is Ending.VOID


async def test_bars_that_may_still_come_are_waited_for() -> None:
    """A venue that is late, or unreachable, ends nothing."""
    desk = Desk()
    desk.market.silent_ms = desk.head_ms - 3 * M5.ms
    assert await desk.follower.follow([desk.signal(2, "BUSDT")], NOW_MS) == []
    desk.market.silent_ms = None
    desk.market.faults["BUSDT"] = ExchangeUnreachable("venue", "timed out after 10 s")
    assert await desk.follower.follow([desk.signal(2, "BUSDT")], NOW_MS) == []


async def test_who_has_just_failed_is_not_asked_again() -> None:
    """An outage is not made longer."""
    desk = Desk()
    assert await desk.follower.follow([desk.signal(10, "BUSDT")], NOW_MS, failed=("BUSDT",)) == []
    assert desk.market.requests == []


async def test_many_lacking_series_take_turns() -> None:
    """No cycle asks for more than some, and those asked in vain come last."""
    desk = Desk()
    symbols = [f"S{number:02}USDT" for number in range(FETCHED_AT_ONCE + 5)]
    desk.market.silent_ms = desk.head_ms - 20 * M5.ms
    signals = [desk.signal(10, symbol) for symbol in symbols]
    await desk.follower.follow(signals, NOW_MS)
    first = {request.symbol for request in desk.market.requests}
    desk.market.requests.clear()
    await desk.follower.follow(signals, NOW_MS)
    second = [request.symbol for request in desk.market.requests]
    assert len(first) == len(second) == FETCHED_AT_ONCE
    assert set(symbols) - first <= set(second)


@pytest.mark.parametrize("since_close_ms", [500, 1_999])
async def test_a_bar_that_has_only_just_closed_is_not_waited_for(since_close_ms: int) -> None:
    """Memory will have it, or the next cycle asks."""
    desk = Desk()
    as_of_ms = desk.head_ms + 2 * M5.ms + since_close_ms
    assert await desk.follower.follow([desk.signal(0, "BUSDT")], as_of_ms) == []
    assert desk.market.manual_clock.slept_until_ms == []

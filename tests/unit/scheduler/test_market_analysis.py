"""The analysis step carries the market on, and knows at every bar what the whole history says."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.market_bar import EVERY_BAR
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.market_regime import find_regime
from eliteflow.analysis.trend_monitor import MarketTrends, TrendMonitor
from eliteflow.errors import InvalidArgument
from eliteflow.model.market_row import MarketRow
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.market_analysis import MarketAnalysis
from tests.unit.scheduler.market_client import NOW_MS, FakeMarket

H1, M5 = Timeframe.H1, Timeframe.M5
TIMEFRAMES = (H1, M5)
NAMES = ("AUSDT", "BUSDT", "CUSDT", "DUSDT")
BATCH = EliteTechnicalEngine()


class Desk:
    """An analysis over a market that closes one bar of 5m after another, from 99 bars on."""

    def __init__(self, *, structured: tuple[Timeframe, ...] = ()) -> None:
        self.market = FakeMarket(*NAMES)
        self.pipeline = UnifiedDataPipeline(self.market, clock=self.market.clock)
        self.engine, self.monitor = EliteTechnicalEngine(), TrendMonitor(BATCH)
        self.analysis = MarketAnalysis(
            self.pipeline, self.engine, self.monitor, TIMEFRAMES, DEFAULT_SET, structured=structured
        )

    @property
    def now_ms(self) -> int:
        """The venue's time."""
        return self.market.clock.now_ms()

    async def cycle(self, *batches: tuple[str, ...], minutes: int = 0) -> list[MarketRow]:
        """Let time pass and run the step over the batches, all symbols in two by default."""
        self.market.manual_clock.advance(minutes * 60)
        parts: dict[Timeframe, list[MarketIndicators]] = {}
        for batch in batches or (NAMES[:3], NAMES[3:]):
            await self.pipeline.refresh(batch, TIMEFRAMES, 99, as_of_ms=self.now_ms)
            for timeframe, found in self.analysis.take(batch, self.now_ms).items():
                parts.setdefault(timeframe, []).append(found)
        return list(self.analysis.rank(parts, self.now_ms))

    def assert_is_batch(self) -> None:
        """Compare all values and trends with those over all bars in memory, computed at once."""
        for timeframe, found in self.analysis.indicators.items():
            panel = self.pipeline.panel(timeframe, found.symbols, as_of_ms=self.now_ms)
            whole = BATCH.calculate_market(panel)
            assert found.known_bars.tolist() == whole.known_bars.tolist()
            for output in whole.outputs:
                np.testing.assert_array_equal(found.latest(output), whole.latest(output))
            assert_same_trends(self.monitor.trends[timeframe], TrendMonitor(BATCH).update(whole))


def assert_same_trends(found: MarketTrends, expected: MarketTrends) -> None:
    """Every array to the bit."""
    assert (found.symbols, found.as_of_ms) == (expected.symbols, expected.as_of_ms)
    for name in ("direction", "strength", "since_ms", "adx", "converged"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


async def test_every_cycle_knows_what_the_whole_history_says() -> None:
    """From the first one on, through closes of one and of both timeframes."""
    desk = Desk()
    rows = await desk.cycle()
    assert sorted(row.symbol for row in rows) == sorted(NAMES)
    desk.assert_is_batch()
    for _ in range(14):
        await desk.cycle(minutes=5)
        desk.assert_is_batch()


def correct_a_bar(desk: Desk) -> None:
    """The venue corrects a bar deep in the past of one symbol."""
    open_ms = M5.newest_closed_ms(desk.now_ms) - 30 * M5.ms
    desk.market.revisions["BUSDT", "5m", open_ms] = 1.0
    desk.pipeline.absorb("BUSDT", "5m", desk.market._answer("BUSDT", M5, 60, None, desk.now_ms))


def deepen(desk: Desk) -> None:
    """Older bars of one symbol arrive."""
    desk.pipeline.absorb("AUSDT", "5m", desk.market._answer("AUSDT", M5, 300, None, desk.now_ms))


@pytest.mark.parametrize(("happen", "symbol"), [(correct_a_bar, "BUSDT"), (deepen, "AUSDT")])
async def test_what_changed_in_the_past_opens_that_series_alone(
    happen: Callable[[Desk], None], symbol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values and trends are those of the history as it stands; nobody else is read again."""
    desk = Desk()
    await desk.cycle()
    await desk.cycle(minutes=5)
    happen(desk)
    read: list[tuple[str, ...]] = []
    panel = desk.pipeline.store.panel

    def reading(timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        if bars == EVERY_BAR:
            read.append(tuple(symbols))
        return panel(timeframe, symbols, head_ms, bars)

    monkeypatch.setattr(desk.pipeline.store, "panel", reading)
    await desk.cycle()
    assert set(read) == {(symbol,)}
    desk.assert_is_batch()
    await desk.cycle(minutes=5)
    desk.assert_is_batch()


async def test_a_cycle_without_news_computes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and values are those of the cycle before."""
    desk = Desk()
    rows = await desk.cycle()
    known = desk.analysis.indicators
    monkeypatch.setattr(desk.engine, "update", None)
    monkeypatch.setattr(desk.monitor, "update", None)
    assert await desk.cycle() == rows
    assert all(desk.analysis.indicators[timeframe] is known[timeframe] for timeframe in TIMEFRAMES)


async def test_only_what_has_closed_is_taken() -> None:
    """A close of 5m leaves 1h as it is."""
    desk = Desk()
    await desk.cycle()
    hourly = desk.analysis.indicators[H1]
    await desk.cycle(minutes=5)
    assert desk.analysis.indicators[H1] is hourly
    assert desk.analysis.indicators[M5].open_time_ms[-1] == M5.newest_closed_ms(NOW_MS + M5.ms)


async def test_a_symbol_that_was_absent_has_its_past_again() -> None:
    """For one cycle inside a bar, and for a whole bar."""
    desk = Desk()
    await desk.cycle()
    for minutes in (1, 5):
        rows = await desk.cycle(NAMES[:2], NAMES[3:], minutes=minutes)
        assert sorted(row.symbol for row in rows) == ["AUSDT", "BUSDT", "DUSDT"]
        await desk.cycle(minutes=minutes)
        desk.assert_is_batch()


async def test_a_cycle_that_broke_off_is_made_good_by_the_next() -> None:
    """A batch was taken, with a correction, and the market was never ranked."""
    desk = Desk()
    await desk.cycle()
    correct_a_bar(desk)
    desk.analysis.take(NAMES[:3], desk.now_ms)
    await desk.cycle(minutes=5)
    desk.assert_is_batch()


async def test_a_young_listing_stands_in_the_timeframes_it_has() -> None:
    """Without a closed bar of 1h it is no hole there, it is not there."""
    desk = Desk()
    desk.market.listed_ms["CUSDT"] = M5.newest_closed_ms(NOW_MS) - 2 * M5.ms
    desk.market.manual_clock.advance(50 * 60)
    rows = {row.symbol: row for row in await desk.cycle()}
    assert desk.analysis.indicators[H1].symbols == ("AUSDT", "BUSDT", "DUSDT")
    assert desk.analysis.indicators[M5].symbols == NAMES
    assert (rows["CUSDT"].trend_1h, rows["CUSDT"].adx_1h) == (None, None)
    assert rows["CUSDT"].price is not None


async def test_the_daily_change_is_that_of_a_day_of_hours() -> None:
    """Though the values at hand are those of the newest bars alone."""
    desk = Desk()
    row = (await desk.cycle())[0]
    closes = desk.pipeline.panel("1h", [row.symbol]).close[0]
    assert row.change_pct == pytest.approx((closes[-1] / closes[-25] - 1) * 100)


async def test_the_regime_is_that_of_the_newest_bars() -> None:
    """Known once the volatility has a past, and found again when a bar has closed."""
    desk = Desk()
    await desk.cycle()
    assert desk.analysis.regimes[M5].whole.symbols == 0
    deepen(desk)
    await desk.cycle(minutes=5)
    regime = desk.analysis.regimes[M5]
    assert (regime.whole.symbols, regime.as_of_ms) == (1, M5.newest_closed_ms(desk.now_ms))
    panel = desk.pipeline.panel("5m", NAMES, as_of_ms=desk.now_ms)
    market = BATCH.calculate_market(panel, (*DEFAULT_SET, "volatility_rank"))
    assert regime.whole == find_regime(desk.monitor.trends[M5], market).whole


async def test_strategies_see_structure_where_they_ask_for_it() -> None:
    """The bars are copied before they are shown; other timeframes say what to declare."""
    desk = Desk(structured=(M5,))
    await desk.cycle()
    await desk.cycle(minutes=5)
    view = desk.analysis.view(NAMES, desk.now_ms)
    assert view.structure(M5).panel.bars == 100
    assert view.has_bar(M5).all()
    with pytest.raises(InvalidArgument, match=r'reads = \{1h: \("structure",\)\}'):
        view.structure(H1)


async def test_an_empty_market_is_no_error() -> None:
    """When every symbol failed there is nothing to rank."""
    desk = Desk()
    assert desk.analysis.take((), desk.now_ms) == {}
    assert list(desk.analysis.rank({}, desk.now_ms)) == []
    assert desk.analysis.view(NAMES, desk.now_ms).timeframes == ()


async def test_registered_functions_are_carried_on_too() -> None:
    """They are computed with the newest bars at every close."""
    desk = Desk()
    desk.engine.register("span", lambda high, low: high - low, inputs=("high", "low"))
    MarketAnalysis(desk.pipeline, desk.engine, desk.monitor, TIMEFRAMES, ("span",))
    for minutes in (0, 5):
        await desk.cycle(minutes=minutes)
        found = desk.analysis.indicators[M5]
        np.testing.assert_allclose(found.latest("span"), found.panel.high[:, -1] - found.panel.low[:, -1])

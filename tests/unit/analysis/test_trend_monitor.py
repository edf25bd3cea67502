"""The monitor knows where each market goes, how strongly, and since when, also beyond the bars at hand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from eliteflow.analysis import trend_rule
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.trend_monitor import Direction, TrendMonitor
from eliteflow.errors import UnknownSymbol
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import START_MS, panel_of, random_walk, with_young_head

H1 = Timeframe.H1
HOUR = H1.ms


def indicators(spreads: dict[str, list[float]], *, adx: float = 30.0, first: int = 0) -> MarketIndicators:
    """Return indicators whose spreads are given, one list for each symbol, beginning at bar `first`."""
    spread = np.array(list(spreads.values()), np.float64)
    count, bars = spread.shape
    times = START_MS + (first + np.arange(bars)) * HOUR
    panel = Panel(H1, tuple(spreads), times, np.ones((5, count, bars)))
    ones = np.ones((count, bars))
    values = {"ema_20": 100 + spread, "ema_50": 100 * ones, "atr": ones, "adx": np.where(np.isnan(spread), np.nan, adx)}
    return MarketIndicators(panel, values, dict.fromkeys(values, 3), np.count_nonzero(~np.isnan(spread), axis=1))


def test_state_says_where_how_strongly_and_since_when() -> None:
    """One state for each timeframe that was updated."""
    monitor = TrendMonitor()
    monitor.update(indicators({"BTCUSDT": [-1, -1, 0.5, 0.5], "ETHUSDT": [0, 0, 0, 0]}))
    state = monitor.state("BTCUSDT")[H1]
    assert state.direction is Direction.UP
    assert state.strength == pytest.approx((30 / 50 * 0.5 / 2) ** 0.5)
    assert state.since_ms == START_MS + 2 * HOUR
    assert state.adx == 30
    assert state.converged
    assert monitor.state("ETHUSDT")[H1].direction is Direction.FLAT
    assert monitor.state("ETHUSDT")[H1].strength == 0


def test_what_is_not_known_is_none_and_not_flat() -> None:
    """A young listing has no direction yet, and a panel without bars none at all."""
    nan = float("nan")
    monitor = TrendMonitor()
    monitor.update(indicators({"NEWUSDT": [nan, nan, nan]}))
    assert monitor.state("NEWUSDT")[H1] == (None, 0.0, None, None, False)
    monitor.update(indicators({"NEWUSDT": []}))
    assert monitor.state("NEWUSDT")[H1] == (None, 0.0, None, None, False)


def test_a_trend_older_than_the_bars_keeps_its_beginning() -> None:
    """When the window has moved past the beginning, memory knows it."""
    monitor = TrendMonitor()
    whole = [0.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    for first in range(4):
        monitor.update(indicators({"BTCUSDT": whole[first : first + 4]}, first=first))
    assert monitor.state("BTCUSDT")[H1].since_ms == START_MS + HOUR


def test_hysteresis_reaches_beyond_the_bars() -> None:
    """A trend whose beginning is no longer in the window goes on in no-man's-land."""
    monitor = TrendMonitor()
    monitor.update(indicators({"BTCUSDT": [0.5, 0.1, 0.1]}))
    monitor.update(indicators({"BTCUSDT": [0.1, 0.1, 0.1]}, first=1))
    assert monitor.state("BTCUSDT")[H1].direction is Direction.UP
    assert TrendMonitor().update(indicators({"BTCUSDT": [0.1, 0.1]})).direction.tolist() == [trend_rule.FLAT]


def test_a_revised_bar_corrects_what_followed_from_it() -> None:
    """The bars at hand are judged again; memory holds only what lies before them."""
    monitor = TrendMonitor()
    monitor.update(indicators({"BTCUSDT": [0.0, 0.5, 0.1]}))
    assert monitor.state("BTCUSDT")[H1].direction is Direction.UP
    monitor.update(indicators({"BTCUSDT": [0.0, 0.2, 0.1]}))
    assert monitor.state("BTCUSDT")[H1].direction is Direction.FLAT


def test_memory_that_does_not_reach_the_bars_is_not_used() -> None:
    """After a gap longer than the window nothing is known about what lay before."""
    monitor = TrendMonitor()
    monitor.update(indicators({"BTCUSDT": [0.5, 0.5]}))
    monitor.update(indicators({"BTCUSDT": [0.1, 0.1]}, first=3))
    assert monitor.state("BTCUSDT")[H1].direction is Direction.FLAT
    monitor = TrendMonitor()
    monitor.update(indicators({"BTCUSDT": [0.5, 0.5]}))
    monitor.update(indicators({"BTCUSDT": [0.1, 0.1]}, first=2))
    assert monitor.state("BTCUSDT")[H1].direction is Direction.UP


class Hours:
    """Closed bars of three walks, the second one a young listing. asked: symbols of each call."""

    def __init__(self) -> None:
        walks = (random_walk(300, seed=seed) for seed in (3, 8, 9))
        self.whole = panel_of(*(with_young_head(walk, 40 * (row == 1)) for row, walk in enumerate(walks)))
        self.asked: list[tuple[str, ...]] = []

    def until(self, bars: int) -> Panel:
        """Return the first bars."""
        whole = self.whole
        return Panel(H1, whole.symbols, whole.open_time_ms[:bars], np.ascontiguousarray(whole.values[:, :, :bars]))

    def panel(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        """Return the bars up to `head_ms`."""
        self.asked.append(tuple(symbols))
        panel = self.until(int((head_ms - START_MS) // HOUR) + 1)
        rows = [panel.symbols.index(symbol) for symbol in symbols]
        return Panel(timeframe, tuple(symbols), panel.open_time_ms, panel.values[:, rows])


def test_one_bar_after_the_other_gives_what_all_bars_at_once_give() -> None:
    """The past of new series, and of those opened anew, is read once; of the others it is remembered."""
    hours, engine = Hours(), EliteTechnicalEngine()
    monitor, whole = TrendMonitor(engine), TrendMonitor(engine)
    for bars in range(120, 300):
        market = engine.update(MarketBar.newest_of(hours.until(bars)), hours)
        market = replace(market, opened=("S2USDT",) if bars == 250 else ())
        found = monitor.update(market, hours)
        if bars % 10:
            continue
        expected = whole.update(hours.until(bars))
        for name in ("direction", "strength", "since_ms", "adx", "converged"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    # By the engine, which opens its handles, then by the monitor.
    assert hours.asked == [hours.whole.symbols, hours.whole.symbols, ("S2USDT",)]


def test_memory_follows_symbols_and_not_rows() -> None:
    """Listings and delistings move rows; each symbol keeps its own past."""
    monitor = TrendMonitor()
    monitor.update(indicators({"AUSDT": [0.5, 0.1], "BUSDT": [-0.5, -0.1], "CUSDT": [0.0, 0.0]}))
    monitor.update(indicators({"NEWUSDT": [0.1, 0.1], "BUSDT": [-0.1, -0.1], "AUSDT": [0.1, 0.1]}, first=1))
    found = {symbol: monitor.state(symbol)[H1].direction for symbol in ("NEWUSDT", "BUSDT", "AUSDT")}
    assert found == {"NEWUSDT": Direction.FLAT, "BUSDT": Direction.DOWN, "AUSDT": Direction.UP}
    with pytest.raises(UnknownSymbol):
        monitor.state("CUSDT")


def test_panel_and_indicators_give_the_same() -> None:
    """What the rule needs is computed where it is missing."""
    panel = panel_of(random_walk(500), with_young_head(random_walk(500, seed=8), 200))
    engine = EliteTechnicalEngine()
    from_panel = TrendMonitor().update(panel)
    for market in (engine.calculate_market(panel), engine.calculate_market(panel, ("rsi",))):
        trends = TrendMonitor(engine).update(market)
        np.testing.assert_array_equal(trends.direction, from_panel.direction)
        np.testing.assert_array_equal(trends.strength, from_panel.strength)
        np.testing.assert_array_equal(trends.since_ms, from_panel.since_ms)
    assert from_panel.converged.tolist() == [True, False]
    assert from_panel.as_of_ms == panel.open_time_ms[-1]


def test_trends_do_not_hold_on_to_the_bars() -> None:
    """What is remembered is one number a symbol, not the arrays it came from."""
    trends = TrendMonitor().update(panel_of(random_walk(200), random_walk(200, seed=8)))
    for array in (trends.direction, trends.strength, trends.since_ms, trends.adx, trends.converged):
        assert array.base is None or array.base.size <= 2


def test_a_market_without_symbols_is_no_error() -> None:
    """An empty universe gives empty trends."""
    panel = panel_of(random_walk(80))
    empty = Panel(panel.timeframe, (), panel.open_time_ms, panel.values[:, :0])
    assert TrendMonitor().update(empty).symbols == ()


def test_timeframes_are_followed_apart() -> None:
    """An update of one leaves the others as they were."""
    monitor = TrendMonitor()
    monitor.update(panel_of(random_walk(80), timeframe=Timeframe.H1))
    before = monitor.trends[Timeframe.H1]
    monitor.update(panel_of(random_walk(80, seed=8), timeframe=Timeframe.M5))
    assert monitor.trends[Timeframe.H1] is before
    assert list(monitor.state("S0USDT")) == [Timeframe.H1, Timeframe.M5]
    assert repr(monitor) == "TrendMonitor(1h, 5m)"

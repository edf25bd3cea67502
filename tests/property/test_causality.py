"""Nothing that a cycle knows depends on bars that closed later, though memory may hold them already."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eliteflow.analysis.cross_section import advance_decline, rank, share_above
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.strategies.trend_pullback import TrendPullback
from eliteflow.analysis.strategy import indicators_read
from eliteflow.analysis.structure_state import structure_state
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.analysis.trend_rule import INPUTS, Evidence, directions
from eliteflow.model.panel import Panel
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.market_analysis import MarketAnalysis
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import series_at
from tests.property.test_engine import walk

H1, M15, M5 = TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
NAMES = ("AUSDT", "BUSDT", "CUSDT")
START_MS = 1_763_888_400_000
STRATEGY = TrendPullback()
ENGINE = EliteTechnicalEngine()


class Desk:
    """An analysis over a market of random walks."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.clock = ManualClock(START_MS)
        self.pipeline = UnifiedDataPipeline(MemorySource(self.clock), clock=self.clock)
        engine = EliteTechnicalEngine()
        names = indicators_read([STRATEGY], DEFAULT_SET)
        self.analysis = MarketAnalysis(
            self.pipeline, engine, TrendMonitor(engine), TIMEFRAMES, names, structured=TIMEFRAMES
        )

    def remember(self, until_ms: int) -> None:
        """Fill memory with all bars that close up to then, 400 of each timeframe up to `START_MS`."""
        for timeframe in TIMEFRAMES:
            times = np.arange(
                timeframe.newest_closed_ms(START_MS) - 399 * timeframe.ms,
                timeframe.newest_closed_ms(until_ms) + 1,
                timeframe.ms,
                dtype=np.int64,
            )
            for row, name in enumerate(NAMES):
                made = series_at(name, timeframe, times)
                made.values[:5] = walk(600, self.seed + row)[:, : len(times)]
                self.pipeline.absorb(name, timeframe, Series(times, made.values), requested_ms=until_ms + 60_000)

    def known(self, as_of_ms: int) -> dict[str, object]:
        """Everything that a cycle knows, by name."""
        parts = {timeframe: [found] for timeframe, found in self.analysis.take(NAMES, as_of_ms).items()}
        rows = self.analysis.rank(parts, as_of_ms)
        view = self.analysis.view(NAMES, as_of_ms)
        verdict = STRATEGY.evaluate(view)
        known: dict[str, object] = {"rows": list(rows), "signals": verdict.signals, "funnel": verdict.funnel}
        known["checks"] = [str(verdict.explain(name).checks) for name in NAMES]
        for timeframe, found in self.analysis.indicators.items():
            known |= {f"{timeframe} {output}": found.latest(output).tolist() for output in found.outputs}
            known[f"{timeframe} regime"] = self.analysis.regimes[timeframe].whole
            known[f"{timeframe} structure"] = [structure_state(view.structure(timeframe), name) for name in NAMES]
        return known


def differences(seed: int, steps: Sequence[int], ahead: int) -> set[str]:
    """Return what a desk whose memory runs `ahead` bars before its time knows differently from one that has none."""
    early, fair = Desk(seed), Desk(seed)
    now_ms, found = START_MS, set[str]()
    for step in (0, *steps):
        now_ms += step * M5.ms
        fair.remember(now_ms)
        early.remember(now_ms + ahead * M5.ms)
        expected, actual = fair.known(now_ms), early.known(now_ms)
        found |= {name for name, value in expected.items() if str(value) != str(actual[name])}
    return found


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 2**31), st.lists(st.integers(1, 14), min_size=1, max_size=4), st.integers(1, 30))
def test_bars_that_closed_after_the_cycles_instant_change_nothing(seed: int, steps: list[int], ahead: int) -> None:
    """Values, trends, regimes, structure, table, signals and reasons."""
    assert differences(seed, steps, ahead) == set()


def test_a_planted_look_ahead_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above sees a memory that answers with more than was asked for."""
    panel = CandleStore.panel

    def later(store: CandleStore, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        """The panel of the bar after, under the times of the one asked for."""
        found = panel(store, timeframe, symbols, head_ms + timeframe.ms, bars)
        if not found.symbols:
            return panel(store, timeframe, symbols, head_ms, bars)
        return Panel(timeframe, found.symbols, found.open_time_ms - timeframe.ms, found.values)

    monkeypatch.setattr(CandleStore, "panel", later)
    caught = differences(7, [1, 3], ahead=30)
    assert {"5m rsi", "5m structure", "5m regime", "rows"} <= caught


ACROSS: dict[str, Callable[[Panel], NDArray[np.float64]]] = {
    "rank": lambda panel: rank(panel.close),
    "share_above": lambda panel: share_above(panel.close, ENGINE.calculate_market(panel, ("ema_20",))["ema_20"]),
    "advance_decline": lambda panel: advance_decline(panel.close),
    "direction": lambda panel: _directions(panel),
}


def _directions(panel: Panel) -> NDArray[np.float64]:
    evidence = Evidence.of(ENGINE.calculate_market(panel, INPUTS))
    return directions(evidence, np.zeros(len(panel.symbols), np.int8)).astype(np.float64)


def _panel(seed: int, *, cut: int, factor: float) -> Panel:
    values = np.stack([walk(180, seed + row) for row in range(3)], axis=1)
    values[:4, :, cut:] *= factor
    return Panel(M5, NAMES, np.arange(180) * M5.ms, values)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.integers(60, 170), st.sampled_from([0.5, 2.0]))
def test_what_is_judged_across_the_market_looks_at_no_later_bar(seed: int, cut: int, factor: float) -> None:
    """Each bar alone, or it and those before it."""
    before, after = _panel(seed, cut=180, factor=1), _panel(seed, cut=cut, factor=factor)
    for name, judge in ACROSS.items():
        np.testing.assert_array_equal(judge(before)[..., :cut], judge(after)[..., :cut], err_msg=name)

"""Invariants of the trend rule and monitor: equal to a bar-by-bar account, through any sliding window."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.analysis.trend_rule import DOWN, FLAT, UNKNOWN, UP, Evidence, directions
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

Array = NDArray[np.float64]
M5 = Timeframe.M5
LEVELS = st.sampled_from([-2.0, -0.25, -0.2, 0.0, 0.1, 0.25, 1.0])
ADX = st.sampled_from([5.0, 19.9, 20.0, 22.0, 24.9, 25.0, 60.0])


@st.composite
def series(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Draw spreads and ADX of one series, around the levels of the rule, the first ones not known."""
    bars, unknown = draw(st.integers(2, 40)), draw(st.integers(0, 10))
    spread = draw(st.lists(LEVELS, min_size=bars, max_size=bars))
    adx = draw(st.lists(ADX, min_size=bars, max_size=bars))
    head = [float("nan")] * min(unknown, bars)
    return head + spread[len(head) :], head + adx[len(head) :]


def bar_by_bar(spread: list[float], adx: list[float]) -> list[int]:
    """Return the directions as the rule's text says them, one bar after another."""
    state, states = FLAT, []
    for distance, strength in zip(spread, adx, strict=True):
        if np.isnan(distance):
            states.append(UNKNOWN)
            continue
        if strength < 20 or (state == UP and distance <= 0) or (state == DOWN and distance >= 0):
            state = FLAT
        if strength >= 25 and abs(distance) >= 0.25:
            state = UP if distance > 0 else DOWN
        states.append(state)
    return states


@settings(deadline=None, max_examples=100)
@given(series())
def test_whole_arrays_give_the_same_as_one_bar_after_another(drawn: tuple[list[float], list[float]]) -> None:
    """The vectorised rule is the rule."""
    spread, adx = drawn
    found = directions(Evidence(np.array([spread]), np.array([adx])), np.array([FLAT], np.int8))
    assert found[0].tolist() == bar_by_bar(spread, adx)


def indicators(spread: Array, adx: Array, first: int) -> MarketIndicators:
    """Return indicators of one symbol with the given spread and ADX, from bar `first` on."""
    bars = len(spread)
    panel = Panel(M5, ("BTCUSDT",), (first + np.arange(bars)) * M5.ms, np.ones((5, 1, bars)))
    fill = np.ones((1, bars))
    # Powers of two keep the spread exact.
    values = {"ema_20": 4 + spread[None], "ema_50": 4 * fill, "atr": fill, "adx": adx[None]}
    return MarketIndicators(panel, values, dict.fromkeys(values, 1), np.array([bars]))


@settings(deadline=None, max_examples=80)
@given(series(), st.integers(1, 12), st.integers(1, 3), st.integers(1, 2))
def test_a_sliding_window_knows_what_the_whole_history_says(
    drawn: tuple[list[float], list[float]], window: int, step: int, repeats: int
) -> None:
    """Direction and since are those of the whole history, as long as the windows touch, however often each is seen."""
    spread, adx = (np.round(np.array(one) * 1024) / 1024 for one in drawn)
    states = bar_by_bar(spread.tolist(), adx.tolist())
    monitor = TrendMonitor()
    # From the start of the known bars, so that nothing lies before what the monitor has seen.
    for end in range(1, len(states) + 1, min(step, window)):
        begin = max(0, end - window)
        for _ in range(repeats):
            monitor.update(indicators(spread[begin:end], adx[begin:end], begin))
        state = monitor.state("BTCUSDT")[M5]
        expected = states[end - 1]
        assert {UP: "up", DOWN: "down", FLAT: "flat", UNKNOWN: None}[expected] == state.direction
        if expected != UNKNOWN:
            start = end - 1
            while start and states[start - 1] == expected:
                start -= 1
            assert state.since_ms == start * M5.ms

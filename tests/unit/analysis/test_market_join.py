"""A market analysed in batches is the market analysed at once."""

import numpy as np
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.market_join import join_market
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

SYMBOLS = tuple("ABCDEFG")
BARS = 120


def market() -> Panel:
    """Seven random walks; the last one is listed in the middle."""
    walk = np.random.default_rng(7).normal(size=(len(SYMBOLS), BARS)).cumsum(axis=1) + 100
    values = np.stack([walk, walk + 1, walk - 1, walk + 0.5, np.abs(walk)])
    values[:, -1, :60] = np.nan
    return Panel(Timeframe.M5, SYMBOLS, np.arange(BARS) * Timeframe.M5.ms, values)


def rows(panel: Panel, first: int, last: int, bars: int = BARS) -> Panel:
    """A part of the market, its newest `bars` only."""
    return Panel(
        panel.timeframe,
        panel.symbols[first:last],
        panel.open_time_ms[-bars:],
        np.ascontiguousarray(panel.values[:, first:last, -bars:]),
    )


def test_joined_batches_equal_the_whole_market() -> None:
    """Whatever the cut, each symbol's values stay its own, to the bit."""
    engine, panel = EliteTechnicalEngine(), market()
    whole = engine.calculate_market(panel)
    joined = join_market(
        [engine.calculate_market(part) for part in (rows(panel, 0, 3), rows(panel, 3, 6), rows(panel, 6, 7, 60))]
    )
    assert joined.symbols == whole.symbols
    assert np.array_equal(joined.known_bars, whole.known_bars)
    assert np.array_equal(joined.panel.values, panel.values, equal_nan=True)
    for name in whole.outputs:
        assert np.array_equal(joined[name], whole[name], equal_nan=True), name


def test_batches_that_end_with_different_bars_are_refused() -> None:
    """Two instants are never mixed."""
    engine, panel = EliteTechnicalEngine(), market()
    older = Panel(panel.timeframe, ("H",), panel.open_time_ms - Timeframe.M5.ms, panel.values[:, :1])
    with pytest.raises(ValueError, match="same bar"):
        join_market([engine.calculate_market(panel), engine.calculate_market(older)])

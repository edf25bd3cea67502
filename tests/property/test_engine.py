"""Invariants of the engine over any market: rows are independent, and nothing looks into the future."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicator import Indicator
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.kernels import OPEN_TIME_MS
from eliteflow.model.candle import OHLCV
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

Array = NDArray[np.float64]
ENGINE = EliteTechnicalEngine()
ALL = [indicator for indicator in ENGINE.indicators() if indicator.name != "mavp"]


@st.composite
def markets(draw: st.DrawFn, *, max_bars: int = 90) -> Panel:
    """Draw a panel of random walks on a tick grid, with quiet bars, bars without volume and young listings."""
    count, bars = draw(st.integers(1, 4)), draw(st.integers(1, max_bars))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    tick = draw(st.sampled_from([1e-8, 1e-4, 0.01, 1.0]))
    volatility = draw(st.sampled_from([0.0, 0.4, 3.0]))
    close = 500 + np.cumsum(np.round(random.normal(0, volatility, (count, bars))), axis=1)
    close = np.maximum(close, 1.0)
    open_ = np.concatenate([close[:, :1], close[:, :-1]], axis=1)
    high = np.maximum(open_, close) + random.integers(0, 3, (count, bars)) * (volatility > 0)
    low = np.minimum(open_, close)
    volume = np.round(random.lognormal(3, 2, (count, bars)), 3) * (random.random((count, bars)) > 0.1)
    values = np.stack([open_ * tick, high * tick, low * tick, close * tick, volume])
    for row in range(count):
        values[:, row, : draw(st.integers(0, bars))] = np.nan
    symbols = tuple(f"S{row}USDT" for row in range(count))
    return Panel(Timeframe.M5, symbols, np.arange(bars) * Timeframe.M5.ms, values)


def frame(series: Array) -> pd.DataFrame:
    """Return one series as a user's DataFrame."""
    return pd.DataFrame(series.T, columns=list(OHLCV))


@settings(deadline=None, max_examples=30)
@given(markets())
def test_a_row_of_the_market_is_the_series_alone(panel: Panel) -> None:
    """`calculate_market` and `calculate` agree to the bit, whatever the neighbours are."""
    market = ENGINE.calculate_market(panel)
    assert market.holes == ()
    for name in DEFAULT_SET:
        request = ENGINE._registry.request(name)
        for row, symbol in enumerate(panel.symbols):
            alone = ENGINE.calculate(name, frame(panel.row(symbol))).to_numpy().reshape(panel.bars, -1)
            for place, output in enumerate(request.outputs):
                np.testing.assert_array_equal(market[output][row], alone[:, place])


@settings(deadline=None, max_examples=40)
@given(markets())
def test_the_head_of_a_young_listing_changes_nothing(panel: Panel) -> None:
    """Unknown bars before a series' first one shift its values and leave them the same to the bit."""
    market = ENGINE.calculate_market(panel)
    known = panel.known_bars()
    for row in range(len(panel.symbols)):
        if known[row]:
            young = Panel(
                panel.timeframe, ("A",), panel.open_time_ms[-known[row] :], panel.values[:, [row], -known[row] :]
            )
            alone = ENGINE.calculate_market(young)
            for output in market.outputs:
                np.testing.assert_array_equal(market[output][row, -known[row] :], alone[output][0])


def look_ahead(indicator: Indicator, series: Array, cut: int, *, later: Array) -> bool:
    """Whether changing the bars from `cut` on changes a value before it."""
    parameters = dict(indicator.parameters)
    columns = (*OHLCV, OPEN_TIME_MS)
    places = [columns.index(column) for column in indicator.inputs]
    times = np.arange(series.shape[1])[None] * float(Timeframe.H1.ms)
    series, later = np.concatenate([series, times]), np.concatenate([later, times[:, cut:]])
    changed = np.concatenate([series[:, :cut], later], axis=1)
    for candles in (changed, series[:, :cut]):
        before, after = (
            indicator.kernel.compute([np.ascontiguousarray(one[place])[None] for place in places], parameters)
            for one in (series, candles)
        )
        if any(not np.array_equal(a[0, :cut], b[0, :cut], equal_nan=True) for a, b in zip(before, after, strict=True)):
            return True
    return False


def walk(bars: int, seed: int) -> Array:
    """Return consistent OHLCV, shape (5, bars)."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, bars)))
    open_ = np.concatenate([[100.0], close[:-1]])
    spread = np.abs(random.normal(0, 0.004, (2, bars)))
    high, low = np.maximum(open_, close) * (1 + spread[0]), np.minimum(open_, close) * (1 - spread[1])
    return np.stack([open_, high, low, close, random.lognormal(5, 1, bars)])


@settings(deadline=None, max_examples=15)
@given(cut=st.integers(60, 170), seed=st.integers(0, 2**32 - 1), direction=st.sampled_from([0.5, 2.0]))
def test_no_indicator_looks_into_the_future(cut: int, seed: int, direction: float) -> None:
    """Changing or dropping later bars never changes an earlier value of any of them."""
    series, later = walk(180, seed), walk(180 - cut, seed + 1) * direction
    indicators = [indicator for indicator in ALL if indicator.base is None]
    assert [one.name for one in indicators if look_ahead(one, series, cut, later=later)] == []


def test_a_planted_look_ahead_is_caught() -> None:
    """The check above sees a centred mean."""

    def centred(close: Array) -> Array:
        return np.convolve(close, np.ones(5) / 5, mode="same")

    planted = EliteTechnicalEngine().register("centred", centred, inputs=("close",))
    assert look_ahead(planted, walk(180, 1), 100, later=walk(80, 2))

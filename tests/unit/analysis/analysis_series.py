"""Candles for the tests of analysis: random walks, hostile series, recorded markets."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eliteflow.model.candle import OHLCV
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

Array = NDArray[np.float64]
START_MS = 1_750_107_600_000


def random_walk(bars: int, *, seed: int = 7, price: float = 100.0, volatility: float = 0.004) -> Array:
    """Return consistent OHLCV of one series, shape (5, bars)."""
    random = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(random.normal(0, volatility, bars)))
    open_ = np.concatenate([[price], close[:-1]])
    high = np.maximum(open_, close) * (1 + np.abs(random.normal(0, volatility / 3, bars)))
    low = np.minimum(open_, close) * (1 - np.abs(random.normal(0, volatility / 3, bars)))
    return np.stack([open_, high, low, close, random.lognormal(8, 1, bars)])


def with_young_head(series: Array, unknown_bars: int) -> Array:
    """Return the series as that of a young listing, its first bars NaN."""
    young = series.copy()
    young[:, :unknown_bars] = np.nan
    return young


def hostile_series(bars: int = 120) -> dict[str, Array]:
    """Return series that break careless arithmetic, by name."""
    walk = random_walk(bars)
    flat = np.tile([[7.0], [7.0], [7.0], [7.0], [5.0]], bars)
    no_volume = walk.copy()
    no_volume[4] = 0
    one_tick = flat.copy()
    one_tick[[1, 3], bars // 2] = 7.01
    tiny = walk.copy()
    tiny[:4] *= 1e-10
    crowded = walk.copy()
    crowded[4] *= 1e12 / crowded[4].max()
    nothing = np.full((5, bars), np.nan)
    return {
        "flat": flat,
        "flat without volume": flat * [[1], [1], [1], [1], [0]],
        "zero volume": no_volume,
        "one tick": one_tick,
        "prices of 1e-8": tiny,
        "volumes of 12 digits": crowded,
        "young": with_young_head(walk, bars - 40),
        "three bars known": with_young_head(walk, bars - 3),
        "one bar known": with_young_head(walk, bars - 1),
        "nothing known": nothing,
    }


def frame_of(series: Array) -> pd.DataFrame:
    """Return a user's DataFrame of one series, with a UTC index as the pipeline makes it."""
    index = pd.date_range("2025-06-16 21:00", periods=series.shape[1], freq="h", tz="UTC", name="timestamp")
    return pd.DataFrame(series.T, index=index, columns=list(OHLCV))


def panel_of(*series: Array, timeframe: Timeframe = Timeframe.H1, symbols: tuple[str, ...] = ()) -> Panel:
    """Return a panel whose rows are the series, called S0USDT, S1USDT, … unless named."""
    values = np.ascontiguousarray(np.stack(series, axis=1))
    names = symbols or tuple(f"S{row}USDT" for row in range(len(series)))
    return Panel(timeframe, names, START_MS + np.arange(values.shape[2]) * timeframe.ms, values)


def recorded_series(file: Path, *, every: int = 1) -> dict[str, Array]:
    """Return the OHLCV of every n-th symbol of a recorded parquet file, in order of time, as the files are."""
    table = pd.read_parquet(file, columns=["symbol", "open_time", *OHLCV])
    symbol, times, values = table["symbol"], np.diff(table["open_time"]), table[list(OHLCV)].to_numpy(np.float64)
    starts = np.flatnonzero(symbol.ne(symbol.shift()))
    series = {}
    for start, stop in list(pairwise([*starts.tolist(), len(table)]))[::every]:
        assert (times[start : stop - 1] > 0).all(), "each symbol's rows lie together, in order of time"
        series[str(symbol[start])] = np.ascontiguousarray(values[start:stop].T)
    return series


def same_bits(found: object, expected: object) -> bool:
    """Whether two float arrays are equal to the last bit, NaN equal to NaN."""
    ours, theirs = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    both_nan = np.isnan(ours) & np.isnan(theirs)
    return ours.shape == theirs.shape and bool((both_nan | (ours.view(np.int64) == theirs.view(np.int64))).all())

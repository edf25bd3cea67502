"""Candles for tests, made up but consistent: every number depends on the symbol and the bar's time alone."""

import zlib
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD_MS = 1_763_888_400_000
"""Open time of the last bar by default, 2025-11-23 09:00 UTC: a boundary of every timeframe up to 1h."""


def make_series(
    symbol: str = "BTCUSDT", timeframe: str = "5m", *, bars: int = 50, head_ms: int = HEAD_MS, step: int = 1
) -> Series:
    """Return `bars` candles that end with the one opening at `head_ms`.

    Two series of one symbol agree wherever they overlap. step: keep every `step`-th bar only, counted back from the
    last, to make holes.
    """
    interval_ms = Timeframe.parse(timeframe).ms
    return series_at(symbol, timeframe, head_ms + np.arange(1 - bars, 1, step) * interval_ms)


def make_stored(
    symbol: str = "BTCUSDT", timeframe: str = "5m", *, bars: int = 50, head_ms: int = HEAD_MS, version: int = 1
) -> StoredSeries:
    """Return the same candles as the disk keeps them, all in one version."""
    series = make_series(symbol, timeframe, bars=bars, head_ms=head_ms)
    versions = np.full(bars, version, np.int64)
    return StoredSeries(symbol, Timeframe.parse(timeframe), series.open_time_ms, series.values, versions, 0, 0)


def series_at(symbol: str, timeframe: str, open_time_ms: "NDArray[np.int64]") -> Series:
    """Return the candles of a symbol that open at the given times."""
    interval_ms = Timeframe.parse(timeframe).ms
    open_price, close = _price(symbol, open_time_ms), _price(symbol, open_time_ms + interval_ms)
    spread = 0.002 * open_price
    trades = 100.0 + open_time_ms // 60_000 % 97
    volume = trades * 3.5
    mean_price = (open_price + close) / 2
    fields = (
        open_price,
        np.maximum(open_price, close) + spread,
        np.minimum(open_price, close) - spread,
        close,
        volume,
        volume * mean_price,
        trades,
        volume * 0.5,
        volume * mean_price * 0.5,
    )
    return Series(open_time_ms.astype(np.int64), np.array(fields, np.float64))


def _price(symbol: str, time_ms: "NDArray[np.int64]") -> "NDArray[np.float64]":
    level = 1.0 + zlib.crc32(symbol.encode()) % 10_000
    hours = time_ms / 3_600_000
    return level * (1 + 0.05 * np.sin(hours / 7.0 + level) + 0.01 * np.sin(hours * 3.1))

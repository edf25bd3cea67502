"""Closed bars in memory for the tests of `update` and `peek`, as the candle store keeps them."""

from collections.abc import Sequence

import numpy as np

from eliteflow.analysis.market_bar import MarketBar
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import START_MS, Array


class BarMemory:
    """A history of some symbols, of which `now` bars have closed; `capacity` of them are still held.

    values: shape (5, symbols, bars), changed in place by `correct`, hidden from the start by `first`.
    asked: the symbols of each call of `panel`.
    """

    def __init__(self, *series: Array, timeframe: Timeframe = Timeframe.H1, capacity: int = 10_000) -> None:
        self.timeframe = timeframe
        self.symbols = tuple(f"S{row}USDT" for row in range(len(series)))
        self.values = np.stack(series, axis=1)
        self.capacity = capacity
        self.revisions = np.zeros(len(series), np.int64)
        self.first = np.zeros(len(series), np.int64)
        self.asked: list[tuple[str, ...]] = []
        self.now = 0

    def times(self, bars: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """Return the open times of the first `bars` bars."""
        return START_MS + np.arange(bars, dtype=np.int64) * self.timeframe.ms

    def close(self, bars: int = 1, *, only: slice = slice(None)) -> MarketBar:
        """Close bars and return the newest, of the chosen symbols."""
        self.now += bars
        start = np.maximum(self.first, self.now - self.capacity)
        return MarketBar(
            self.timeframe,
            self.symbols[only],
            int(self.times(self.now)[-1]),
            self._held()[:, only, -1],
            self.revisions[only].copy(),
            (START_MS + start * self.timeframe.ms)[only],
        )

    def forming(self, change: float) -> MarketBar:
        """Return bars in progress: the next ones, with other prices."""
        next_ms = START_MS + self.now * self.timeframe.ms
        return MarketBar(self.timeframe, self.symbols, next_ms, self.values[:, :, self.now] * change)

    def correct(self, row: int, bar: int, factor: float) -> None:
        """Correct one closed bar."""
        self.values[:, row, bar] *= factor
        self.revisions[row] += 1

    def panel(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        """Return what is held of the symbols that have the bar at `head_ms`."""
        assert timeframe == self.timeframe
        assert head_ms == self.times(self.now)[-1]
        self.asked.append(tuple(symbols))
        held = self._held()
        rows = [self.symbols.index(symbol) for symbol in symbols]
        rows = [row for row in rows if np.isfinite(held[:, row, -1]).all()]
        newest = min(bars, self.capacity, self.now)
        names = tuple(self.symbols[row] for row in rows)
        return Panel(timeframe, names, self.times(self.now)[-newest:], held[:, rows, -newest:])

    def since(self, bars: int) -> Panel:
        """Return the newest `bars` bars, held or not."""
        return Panel(self.timeframe, self.symbols, self.times(self.now)[-bars:], self._closed()[:, :, -bars:].copy())

    def _closed(self) -> Array:
        return self.values[:, :, : self.now]

    def _held(self) -> Array:
        values = self._closed().copy()
        for row, first in enumerate(self.first.tolist()):
            values[:, row, :first] = np.nan
        return values

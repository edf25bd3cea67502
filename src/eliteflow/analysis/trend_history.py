"""What is remembered of a timeframe's trends, so that a window of bars that moves on loses nothing.

A trend may have begun before the bars at hand, and hysteresis may hold a direction for which they show no reason.
Both are known if the direction at the bar before the first one judged is known, and since when it held.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.trend_rule import FLAT, UNKNOWN, Direction8, run_starts
from eliteflow.model.timeframe import Timeframe


class Past(NamedTuple):
    """What held before the first judged bar, shape (symbols,): no trend, since -1, where that is not known."""

    direction: Direction8
    since_ms: NDArray[np.int64]

    @classmethod
    def unknown(cls, symbols: int) -> "Past":
        """Return that nothing is known."""
        return cls(np.full(symbols, FLAT, np.int8), np.full(symbols, -1, np.int64))


@dataclass(frozen=True, slots=True)
class TrendHistory:
    """The directions of all bars of one update, and what held before them.

    direction: int8, shape (symbols, bars). first_ms: open time of each symbol's first judged bar, shape (symbols,).
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    open_time_ms: NDArray[np.int64]
    direction: Direction8
    first_ms: NDArray[np.int64]
    past: Past

    def newest_since_ms(self) -> NDArray[np.int64]:
        """Return since when each newest direction holds, shape (symbols,); -1 where it is not known."""
        every = np.arange(len(self.symbols))
        return self._since_ms(every, np.full(len(self.symbols), len(self.open_time_ms) - 1))

    def before(self, symbols: tuple[str, ...], first_ms: NDArray[np.int64]) -> Past:
        """Return what held at the bar before `first_ms`, in the order of other symbols and for their other windows."""
        past = Past.unknown(len(symbols))
        at_ms = first_ms - self.timeframe.ms
        here, there = self._pairs(symbols)
        inside = (at_ms[here] >= self.first_ms[there]) & (at_ms[here] <= self.open_time_ms[-1])
        bars = (at_ms[here[inside]] - self.open_time_ms[0]) // self.timeframe.ms
        past.direction[here[inside]] = self.direction[there[inside], bars]
        past.since_ms[here[inside]] = self._since_ms(there[inside], bars)
        same = at_ms[here] == self.first_ms[there] - self.timeframe.ms
        past.direction[here[same]] = self.past.direction[there[same]]
        past.since_ms[here[same]] = self.past.since_ms[there[same]]
        return past

    def _since_ms(self, rows: NDArray[np.intp], bars: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return since when the direction at one bar of each row holds; memory knows what is older than all bars."""
        start_ms = self.open_time_ms[run_starts(self.direction[rows], bars)]
        direction = self.direction[rows, bars]
        is_older = (start_ms == self.first_ms[rows]) & (self.past.direction[rows] == direction)
        since_ms = np.where(is_older & (self.past.since_ms[rows] >= 0), self.past.since_ms[rows], start_ms)
        return np.where(direction == UNKNOWN, -1, since_ms)

    def _pairs(self, symbols: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows of the symbols that both have: there, and here."""
        if symbols == self.symbols:
            return np.arange(len(symbols)), np.arange(len(symbols))
        rows = {symbol: row for row, symbol in enumerate(self.symbols)}
        found = [(row, rows[symbol]) for row, symbol in enumerate(symbols) if symbol in rows]
        return np.array([here for here, _ in found], np.intp), np.array([there for _, there in found], np.intp)

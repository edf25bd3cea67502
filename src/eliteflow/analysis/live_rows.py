"""Which series an engine follows in one timeframe, and up to where."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.market_bar import MarketBar
from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe

FREED_AFTER_MS = Timeframe.D1.ms
"""A symbol without a bar for so long gives its row to the next new one."""

NEVER_MS = -1
"""The newest bar of a row that has none."""


class Progress(NamedTuple):
    """What a closed bar means for each of its symbols, bool, shape (symbols,).

    goes_on: it follows the newest bar taken. is_done: it was taken before. is_new: the series must be opened anew:
    a listing, a gap, a correction of any bar, or older bars than were known. Neither of them: there is no bar.
    """

    goes_on: NDArray[np.bool_]
    is_done: NDArray[np.bool_]
    is_new: NDArray[np.bool_]


class LiveRows:
    """For each row: its symbol, its anchor (the first bar its values follow from), its newest bar, its revision."""

    def __init__(self, timeframe: Timeframe) -> None:
        self._timeframe = timeframe
        self._rows: dict[str, int] = {}
        self.anchor_ms = np.empty(0, np.int64)
        self.newest_ms = np.empty(0, np.int64)
        self._revision = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self.newest_ms)

    def of(self, symbols: Sequence[str]) -> NDArray[np.intp]:
        """Return each symbol's row, -1 for one that has none."""
        return np.array([self._rows.get(symbol, -1) for symbol in symbols], np.intp)

    def reserve(self, symbols: Sequence[str], now_ms: int) -> NDArray[np.intp]:
        """Return each symbol's row; a new one gets that of a symbol without news for a day, or one more.

        Raises InvalidArgument for a symbol that is there twice.
        """
        if len(set(symbols)) != len(symbols):
            raise InvalidArgument("symbols", found=symbols, wanted="each symbol once")
        new = [symbol for symbol in symbols if symbol not in self._rows]
        if new:
            present = set(symbols)
            for symbol in [one for one in self._rows if one not in present]:
                if self.newest_ms[self._rows[symbol]] < now_ms - FREED_AFTER_MS:
                    del self._rows[symbol]
            taken = set(self._rows.values())
            free = [row for row in range(len(self) + len(new)) if row not in taken][: len(new)]
            self._grow(max(free) + 1)
            self.newest_ms[free] = NEVER_MS
            self._rows |= zip(new, free, strict=True)
        return self.of(symbols)

    def progress(self, rows: NDArray[np.intp], bar: MarketBar) -> Progress:
        """Return what `bar` means for each of its symbols."""
        is_there, newest_ms = bar.is_there, self.newest_ms[rows]
        is_same = is_there.copy()
        if bar.revisions is not None:
            is_same &= self._revision[rows] == bar.revisions
        if bar.first_ms is not None:
            is_same &= bar.first_ms >= self.anchor_ms[rows]
        goes_on = is_same & (newest_ms == bar.open_time_ms - self._timeframe.ms)
        is_done = is_same & (newest_ms == bar.open_time_ms)
        return Progress(goes_on, is_done, is_there & ~goes_on & ~is_done)

    def open(self, row: int, anchor_ms: int, newest_ms: int) -> None:
        """Note that the row's values follow from these bars."""
        self.anchor_ms[row], self.newest_ms[row] = anchor_ms, newest_ms

    def take(self, rows: NDArray[np.intp], bar: MarketBar, revisions: NDArray[np.int64] | None) -> None:
        """Note that the rows have taken `bar`."""
        self.newest_ms[rows] = bar.open_time_ms
        if revisions is not None:
            self._revision[rows] = revisions

    def known_bars(self, rows: NDArray[np.intp], at_ms: int) -> NDArray[np.int64]:
        """Return how many bars the rows' values at `at_ms` follow from, 0 where there is no value."""
        bars = (self.newest_ms[rows] - self.anchor_ms[rows]) // self._timeframe.ms + 1
        return np.where(self.newest_ms[rows] == at_ms, bars, 0)

    def _grow(self, rows: int) -> None:
        more = max(rows - len(self), 0)
        self.anchor_ms = np.append(self.anchor_ms, np.full(more, NEVER_MS, np.int64))
        self.newest_ms = np.append(self.newest_ms, np.full(more, NEVER_MS, np.int64))
        self._revision = np.append(self._revision, np.zeros(more, np.int64))

"""Which place each symbol and timeframe has in the store's arrays. Only the store knows places."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.timeframe import Timeframe

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOBODY = 0
"""Row 0 stays empty and stands for every symbol without a row, so reads need no special case."""


class RowTable:
    """Rows by symbol and axes by timeframe; a row that was given back goes to the next new symbol."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.axes: dict[Timeframe, int] = {}
        self._free: list[int] = []

    @property
    def size(self) -> int:
        """How many rows the arrays must have."""
        return len(self.rows) + len(self._free) + 1

    def row(self, symbol: str) -> int:
        """Return a symbol's row."""
        return self.rows.get(symbol, NOBODY)

    def rows_of(self, symbols: Sequence[str]) -> "slice | NDArray[np.intp]":
        """Return the symbols' rows, as a slice where they lie side by side: reading those is several times faster."""
        rows = np.array([self.rows.get(symbol, NOBODY) for symbol in symbols], np.intp)
        if len(rows) and (np.diff(rows) == 1).all():
            return slice(int(rows[0]), int(rows[-1]) + 1)
        return rows

    def reserve(self, symbols: Iterable[str], timeframes: Iterable[Timeframe]) -> bool:
        """Give each symbol and timeframe its place; return whether there are new symbols."""
        for timeframe in timeframes:
            self.axes.setdefault(timeframe, len(self.axes))
        new = [symbol for symbol in dict.fromkeys(symbols) if symbol not in self.rows]
        free = [*self._free, *range(self.size, self.size + len(new))]
        self.rows |= zip(new, free, strict=False)
        self._free = free[len(new) : len(self._free)]
        return bool(new)

    def forget(self, symbol: str) -> int:
        """Take a symbol's row back and return it, `NOBODY` if it has none."""
        row = self.rows.pop(symbol, NOBODY)
        if row != NOBODY:
            self._free.append(row)
        return row

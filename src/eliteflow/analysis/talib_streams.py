"""TA-Lib's stream handles of one function for many series."""

from collections.abc import Iterable, Sequence

import numpy as np

from eliteflow.analysis import talib_library
from eliteflow.analysis.talib_library import Array, Number, Reading, Step

Bar = tuple[float, ...]
"""A function's inputs at one bar."""


class HandleTable:
    """One handle a row. A row without one answers what TA-Lib says before its first value: NaN, or 0 for integers."""

    def __init__(self, function: str, arguments: Sequence[Number]) -> None:
        self._function = function
        self._arguments = tuple(arguments)
        self._unknown = talib_library.unknown_value(function)
        self._outputs = len(talib_library.facts(function).outputs)
        self._without: set[int] = set()
        self._updates: list[Step | None] = []
        self._peeks: list[Step | None] = []

    def grow(self, rows: int) -> None:
        """Make room for rows up to `rows`."""
        self._without |= set(range(len(self._updates), rows))
        more: list[Step | None] = [None] * (rows - len(self._updates))
        self._updates += more
        self._peeks += more

    def is_open(self, row: int) -> bool:
        """Whether the row has a handle."""
        return row not in self._without

    def without_handle(self, rows: Sequence[int]) -> list[int]:
        """Return the places in `rows` of those without a handle."""
        return [place for place, row in enumerate(rows) if row in self._without] if self._without else []

    def open(self, row: int, columns: Sequence[Array]) -> Reading:
        """Open the row's handle on its history, columns of shape (bars,), and return the newest value.

        Too short a history leaves the row without a handle; the value is TA-Lib's for that history all the same.
        """
        self.close(row)
        handle = talib_library.open_stream(self._function, columns, self._arguments)
        if handle is None:
            return talib_library.newest_value(self._function, columns, self._arguments)
        # Bound methods keep their handle, and are found faster than it.
        self._updates[row], self._peeks[row] = handle.update, handle.peek
        self._without.discard(row)
        return handle.value

    def close(self, row: int) -> None:
        """Drop the row's handle."""
        self._updates[row] = self._peeks[row] = None
        self._without.add(row)

    def update(self, rows: Iterable[int], bars: Iterable[Bar]) -> Array:
        """Carry each of the rows on by one closed bar, and return the new values, shape (outputs, rows)."""
        return self._read([self._updates[row] for row in rows], bars)

    def peek(self, rows: Iterable[int], bars: Iterable[Bar]) -> Array:
        """Return what `update` would, and change nothing."""
        return self._read([self._peeks[row] for row in rows], bars)

    def _read(self, steps: Iterable[Step | None], bars: Iterable[Bar]) -> Array:
        unknown = self._unknown
        readings = [unknown if step is None else step(*bar) for step, bar in zip(steps, bars, strict=True)]
        return np.array(readings, np.float64).reshape(len(readings), self._outputs).T

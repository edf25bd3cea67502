"""The encoded candles of one contract and interval, kept as one text that answers are cut from."""

from array import array

import numpy as np
from numpy.typing import NDArray

MOST_ROWS = 4_096
KEPT_ROWS = 2_048


class Series:
    """Closed candles `first` … `end - 1` as text, and the latest text of the forming one."""

    __slots__ = ("_ends", "_text", "end", "first", "forming", "forming_version")

    def __init__(self, first: int) -> None:
        self.first = self.end = first
        self._text = bytearray()
        self._ends = array("q")
        self.forming = b""
        self.forming_version = (-1, -1, -1)

    def append(self, text: bytes, ends: NDArray[np.int64]) -> None:
        """Add the rows that follow; each carries a comma behind it."""
        self._ends.frombytes((ends + len(self._text)).astype(np.int64).tobytes())
        self._text += text
        self.end += len(ends)
        if len(self._ends) > MOST_ROWS:
            self._forget(len(self._ends) - KEPT_ROWS)

    def prepend(self, text: bytes, ends: NDArray[np.int64]) -> None:
        """Add the rows that come before."""
        later = np.frombuffer(self._ends, dtype=np.int64) + len(text)
        self._ends = array("q", np.concatenate((ends, later)).astype(np.int64).tobytes())
        self._text = bytearray(text) + self._text
        self.first -= len(ends)

    def cut(self, first: int, end: int) -> bytes:
        """Return rows `first` … `end - 1`, a comma behind each."""
        if first >= end:
            return b""
        return bytes(memoryview(self._text)[self._start(first) : self._ends[end - self.first - 1]])

    def _start(self, index: int) -> int:
        place = index - self.first
        return self._ends[place - 1] if place else 0

    def _forget(self, count: int) -> None:
        dropped = self._ends[count - 1]
        del self._text[:dropped]
        self._ends = array("q", [end - dropped for end in self._ends[count:]])
        self.first += count

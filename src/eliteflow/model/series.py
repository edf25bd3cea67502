"""A run of candles of one symbol and timeframe, as arrays."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.candle import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Series:
    """Candles in ascending order of open time, as decoded from one answer of the venue.

    open_time_ms: int64, shape (bars,), UTC milliseconds.
    values: float64, shape (fields, bars), the rows in the order of `FIELDS`.
    """

    open_time_ms: "NDArray[np.int64]"
    values: "NDArray[np.float64]"

    def __len__(self) -> int:
        return len(self.open_time_ms)

    def field(self, name: str) -> "NDArray[np.float64]":
        """Return one field of all bars, shape (bars,), a view."""
        return self.values[FIELDS.index(name)]

    def select(self, bars: slice) -> "Series":
        """Return a part of the run, as views."""
        return Series(self.open_time_ms[bars], self.values[:, bars])

    @classmethod
    def empty(cls) -> "Series":
        """Return a run without candles."""
        return cls(np.empty(0, np.int64), np.empty((len(FIELDS), 0), np.float64))

"""The closed candles of many symbols at one instant, side by side."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.timeframe import Timeframe

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Panel:
    """OHLCV of closed bars of `symbols` in one timeframe, copied from the store at one instant.

    symbols: one name a row; this tuple, and no row number, identifies a row.
    open_time_ms: int64, shape (bars,), ascending without a hole, the newest closed bar last.
    values: float64, shape (5, symbols, bars), C-contiguous, fields in the order of `OHLCV`.
        A young listing has NaN before its first bar, never inside or after.
    universe_version: increases whenever the set of symbols changes.
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    open_time_ms: "NDArray[np.int64]"
    values: "NDArray[np.float64]"
    universe_version: int = 0

    @property
    def bars(self) -> int:
        """How many bars each row has, those of young listings counted with their NaN."""
        return len(self.open_time_ms)

    @property
    def open(self) -> "NDArray[np.float64]":
        """Open prices, shape (symbols, bars), a view."""
        return self.values[0]

    @property
    def high(self) -> "NDArray[np.float64]":
        """High prices, shape (symbols, bars), a view."""
        return self.values[1]

    @property
    def low(self) -> "NDArray[np.float64]":
        """Low prices, shape (symbols, bars), a view."""
        return self.values[2]

    @property
    def close(self) -> "NDArray[np.float64]":
        """Close prices, shape (symbols, bars), a view."""
        return self.values[3]

    @property
    def volume(self) -> "NDArray[np.float64]":
        """Volumes in the base asset, shape (symbols, bars), a view."""
        return self.values[4]

    def known_bars(self) -> "NDArray[np.int64]":
        """Return how many bars of each row are real, shape (symbols,)."""
        return np.count_nonzero(~np.isnan(self.close), axis=1)

    def row(self, symbol: str) -> "NDArray[np.float64]":
        """Return the OHLCV of one symbol, shape (5, bars), a view; raise KeyError if it is not here."""
        try:
            return self.values[:, self.symbols.index(symbol)]
        except ValueError:
            raise KeyError(symbol) from None

"""What the candle store answers: copies taken at one instant, what it lacks, and what a write changed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from eliteflow.model.timeframe import Timeframe

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Coverage:
    """What memory lacks of the `bars` closed bars that end with the one opening at `head_ms`, symbol by symbol.

    missing: how many bars the symbol has and memory lacks, shape (symbols,); 0 means complete.
    oldest_missing_ms, newest_missing_ms: open times of the outermost of them, 0 where none is missing.
    is_empty: whether memory holds no bar of the window.
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    head_ms: int
    bars: int
    missing: "NDArray[np.int64]"
    oldest_missing_ms: "NDArray[np.int64]"
    newest_missing_ms: "NDArray[np.int64]"
    is_empty: "NDArray[np.bool_]"


@dataclass(frozen=True, slots=True)
class Block:
    """All fields of the closed candles of many symbols, copied at one instant.

    head_ms: open time of the newest closed bar.
    open_time_ms: int64, shape (bars,), ascending without a hole, the newest closed bar last.
    values: float64, shape (fields, symbols, bars), fields in the order of `FIELDS`, NaN where a bar is not known.
    known: int64, shape (symbols,), how many bars of each symbol are known without a hole, counted from the newest.
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    head_ms: int
    open_time_ms: "NDArray[np.int64]"
    values: "NDArray[np.float64]"
    known: "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class ClosedBar:
    """One closed bar of many symbols, copied at one instant.

    values: float64, shape (5, symbols), fields in the order of `OHLCV`, NaN where a symbol has no such bar.
    revisions: int64, shape (symbols,), how often closed bars of the series were changed.
    first_ms: int64, shape (symbols,), open time of the oldest bar from which memory reaches here without a hole; one
        bar after this one where there is no such bar.
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    open_time_ms: int
    values: "NDArray[np.float64]"
    revisions: "NDArray[np.int64]"
    first_ms: "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """All that memory holds of one series' closed bars, as the disk cache keeps it.

    open_time_ms: int64, shape (bars,), ascending; holes are possible. values: float64, shape (fields, bars).
    version: int64, shape (bars,), see `merge`. first_ms: open time of the series' first bar of all, 0 if not known.
    revision: how often closed bars were changed.
    """

    symbol: str
    timeframe: Timeframe
    open_time_ms: "NDArray[np.int64]"
    values: "NDArray[np.float64]"
    version: "NDArray[np.int64]"
    first_ms: int = 0
    revision: int = 0


class SeriesChange(NamedTuple):
    """Closed bars of one series that a write added or revised: their open times, int64, ascending."""

    symbol: str
    timeframe: Timeframe
    added_ms: "NDArray[np.int64]"
    revised_ms: "NDArray[np.int64]"


class BarChange(NamedTuple):
    """One bar of many symbols that a write added, or revised."""

    timeframe: Timeframe
    open_time_ms: int
    added: tuple[str, ...]
    revised: tuple[str, ...]


class StoreObserver(Protocol):
    """Somebody who follows what becomes of closed bars. Called between two awaits, after each write that changed any.

    What an observer writes in turn is told to all of them, itself included.
    """

    def series_changed(self, change: SeriesChange) -> None:
        """Bars of one series are there, or different."""

    def bar_changed(self, change: BarChange) -> None:
        """One bar of many symbols is there, or different."""

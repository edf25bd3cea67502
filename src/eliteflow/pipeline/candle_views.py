"""What the candle store answers: copies taken at one instant, and what it lacks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

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

"""DataFrames of candles as users know them (DESIGN 3).

Nothing done to one frame reaches another, or memory: each owns its block of numbers, and has index and column
objects of its own over shared times and names that nobody can write to.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eliteflow.model.candle import FIELDS
from eliteflow.model.series import Series
from eliteflow.pipeline.candle_views import Block

if TYPE_CHECKING:
    from numpy.typing import NDArray

INDEX_NAME = "timestamp"

_COLUMNS = pd.Index(FIELDS)
_COLUMNS_WITH_CLOSED = pd.Index((*FIELDS, "closed"))


def frame_of(series: Series) -> pd.DataFrame:
    """Return one run of closed candles as a frame, shape (bars, fields)."""
    return _frame(series.values, _utc_index(series.open_time_ms), _COLUMNS)


def frame_with_closed(series: Series, head_ms: int, bars: int) -> pd.DataFrame:
    """Return the newest `bars` candles of one run and whether each is closed, which those up to `head_ms` are."""
    newest = series.select(slice(-bars, None))
    is_closed = (newest.open_time_ms <= head_ms).astype(np.float64)
    values = np.vstack((newest.values, is_closed))
    return _frame(values, _utc_index(newest.open_time_ms), _COLUMNS_WITH_CLOSED)


def frames_of(block: Block) -> Iterator[pd.DataFrame]:
    """Yield the closed candles of each symbol of the block, in its order; a symbol with none known gives no rows."""
    index = _utc_index(block.open_time_ms)
    bars = len(index)
    indexes = {known: index[bars - known :] for known in set(block.known.tolist())}
    for row, known in enumerate(block.known.tolist()):
        yield _frame(block.values[:, row, bars - known :], indexes[known], _COLUMNS)


def frames_with_forming(block: Block, forming: "NDArray[np.float64]", bars: int) -> Iterator[pd.DataFrame]:
    """Yield at most `bars` candles of each symbol, the bar in progress last, and whether each is closed (1 or 0).

    forming: shape (fields, symbols), NaN where there is no bar in progress; such a symbol has closed bars alone.
    """
    known_bars = len(block.open_time_ms)
    is_closed = np.append(np.ones(known_bars), 0.0)
    next_ms = block.head_ms + block.timeframe.ms
    index = _utc_index(np.append(block.open_time_ms, next_ms))
    for row, known in enumerate(block.known.tolist()):
        stop = known_bars + (not np.isnan(forming[0, row]))
        shown = slice(max(stop - bars, known_bars - known), stop)
        values = np.column_stack((block.values[:, row], forming[:, row]))
        yield _frame(np.vstack((values, is_closed))[:, shown], index[shown], _COLUMNS_WITH_CLOSED)


def _frame(values: "NDArray[np.float64]", index: pd.DatetimeIndex, columns: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(values.copy().T, index=index.view(), columns=columns.view(), copy=False)


def _utc_index(open_time_ms: "NDArray[np.int64]") -> pd.DatetimeIndex:
    """Return the times as an index over memory that cannot be written.

    Microseconds are what pandas makes of the venue's milliseconds by itself (`pd.to_datetime(…, unit="ms")`), so a
    frame here and one that a user built have the same index type.
    """
    times_us = open_time_ms * 1000
    times_us.flags.writeable = False
    # Localising, or naming the zone when constructing, would copy into writable memory.
    naive = pd.DatetimeIndex(times_us.view("datetime64[us]"), copy=False)
    index = naive.view("datetime64[us, UTC]")  # type: ignore[call-overload]  # the stubs know no zoned dtype here
    return index.rename(INDEX_NAME)

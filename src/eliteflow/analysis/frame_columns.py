"""Reads a user's DataFrame: the columns that an indicator needs, or one sentence on why it cannot be had."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.kernels import OPEN_TIME_MS
from eliteflow.analysis.talib_library import Array
from eliteflow.errors import InvalidArgument

if TYPE_CHECKING:
    import pandas as pd


def read_columns(frame: "pd.DataFrame", names: Sequence[str]) -> list[Array]:
    """Return the columns `names` as float64 arrays of shape (1, bars), C-contiguous, possibly views of the frame.

    `open_time_ms` is read from the index, unless there is a column of that name.
    Rows before the first in which all of them are finite are a young listing's head and may be NaN.
    Raises InvalidArgument for a missing or doubled column, one that is not numeric, and for a value after the head
    that is not finite: TA-Lib does not say what it makes of those.
    """
    columns = [_column(frame, name) for name in names]
    _refuse_holes(columns, names)
    return [column.reshape(1, -1) for column in columns]


def _column(frame: "pd.DataFrame", name: str) -> Array:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InvalidArgument("frame", found=type(frame).__name__, wanted="pandas.DataFrame")
    if name == OPEN_TIME_MS and name not in frame.columns:
        return _open_times(frame.index)
    if list(frame.columns).count(name) != 1:
        raise InvalidArgument("frame.columns", found=list(frame.columns), wanted=name)
    column = frame[name]
    if not pd.api.types.is_any_real_numeric_dtype(column.dtype):
        raise InvalidArgument(f"frame[{name!r}].dtype", found=str(column.dtype), wanted="float64")
    return np.ascontiguousarray(column.to_numpy(np.float64, na_value=np.nan))


def _open_times(index: "pd.Index") -> Array:
    """Return the times of the index in UTC milliseconds; one without a zone is taken as UTC, as pandas itself does."""
    import pandas as pd

    if not isinstance(index, pd.DatetimeIndex):
        raise InvalidArgument("frame.index", found=type(index).__name__, wanted=f"DatetimeIndex, {OPEN_TIME_MS!r}")
    return index.as_unit("ms").asi8.astype(np.float64)


def _refuse_holes(columns: Sequence[Array], names: Sequence[str]) -> None:
    known: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(columns))
    if known.any() and not known[(first := int(known.argmax())) :].all():
        row = first + int(known[first:].argmin())
        column, name = next((c, n) for c, n in zip(columns, names, strict=True) if not np.isfinite(c[row]))
        raise InvalidArgument(f"frame[{name!r}].iloc[{row}]", found=float(column[row]), wanted="float64, finite")

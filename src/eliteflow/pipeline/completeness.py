"""Why a series is not what was asked for, once everything has been fetched. Pure."""

from typing import TYPE_CHECKING

import numpy as np

from eliteflow.errors import DataError, DataGap, DataNotReady, StaleData
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import Coverage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def incomplete(coverage: Coverage, row: int, newest_ms: int | None, as_of_ms: int) -> DataError:
    """Return what is wrong with a series of which memory lacks bars.

    newest_ms: open time of its newest closed bar in memory. as_of_ms: venue time of the call.
    """
    symbol, timeframe = coverage.symbols[row], coverage.timeframe
    missing = int(coverage.missing[row])
    if newest_ms is None:
        return DataNotReady(symbol, timeframe, have=0, need=missing)
    if coverage.newest_missing_ms[row] == coverage.head_ms:
        return _stale(symbol, timeframe, newest_ms, as_of_ms)
    return DataGap(symbol, timeframe, missing=missing, first_missing_ms=int(coverage.oldest_missing_ms[row]))


def stretch_fault(
    symbol: str, timeframe: Timeframe, open_time_ms: "NDArray[np.int64]", head_ms: int, as_of_ms: int
) -> DataError | None:
    """Return what is wrong with closed bars that should end at `head_ms`, None when nothing is.

    No bar at all is right: a contract listed a moment ago has none.
    """
    if not len(open_time_ms):
        return None
    if open_time_ms[-1] != head_ms:
        return _stale(symbol, timeframe, int(open_time_ms[-1]), as_of_ms)
    jumps = np.diff(open_time_ms) // timeframe.ms - 1
    if not jumps.any():
        return None
    first_missing_ms = int(open_time_ms[np.flatnonzero(jumps)[0]]) + timeframe.ms
    return DataGap(symbol, timeframe, missing=int(jumps.sum()), first_missing_ms=first_missing_ms)


def _stale(symbol: str, timeframe: Timeframe, newest_ms: int, as_of_ms: int) -> StaleData:
    age_s = (as_of_ms - newest_ms - timeframe.ms) / 1000
    return StaleData(symbol, timeframe, age_s=age_s, limit_s=timeframe.ms / 1000)

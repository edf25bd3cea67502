"""What of a panel can be computed with."""

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.talib_library import Array
from eliteflow.model.panel import Panel


def usable_candles(panel: Panel) -> tuple[Array, NDArray[np.int64], tuple[str, ...]]:
    """Return the candles, each series' known bars, and the symbols with a hole, whose candles are NaN in what returns.

    The store promises series without holes; where one breaks it, it alone is left out.
    """
    known: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(panel.values))
    bars = np.count_nonzero(known, axis=1)
    is_broken: NDArray[np.bool_] = np.logical_or.reduce(known[:, 1:] < known[:, :-1], axis=1)
    candles = np.ascontiguousarray(panel.values)
    if is_broken.any():
        candles = candles.copy()
        candles[:, is_broken] = np.nan
    holes = tuple(symbol for symbol, broken in zip(panel.symbols, is_broken, strict=True) if broken)
    return candles, np.where(is_broken, 0, bars), holes

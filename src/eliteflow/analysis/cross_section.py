"""What a value means beside those of all other symbols at the same bar: rank and breadth.

All functions take arrays of shape (symbols, bars), as `MarketIndicators` and `Panel` hold them, or (symbols,), and look
at each bar alone. A symbol whose value is not known at a bar is not part of the market there.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rank(values: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the part of the other symbols that each one is above, 0–1, equal ones counted half; same shape.

    NaN where the value is not known, or no other one is. The percentile rank, without the symbol itself.
    """
    ordered = np.sort(values, axis=0)  # NaN last
    known = np.count_nonzero(~np.isnan(values), axis=0)
    columns = (values[:, None], ordered[:, None]) if values.ndim == 1 else (values, ordered)
    below, not_above = _positions(*columns)
    middle = (below + not_above - 1).reshape(values.shape) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        ranked = middle / (known - 1)
    return np.where(np.isnan(values) | (known < 2), np.nan, ranked)


def _positions(values: "NDArray[np.float64]", ordered: "NDArray[np.float64]") -> "NDArray[np.intp]":
    """Return how many of each column's values are below each value, and how many are not above it."""
    found = np.empty((2, *values.shape), np.intp)
    for bar in range(values.shape[1]):
        found[0, :, bar] = np.searchsorted(ordered[:, bar], values[:, bar], "left")
        found[1, :, bar] = np.searchsorted(ordered[:, bar], values[:, bar], "right")
    return found


def share_above(values: "NDArray[np.float64]", level: "float | NDArray[np.float64]" = 0.0) -> "NDArray[np.float64]":
    """Return the part of the symbols whose value is above `level`, 0–1, shape (bars,), or () for (symbols,).

    level: a number, or an array as `values`: `share_above(panel.close, market["ema_50"])` is the part of the market
    above its EMA50. Only symbols count where both are known; NaN where none does.
    """
    known = ~(np.isnan(values) | np.isnan(level))
    return _part(np.count_nonzero(known & (values > level), axis=0), np.count_nonzero(known, axis=0))


def advance_decline(close: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return (advancing - declining) / (all) symbols by their closes (symbols, bars), -1 to 1, shape (bars,).

    NaN at the first bar, and where no symbol has two closes. The advance–decline ratio of Ayres 1926, normalised.
    """
    change = np.diff(close, axis=1, prepend=np.nan)
    balance = np.count_nonzero(change > 0, axis=0) - np.count_nonzero(change < 0, axis=0)
    return _part(balance, np.count_nonzero(~np.isnan(change), axis=0))


def _part(of: "NDArray[np.intp] | int", all_: "NDArray[np.intp] | int") -> "NDArray[np.float64]":
    counts = np.asarray(all_, np.float64)
    return np.divide(of, counts, out=np.full(counts.shape, np.nan), where=counts > 0)

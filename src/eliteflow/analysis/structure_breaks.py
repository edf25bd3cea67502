"""Closes beyond the newest swing: breaks of structure and changes of character.

A bar breaks structure upwards when it is the first since the newest swing high was confirmed to close above it, and
downwards when it is the first to close below the newest swing low. The bias at a bar is the direction of the newest
break. A break against the bias is a change of character (CHoCH), any other, also the first, a break of structure (BOS).
A wick is no break. Knowable at the close of the bar that breaks.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.swings import Swings, at_places, first_since, last_places
from eliteflow.analysis.talib_library import Array

UP, DOWN, NONE = 1, -1, 0


class Breaks(NamedTuple):
    """Breaks at each bar, shape (symbols, bars).

    direction: int8, 1 above a swing high, -1 below a swing low, 0 no break.
    is_change: whether it is a change of character.
    level: the price of the swing that was broken, NaN where none was.
    confirmed: place of the bar at which that swing was confirmed, -1 where none was.
    bias: int8, direction of the newest break at or before the bar, 0 before the first.
    """

    direction: NDArray[np.int8]
    is_change: NDArray[np.bool_]
    level: Array
    confirmed: NDArray[np.intp]
    bias: NDArray[np.int8]


def find_breaks(close: Array, highs: Swings, lows: Swings) -> Breaks:
    """Return the breaks of the swings by closes (symbols, bars)."""
    # No bar does both: as long as neither level is broken, all closes since lie between them.
    rises = first_since(close > highs.level, highs.confirmed)
    falls = first_since(close < lows.level, lows.confirmed)
    direction = rises.astype(np.int8) - falls.astype(np.int8)
    bias = np.nan_to_num(at_places(direction.astype(np.float64), last_places(direction != NONE))).astype(np.int8)
    before = np.zeros_like(bias)
    before[:, 1:] = bias[:, :-1]
    return Breaks(
        direction=direction,
        is_change=(direction != NONE) & (before == -direction),
        level=np.where(rises, highs.level, np.where(falls, lows.level, np.nan)),
        confirmed=np.where(rises, highs.confirmed, np.where(falls, lows.confirmed, -1)),
        bias=bias,
    )

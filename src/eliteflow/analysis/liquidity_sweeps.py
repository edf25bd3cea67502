"""Wicks beyond the newest swing that close back inside: stops taken, price rejected.

A bar sweeps the newest swing high when it is the first since that swing was confirmed to trade above it, and does not
close above it. It sweeps the newest swing low when it is the first to trade below it, and does not close below it. One
bar can do both. Knowable at its close. A level that was swept can still be broken later.
"""

from typing import NamedTuple

import numpy as np

from eliteflow.analysis.swings import Swings, first_since
from eliteflow.analysis.talib_library import Array


class Sweeps(NamedTuple):
    """The swept levels at each bar, shape (symbols, bars): of a swing high, of a swing low; NaN where none was."""

    high: Array
    low: Array


def find_sweeps(high: Array, low: Array, close: Array, highs: Swings, lows: Swings) -> Sweeps:
    """Return the sweeps of the swings, from candles (symbols, bars)."""
    above = first_since(high > highs.level, highs.confirmed) & (close <= highs.level)
    below = first_since(low < lows.level, lows.confirmed) & (close >= lows.level)
    return Sweeps(np.where(above, highs.level, np.nan), np.where(below, lows.level, np.nan))

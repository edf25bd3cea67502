"""Gaps that a fast candle leaves between its two neighbours.

Three bars leave a fair value gap upwards when the low of the third is above the high of the first: the zone between
these two prices. Downwards when the high of the third is below the low of the first. Knowable at the close of the
third bar; `origin` is the second. A gap is entered by the first later bar that trades inside it, and passed, filled, by
the first that trades at its far edge or beyond: the bottom of a gap upwards, the top of one downwards.
"""

import numpy as np

from eliteflow.analysis.price_zones import RangeMinima, Zones, in_order
from eliteflow.analysis.structure_breaks import DOWN, UP
from eliteflow.analysis.talib_library import Array


def find_gaps(high: Array, low: Array) -> Zones:
    """Return all fair value gaps of candles (symbols, bars)."""
    upwards = _gaps_upwards(high, low)
    mirrored = _gaps_upwards(-low, -high)
    downwards = mirrored._replace(
        direction=np.full(len(mirrored.row), DOWN, np.int8), bottom=-mirrored.top, top=-mirrored.bottom
    )
    return in_order([upwards, downwards])


def part_filled(gaps: Zones, high: Array, low: Array) -> Array:
    """Return how much of each gap the price has gone through by the newest bar, 0–1, shape (gaps,)."""
    deepest, highest = _lowest_from(low), -_lowest_from(-high)
    after = gaps.bar + 1
    depth = np.where(gaps.direction == UP, gaps.top - deepest[gaps.row, after], highest[gaps.row, after] - gaps.bottom)
    return np.clip(depth / (gaps.top - gaps.bottom), 0, 1)


def _gaps_upwards(high: Array, low: Array) -> Zones:
    rows, firsts = np.nonzero(low[:, 2:] > high[:, :-2])
    bars = firsts + 2
    bottom, top = high[rows, firsts], low[rows, bars]
    lows = RangeMinima(low)
    return Zones(
        row=rows,
        bar=bars,
        origin=bars - 1,
        direction=np.full(len(rows), UP, np.int8),
        bottom=bottom,
        top=top,
        entered_bar=lows.first_below(rows, bars + 1, top),
        passed_bar=lows.first_not_above(rows, bars + 1, bottom),
    )


def _lowest_from(values: Array) -> Array:
    """Return the lowest value from each bar on, and infinity after the last, shape (symbols, bars + 1)."""
    padded = np.concatenate([values, np.full((len(values), 1), np.inf)], axis=1)
    return np.minimum.accumulate(padded[:, ::-1], axis=1)[:, ::-1]

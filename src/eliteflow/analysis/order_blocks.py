"""The last candle against the move that broke structure.

A break upwards leaves an order block: the last bar with a close below its open, from the bar of the swing high that was
broken to the bar before the break. Its zone is from its low to its high. A break downwards leaves the last bar with a
close above its open, from the swing low on. Without such a bar there is no block. Knowable at the close of the bar that
breaks. A block is entered, mitigated, by the first later bar that trades in its zone, edges included, and passed,
invalid, by the first that closes beyond its far edge: below the low after a break upwards, above the high after one
downwards.
"""

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.price_zones import RangeMinima, Zones, in_order
from eliteflow.analysis.structure_breaks import DOWN, UP, Breaks
from eliteflow.analysis.swings import last_places
from eliteflow.analysis.talib_library import Array


def find_blocks(open_: Array, high: Array, low: Array, close: Array, breaks: Breaks, reach: int) -> Zones:
    """Return the order blocks that the breaks left, from candles (symbols, bars).

    reach: that of the swings, so many bars before their confirmation they turned.
    """
    turned = breaks.confirmed - reach
    upwards = _blocks_upwards(high, low, close, close < open_, breaks.direction == UP, turned)
    mirrored = _blocks_upwards(-low, -high, -close, close > open_, breaks.direction == DOWN, turned)
    downwards = mirrored._replace(
        direction=np.full(len(mirrored.row), DOWN, np.int8), bottom=-mirrored.top, top=-mirrored.bottom
    )
    return in_order([upwards, downwards])


def _blocks_upwards(
    high: Array,
    low: Array,
    close: Array,
    is_against: NDArray[np.bool_],
    is_break: NDArray[np.bool_],
    turned: NDArray[np.intp],
) -> Zones:
    rows, bars = np.nonzero(is_break)
    origins = last_places(is_against)[rows, bars - 1]
    has_block = origins >= turned[rows, bars]
    rows, bars, origins = rows[has_block], bars[has_block], origins[has_block]
    bottom, top = low[rows, origins], high[rows, origins]
    return Zones(
        row=rows,
        bar=bars,
        origin=origins,
        direction=np.full(len(rows), UP, np.int8),
        bottom=bottom,
        top=top,
        entered_bar=RangeMinima(low).first_not_above(rows, bars + 1, top),
        passed_bar=RangeMinima(close).first_below(rows, bars + 1, bottom),
    )

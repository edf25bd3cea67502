"""Candles as blocks of whole numbers, and the venue's rule for making larger candles of smaller ones.

A block is an int64 array whose first axis is the field and whose last axis is time. Prices count units of
10^-price_decimals, volumes lot units of 10^-quantity_decimals, quote volumes the product of both, so that every sum is
exact.
"""

import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

OPEN, HIGH, LOW, CLOSE, VOLUME, QUOTE, TRADES, TAKER_VOLUME, TAKER_QUOTE, FIRST_TRADE = range(10)
FIELDS = 10

NEVER_HIGH = np.int64(-1)
NEVER_LOW = np.iinfo(np.int64).max


def roll_up(parts: Block, starts: NDArray[np.intp] | list[int]) -> Block:
    """Aggregate consecutive parts into larger bars; `starts` are the positions where each larger bar begins.

    A part without trades repeats the previous close, while the venue's larger bar opens at its first trade: such parts
    count for nothing but the close. A larger bar without any trade repeats the previous close as well.
    """
    traded = parts[VOLUME] > 0
    last = np.append(np.asarray(starts[1:], dtype=np.intp), parts.shape[-1]) - 1
    bars = np.empty((*parts.shape[:-1], len(starts)), dtype=np.int64)
    positions = np.where(traded, np.arange(parts.shape[-1]), NEVER_LOW)
    first = np.minimum.reduceat(positions, starts, axis=-1)
    silent = first == NEVER_LOW
    first = np.where(silent, last, first)
    bars[OPEN] = np.take_along_axis(parts[OPEN], first, axis=-1)
    bars[HIGH] = np.maximum.reduceat(np.where(traded, parts[HIGH], NEVER_HIGH), starts, axis=-1)
    bars[LOW] = np.minimum.reduceat(np.where(traded, parts[LOW], NEVER_LOW), starts, axis=-1)
    bars[CLOSE] = parts[CLOSE][..., last]
    bars[VOLUME:FIRST_TRADE] = np.add.reduceat(parts[VOLUME:FIRST_TRADE], starts, axis=-1)
    bars[FIRST_TRADE] = parts[FIRST_TRADE][..., starts]
    bars[OPEN : CLOSE + 1] = np.where(silent, bars[CLOSE], bars[OPEN : CLOSE + 1])
    return bars


def running(parts: Block) -> Block:
    """Return, at each part, the larger bar as it stands after that part."""
    traded = parts[VOLUME] > 0
    bars = np.empty_like(parts)
    begun = np.logical_or.accumulate(traded, axis=-1)
    first = np.argmax(traded, axis=-1)[..., None]
    bars[OPEN] = np.take_along_axis(parts[OPEN], first, axis=-1)
    bars[HIGH] = np.maximum.accumulate(np.where(traded, parts[HIGH], NEVER_HIGH), axis=-1)
    bars[LOW] = np.minimum.accumulate(np.where(traded, parts[LOW], NEVER_LOW), axis=-1)
    bars[CLOSE] = parts[CLOSE]
    bars[VOLUME:FIRST_TRADE] = np.cumsum(parts[VOLUME:FIRST_TRADE], axis=-1)
    bars[FIRST_TRADE] = parts[FIRST_TRADE][..., :1]
    bars[OPEN : CLOSE + 1] = np.where(begun, bars[OPEN : CLOSE + 1], bars[CLOSE])
    return bars

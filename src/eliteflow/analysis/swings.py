"""Turning points that have been confirmed.

A swing high is a bar whose high is above the highs of the `reach` bars before it, and not below those of the `reach`
bars after it; of several equal highs in a row the first one counts. It is knowable when the last of the bars after it
has closed, `reach` bars later, and stands in all arrays there. A swing low is the same with lows. With `reach` 2 these
are the fractals of Williams 1995.

It is labelled against the swing of the same kind confirmed before it: higher (HH, HL), lower (LH, LL) or equal.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.talib_library import Array

HIGHER, EQUAL, LOWER, UNLABELLED = 1, 0, -1, -2
"""Labels; UNLABELLED where no swing is confirmed, or none was before it."""


class Swings(NamedTuple):
    """Swings of one kind, and the newest one at each bar; shape (symbols, bars).

    price: of the swing confirmed at the bar, which turned `reach` bars before; NaN where none is.
    label: int8, of the same swing.
    level: price of the newest swing confirmed at or before the bar; NaN before the first.
    confirmed: place of the bar at which that one was confirmed; -1 before the first.
    """

    price: Array
    label: NDArray[np.int8]
    level: Array
    confirmed: NDArray[np.intp]


def swing_highs(high: Array, reach: int) -> Swings:
    """Return the confirmed swing highs."""
    return _described(_confirmed(high, reach))


def swing_lows(low: Array, reach: int) -> Swings:
    """Return the confirmed swing lows."""
    return _described(-_confirmed(-low, reach))


def last_places(marks: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return for each bar the place of the newest mark at or before it, -1 before the first; (symbols, bars)."""
    places = np.where(marks, np.arange(marks.shape[1]), -1)
    return np.maximum.accumulate(places, axis=1)


def first_since(marks: NDArray[np.bool_], since: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return the marks before which there is none at or after the bar `since`, which stands at the same place."""
    before = np.full(marks.shape, -1)
    before[:, 1:] = last_places(marks)[:, :-1]
    first: NDArray[np.bool_] = marks & (before < since)
    return first


def at_places(values: Array, places: NDArray[np.intp]) -> Array:
    """Return each row's values at its own places, NaN for place -1."""
    if not values.shape[1]:
        return np.full(values.shape, np.nan)
    return np.where(places < 0, np.nan, np.take_along_axis(values, np.maximum(places, 0), axis=1))


def _confirmed(peaks: Array, reach: int) -> Array:
    """Return the price of each peak at the bar that confirms it, NaN elsewhere."""
    bars = peaks.shape[1]
    prices = np.full(peaks.shape, np.nan)
    if bars <= 2 * reach:
        return prices
    centre = peaks[:, reach : bars - reach]
    is_swing = np.ones(centre.shape, np.bool_)
    for lag in range(1, reach + 1):
        is_swing &= centre > peaks[:, reach - lag : bars - reach - lag]
        is_swing &= centre >= peaks[:, reach + lag : bars - reach + lag]
    prices[:, 2 * reach :] = np.where(is_swing, centre, np.nan)
    return prices


def _described(price: Array) -> Swings:
    is_swing = ~np.isnan(price)
    confirmed = last_places(is_swing)
    level = at_places(price, confirmed)
    before = np.full(price.shape, np.nan)
    before[:, 1:] = level[:, :-1]
    label = np.where(is_swing & ~np.isnan(before), np.sign(price - before), UNLABELLED)
    return Swings(price, np.nan_to_num(label, nan=UNLABELLED).astype(np.int8), level, confirmed)

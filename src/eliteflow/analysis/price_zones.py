"""Ranges of prices to which a market may come back, and when it did."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.talib_library import Array

NOT_YET = -1


class Zones(NamedTuple):
    """Zones of all symbols, in order of symbol and bar; arrays of shape (zones,), places of bars as in the panel.

    row: the symbol's. bar: where the zone became knowable. origin: the bar whose candle gave it.
    direction: int8, 1 below the price and expected to hold it, -1 above.
    bottom, top: prices.
    entered_bar: first bar after `bar` that came into it. passed_bar: first that went through it. -1: not yet.
    """

    row: NDArray[np.intp]
    bar: NDArray[np.intp]
    origin: NDArray[np.intp]
    direction: NDArray[np.int8]
    bottom: Array
    top: Array
    entered_bar: NDArray[np.intp]
    passed_bar: NDArray[np.intp]

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """Which zones the price has not gone through."""
        return self.passed_bar == NOT_YET

    @property
    def is_fresh(self) -> NDArray[np.bool_]:
        """Which zones the price has not come into."""
        return self.entered_bar == NOT_YET

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "Zones":
        """Return some of the zones, by a mask or in an order."""
        return Zones(
            row=self.row[chosen],
            bar=self.bar[chosen],
            origin=self.origin[chosen],
            direction=self.direction[chosen],
            bottom=self.bottom[chosen],
            top=self.top[chosen],
            entered_bar=self.entered_bar[chosen],
            passed_bar=self.passed_bar[chosen],
        )


def in_order(zones: list[Zones]) -> Zones:
    """Return the zones of several lists as one, by symbol, bar and direction."""
    joined = Zones(*(np.concatenate(columns) for columns in zip(*zones, strict=True)))
    return joined.select(np.lexsort((joined.direction, joined.bar, joined.row)))


class RangeMinima:
    """Smallest values over runs of 1, 2, 4, … bars, to find the first bar below a level in as few steps."""

    def __init__(self, values: Array) -> None:
        rows, self._bars = values.shape
        # Runs that do not fit are below every level, so the search never steps over the end.
        self._width = self._bars + 1
        runs = np.full((rows, self._width), -np.inf)
        runs[:, : self._bars] = values
        self._runs = [runs]
        while (run := 2 ** len(self._runs)) <= self._bars:
            runs = runs.copy()
            np.minimum(runs[:, : -run // 2], runs[:, run // 2 :], out=runs[:, : -run // 2])
            self._runs.append(runs)

    def first_below(self, rows: NDArray[np.intp], starts: NDArray[np.intp], levels: Array) -> NDArray[np.intp]:
        """Return for each level the first bar at or after `starts` whose value is below it, -1 where none is."""
        first = rows * self._width
        places = first + starts
        for power in range(len(self._runs) - 1, -1, -1):
            places += (self._runs[power].ravel()[places] >= levels) * 2**power
        bars = places - first
        return np.where(bars < self._bars, bars, NOT_YET)

    def first_not_above(self, rows: NDArray[np.intp], starts: NDArray[np.intp], levels: Array) -> NDArray[np.intp]:
        """Return the same for the first value that is at most the level."""
        return self.first_below(rows, starts, np.nextafter(levels, np.inf))

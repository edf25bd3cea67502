"""Arrays of candles by (timeframe, row, slot), the memory of `CandleStore`. Only the store knows rows."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eliteflow.model.candle import FIELDS
from eliteflow.pipeline.merge import closed_wins

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Window(NamedTuple):
    """A run of bars in time order and where it lies in a ring: one or two stretches of slots, the older one first."""

    open_time_ms: "NDArray[np.int64]"
    stretches: tuple[slice, ...]


class Written(NamedTuple):
    """What a write changed: open times of bars that were not there, and of those whose values differ from before."""

    added_ms: "NDArray[np.int64]"
    revised_ms: "NDArray[np.int64]"

    @property
    def added(self) -> int:
        """How many bars were not there."""
        return len(self.added_ms)

    @property
    def revised(self) -> int:
        """How many bars differ from before."""
        return len(self.revised_ms)


class BarsWritten(NamedTuple):
    """What writing one bar of many rows changed, each of shape (rows,).

    added: whether the bar was not there. revised: whether its values differ from before.
    """

    added: "NDArray[np.bool_]"
    revised: "NDArray[np.bool_]"


class CandleRing:
    """The newest `slots` bars of each (timeframe, row): `slot = (open time // interval) % slots`.

    values: float64, shape (fields, timeframes, rows, slots); each field is one array.
    open_ms: int64, shape (timeframes, rows, slots), which bar each slot holds, 0 for none.
    version: int64, same shape, the number of the version held (see `merge`).
    first_ms: int64, shape (timeframes, rows), open time of the first bar that the venue has, 0 while not known.
    revision: int64, same shape, how many writes have changed closed bars that were there before.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.values = np.zeros((len(FIELDS), 0, 0, slots))
        self.open_ms = np.zeros((0, 0, slots), np.int64)
        self.version = np.zeros((0, 0, slots), np.int64)
        self.first_ms = np.zeros((0, 0), np.int64)
        self.revision = np.zeros((0, 0), np.int64)

    def grow(self, timeframes: int, rows: int) -> None:
        """Make room for so many timeframes and rows; what is held stays."""
        # Zeros cost nothing until they are written: the system hands out empty pages.
        values = np.zeros((len(FIELDS), timeframes, rows, self.slots))
        open_ms = np.zeros((timeframes, rows, self.slots), np.int64)
        version = np.zeros((timeframes, rows, self.slots), np.int64)
        first_ms, revision = np.zeros((2, timeframes, rows), np.int64)
        held = tuple(slice(length) for length in self.first_ms.shape)
        values[:, *held], open_ms[held], version[held] = self.values, self.open_ms, self.version
        first_ms[held], revision[held] = self.first_ms, self.revision
        self.values, self.open_ms, self.version = values, open_ms, version
        self.first_ms, self.revision = first_ms, revision

    def clear(self, row: int) -> None:
        """Empty one row."""
        self.open_ms[:, row] = 0
        self.first_ms[:, row] = self.revision[:, row] = 0

    def slots_of(self, open_time_ms: "NDArray[np.int64]", interval_ms: int) -> "NDArray[np.int64]":
        """Return the slot of each bar."""
        return (open_time_ms // interval_ms) % self.slots

    def write(
        self,
        axis: int,
        row: int,
        interval_ms: int,
        open_time_ms: "NDArray[np.int64]",
        values: "NDArray[np.float64]",
        version: "NDArray[np.int64]",
    ) -> Written:
        """Take over the ascending bars that win against what is held; shapes (bars,), (fields, bars) and (bars,)."""
        newest = slice(-self.slots, None)
        open_time_ms, values, version = open_time_ms[newest], values[:, newest], version[newest]
        if self._fill(axis, row, interval_ms, open_time_ms, values, version):
            return Written(open_time_ms, open_time_ms[:0])
        slots = self.slots_of(open_time_ms, interval_ms)
        stored_ms = self.open_ms[axis, row, slots]
        wins = closed_wins(stored_ms, self.version[axis, row, slots], open_time_ms, version)
        if not wins.all():
            open_time_ms, values, slots, stored_ms = open_time_ms[wins], values[:, wins], slots[wins], stored_ms[wins]
        is_known = stored_ms == open_time_ms
        known = np.flatnonzero(is_known)
        differs = (self.values[:, axis, row, slots[known]] != values[:, known]).any(axis=0)
        self.values[:, axis, row, slots] = values
        self.open_ms[axis, row, slots] = open_time_ms
        self.version[axis, row, slots] = version[wins]
        return Written(open_time_ms[~is_known], open_time_ms[known[differs]])

    def _fill(
        self,
        axis: int,
        row: int,
        interval_ms: int,
        open_time_ms: "NDArray[np.int64]",
        values: "NDArray[np.float64]",
        version: "NDArray[np.int64]",
    ) -> bool:
        """Take over ascending bars into a row that holds none, in less than half the time of finding winners.

        Returns False, and changes nothing, where the row holds some, or the bars have a hole.
        """
        bars = len(open_time_ms)
        if not bars or open_time_ms[-1] - open_time_ms[0] != (bars - 1) * interval_ms:
            return False
        if self.open_ms[axis, row].any():
            return False
        start = 0
        for slots in self.window(int(open_time_ms[-1]), bars, interval_ms).stretches:
            stop = start + slots.stop - slots.start
            self.values[:, axis, row, slots] = values[:, start:stop]
            self.open_ms[axis, row, slots] = open_time_ms[start:stop]
            self.version[axis, row, slots] = version[start:stop]
            start = stop
        return True

    def write_bar(
        self,
        axis: int,
        rows: "NDArray[np.intp]",
        interval_ms: int,
        open_ms: int,
        values: "NDArray[np.float64]",
        versions: "NDArray[np.int64]",
        wins: "NDArray[np.bool_]",
    ) -> BarsWritten:
        """Take over the bar that opens at `open_ms` for the rows where it wins; shapes (fields, rows) and (rows,)."""
        slot = (open_ms // interval_ms) % self.slots
        is_known = self.open_ms[axis, rows, slot] == open_ms
        differs = (self.values[:, axis, rows, slot] != values).any(axis=0)
        winners = rows[wins]
        self.values[:, axis, winners, slot] = values[:, wins]
        self.open_ms[axis, winners, slot] = open_ms
        self.version[axis, winners, slot] = versions[wins]
        return BarsWritten(wins & ~is_known, wins & is_known & differs)

    def window(self, head_ms: int, bars: int, interval_ms: int) -> Window:
        """Return the `bars` bars (at most `slots`) that end with the one opening at `head_ms`."""
        open_time_ms = head_ms + np.arange(1 - bars, 1, dtype=np.int64) * interval_ms
        stop = (head_ms // interval_ms) % self.slots + 1
        if stop >= bars:
            return Window(open_time_ms, (slice(stop - bars, stop),))
        return Window(open_time_ms, (slice(stop - bars + self.slots, self.slots), slice(0, stop)))

    def read_open_ms(self, axis: int, rows: "slice | NDArray[np.intp]", window: Window) -> "NDArray[np.int64]":
        """Return a copy of what the window's slots hold, shape (rows, bars)."""
        return np.concatenate([self.open_ms[axis, :, slots][rows] for slots in window.stretches], axis=1)

    def read_versions(self, axis: int, rows: "slice | NDArray[np.intp]", window: Window) -> "NDArray[np.int64]":
        """Return a copy of the version numbers in the window's slots, shape (rows, bars)."""
        return np.concatenate([self.version[axis, :, slots][rows] for slots in window.stretches], axis=1)

    def read_values(
        self, axis: int, rows: "slice | NDArray[np.intp]", window: Window, fields: int
    ) -> "NDArray[np.float64]":
        """Return a copy of the first `fields` fields, shape (fields, rows, bars), C-contiguous."""
        kept = self.values[:fields, axis]
        length = len(range(*rows.indices(kept.shape[1]))) if isinstance(rows, slice) else len(rows)
        copy = np.empty((fields, length, len(window.open_time_ms)))
        start = 0
        for slots in window.stretches:
            stop = start + slots.stop - slots.start
            copy[:, :, start:stop] = kept[:, :, slots][:, rows]
            start = stop
        return copy

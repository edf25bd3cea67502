"""L1: the one mutable market state, arrays of closed candles with the bars in progress apart.

Everything here happens between two awaits, so a reader sees one instant and never half a bar.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.candle import FIELDS, OHLCV
from eliteflow.model.panel import Panel
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_ring import CandleRing, Written
from eliteflow.pipeline.candle_views import Block, Coverage
from eliteflow.pipeline.merge import closed_rows, forming_wins

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS_AT_ONCE = 64
FORMING_SLOTS = 8
"""The bar in progress and those before it: how many trades they had is remembered until they are closed."""

_NOBODY = 0
_CLOSE = FIELDS.index("close")
_TRADES = FIELDS.index("trades")


class CandleStore:
    """The newest `capacity` closed bars of every series, and the bar in progress where one was seen.

    Symbols and timeframes get their place when they are first reserved or written. Rows stay inside this class.
    """

    def __init__(self, capacity: int = 512) -> None:
        self.capacity = capacity
        self.universe_version = 0
        self._closed = CandleRing(capacity)
        self._forming = CandleRing(FORMING_SLOTS)
        self._axes: dict[Timeframe, int] = {}
        # Row 0 stays empty and stands for every symbol without a row, so reads need no special case.
        self._rows: dict[str, int] = {}
        self._free_rows: list[int] = []
        self._first_ms = np.zeros((0, 0), np.int64)
        self._revision = np.zeros((0, 0), np.int64)

    def __repr__(self) -> str:
        return f"<CandleStore {len(self._rows)} symbols × {', '.join(self._axes)} × {self.capacity} bars>"

    @property
    def symbols(self) -> tuple[str, ...]:
        """All symbols that have a place, in the order in which they got it."""
        return tuple(self._rows)

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """All timeframes that have a place."""
        return tuple(self._axes)

    def reserve(self, symbols: Iterable[str], timeframes: Iterable[Timeframe]) -> None:
        """Give each symbol and timeframe its place; symbols reserved together lie side by side and read fastest."""
        for timeframe in timeframes:
            self._axes.setdefault(timeframe, len(self._axes))
        new = [symbol for symbol in dict.fromkeys(symbols) if symbol not in self._rows]
        self.universe_version += bool(new)
        beyond = len(self._rows) + len(self._free_rows) + 1
        free = [*self._free_rows, *range(beyond, beyond + len(new))]
        self._rows |= zip(new, free, strict=False)
        self._free_rows = free[len(new) : len(self._free_rows)]
        self._grow()

    def forget(self, symbol: str) -> None:
        """Drop a symbol and everything known about it; its place is given to the next new one."""
        row = self._rows.pop(symbol, _NOBODY)
        if row == _NOBODY:
            return
        self.universe_version += 1
        self._closed.clear(row)
        self._forming.clear(row)
        self._first_ms[:, row] = 0
        self._revision[:, row] = 0
        self._free_rows.append(row)

    def write(self, symbol: str, timeframe: Timeframe, series: Series, *, requested_ms: int) -> Written:
        """Take over what wins of a REST answer: closed bars by the merge rule, the rest as bars in progress.

        requested_ms: venue time at, or shortly before, which the answer was asked for.
        """
        if symbol not in self._rows or timeframe not in self._axes:
            self.reserve((symbol,), (timeframe,))
        axis, row = self._axes[timeframe], self._rows[symbol]
        is_closed = closed_rows(
            series.open_time_ms,
            series.values[_TRADES],
            self._most_trades(axis, row, timeframe, series.open_time_ms),
            interval_ms=timeframe.ms,
            requested_ms=requested_ms,
        )
        times, values = series.open_time_ms, series.values
        if not is_closed.all():
            for bar in np.flatnonzero(~is_closed):
                self._write_forming(axis, row, timeframe, series.select(slice(bar, bar + 1)), requested_ms)
            times, values = times[is_closed], values[:, is_closed]
        written = self._closed.write(axis, row, timeframe.ms, times, values, requested_ms)
        self._revision[axis, row] += written.revised > 0
        return written

    def note_first_bar(self, symbol: str, timeframe: Timeframe, open_time_ms: int) -> None:
        """Remember that the venue has no bar before this one, unless an older one is known."""
        axis, row = self._axes[timeframe], self._rows[symbol]
        held_ms = self._closed.open_ms[axis, row]
        if not ((held_ms > 0) & (held_ms < open_time_ms)).any():
            self._first_ms[axis, row] = open_time_ms

    def revision(self, symbol: str, timeframe: Timeframe) -> int:
        """Return how many writes have changed closed bars of the series that were there before."""
        axis = self._axis(timeframe)
        return int(self._revision[axis, self._rows.get(symbol, _NOBODY)])

    def newest_closed_ms(self, symbol: str, timeframe: Timeframe) -> int | None:
        """Return the open time of the newest closed bar in memory, None when there is none."""
        axis = self._axis(timeframe)
        return int(self._closed.open_ms[axis, self._rows.get(symbol, _NOBODY)].max()) or None

    def last_close(self, symbol: str) -> float | None:
        """Return the close that is known from the latest time, of a bar in progress or closed; None without any."""
        row = self._rows.get(symbol, _NOBODY)
        latest: tuple[int, float] = (0, 0.0)
        for timeframe, axis in self._axes.items():
            for ring in (self._closed, self._forming):
                slot = ring.open_ms[axis, row].argmax()
                if open_ms := int(ring.open_ms[axis, row, slot]):
                    # A closed bar speaks for its end, though it was asked for later.
                    seen_ms = min(open_ms + timeframe.ms, int(ring.version[axis, row, slot]))
                    latest = max(latest, (seen_ms, float(ring.values[_CLOSE, axis, row, slot])))
        return latest[1] if latest[0] else None

    def coverage(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Coverage:
        """Return what is missing of the `bars` bars up to `head_ms`; bars before a symbol's first are not."""
        axis, rows = self._axis(timeframe), self._rows_of(symbols)
        window = self._closed.window(head_ms, bars, timeframe.ms)
        times = window.open_time_ms
        is_there = self._closed.read_open_ms(axis, rows, window) == times
        lacks = ~is_there & (times >= self._first_ms[axis, rows][:, None])
        missing = lacks.sum(axis=1)
        some = missing > 0
        oldest = np.where(some, times[lacks.argmax(axis=1)], 0)
        newest = np.where(some, times[bars - 1 - lacks[:, ::-1].argmax(axis=1)], 0)
        return Coverage(timeframe, tuple(symbols), head_ms, bars, missing, oldest, newest, ~is_there.any(axis=1))

    def block(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Block:
        """Return all fields of at most `bars` bars up to `head_ms`; symbols without the newest one have none known."""
        known = self._known(timeframe, symbols, head_ms, bars)
        open_time_ms, values = self._read(timeframe, symbols, head_ms, known, len(FIELDS))
        return Block(timeframe, tuple(symbols), head_ms, open_time_ms, values, known)

    def panel(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        """Return OHLCV of at most `bars` bars up to `head_ms`, as wide as the longest row.

        Symbols whose newest bar is not the one at `head_ms` are left out; so are bars before a hole.
        """
        known = self._known(timeframe, symbols, head_ms, bars)
        if not known.all():
            symbols = [symbol for symbol, count in zip(symbols, known, strict=True) if count]
            known = known[known > 0]
        open_time_ms, values = self._read(timeframe, symbols, head_ms, known, len(OHLCV))
        return Panel(timeframe, tuple(symbols), open_time_ms, values, self.universe_version)

    def forming(self, timeframe: Timeframe, symbols: Sequence[str], open_time_ms: int) -> "NDArray[np.float64]":
        """Return the bars in progress that opened at `open_time_ms`, shape (fields, symbols), NaN where unknown."""
        axis, rows = self._axis(timeframe), self._rows_of(symbols)
        window = self._forming.window(open_time_ms, 1, timeframe.ms)
        values = self._forming.read_values(axis, rows, window, len(FIELDS))[:, :, 0]
        values[:, self._forming.read_open_ms(axis, rows, window)[:, 0] != open_time_ms] = np.nan
        return values

    def _grow(self) -> None:
        axes, rows = self._first_ms.shape
        needed = len(self._rows) + len(self._free_rows) + 1
        if len(self._axes) == axes and needed <= rows:
            return
        rows = max(rows, -(-needed // ROWS_AT_ONCE) * ROWS_AT_ONCE)
        shape = (len(self._axes), rows)
        self._closed.grow(*shape)
        self._forming.grow(*shape)
        first_ms, revision = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        held = tuple(slice(length) for length in self._first_ms.shape)
        first_ms[held], revision[held] = self._first_ms, self._revision
        self._first_ms, self._revision = first_ms, revision

    def _axis(self, timeframe: Timeframe) -> int:
        """Return the timeframe's place, made if need be, which replaces every array: ask before touching one."""
        if timeframe not in self._axes:
            self.reserve((), (timeframe,))
        return self._axes[timeframe]

    def _rows_of(self, symbols: Sequence[str]) -> "slice | NDArray[np.intp]":
        """Return the symbols' rows, as a slice where they lie side by side: reading those is several times faster."""
        rows = np.array([self._rows.get(symbol, _NOBODY) for symbol in symbols], np.intp)
        if len(rows) and (np.diff(rows) == 1).all():
            return slice(int(rows[0]), int(rows[-1]) + 1)
        return rows

    def _most_trades(
        self, axis: int, row: int, timeframe: Timeframe, open_time_ms: "NDArray[np.int64]"
    ) -> "NDArray[np.float64]":
        """Return the most trades seen of each bar while it was in progress, 0 where it was not."""
        if not self._forming.open_ms[axis, row].any():
            return np.zeros(1)
        slots = self._forming.slots_of(open_time_ms, timeframe.ms)
        was_seen = self._forming.open_ms[axis, row, slots] == open_time_ms
        return np.where(was_seen, self._forming.values[_TRADES, axis, row, slots], 0.0)

    def _write_forming(self, axis: int, row: int, timeframe: Timeframe, bar: Series, event_ms: int) -> None:
        ring, open_ms = self._forming, int(bar.open_time_ms[0])
        if self._closed.open_ms[axis, row, (open_ms // timeframe.ms) % self.capacity] == open_ms:
            return  # Closed never returns to forming.
        at = (axis, row, (open_ms // timeframe.ms) % FORMING_SLOTS)
        stored = (int(ring.open_ms[at]), float(ring.values[_TRADES][at]), int(ring.version[at]))
        if forming_wins(stored, (open_ms, float(bar.values[_TRADES, 0]), event_ms)):
            ring.values[:, *at] = bar.values[:, 0]
            ring.open_ms[at] = open_ms
            ring.version[at] = event_ms

    def _known(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> "NDArray[np.int64]":
        """Return how many bars each symbol has without a hole back from `head_ms`, at most `bars`."""
        axis, rows = self._axis(timeframe), self._rows_of(symbols)
        window = self._closed.window(head_ms, min(bars, self.capacity), timeframe.ms)
        lacks = self._closed.read_open_ms(axis, rows, window)[:, ::-1] != window.open_time_ms[::-1]
        return np.where(lacks.any(axis=1), lacks.argmax(axis=1), len(window.open_time_ms))

    def _read(
        self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, known: "NDArray[np.int64]", fields: int
    ) -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
        bars = int(known.max(initial=0))
        window = self._closed.window(head_ms, bars, timeframe.ms)
        axis, rows = self._axis(timeframe), self._rows_of(symbols)
        values = self._closed.read_values(axis, rows, window, fields)
        for row in np.flatnonzero(known < bars):
            values[:, row, : bars - known[row]] = np.nan
        return window.open_time_ms, values

"""L1: the one mutable market state, arrays of closed candles with the bars in progress apart.

Everything here happens between two awaits, so a reader sees one instant and never half a bar.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.candle import FIELDS, OHLCV
from eliteflow.model.candle_push import CandlePush, PushedCandle
from eliteflow.model.panel import Panel
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_ring import CandleRing, Written
from eliteflow.pipeline.candle_views import (
    BarChange,
    Block,
    ClosedBar,
    Coverage,
    SeriesChange,
    StoredSeries,
    StoreObserver,
)
from eliteflow.pipeline.forming_bars import FormingBars
from eliteflow.pipeline.merge import closed_rows, closed_wins, is_streamed, overruling, rest_version, stream_version
from eliteflow.pipeline.row_table import NOBODY, RowTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS_AT_ONCE = 64
_CLOSE = FIELDS.index("close")
_TRADES = FIELDS.index("trades")


class CandleStore:
    """The newest `capacity` closed bars of every series, and the bar in progress where one was seen.

    Symbols and timeframes get their place when they are first reserved or written. Rows stay inside this class.
    observers: told of every write that changed closed bars.
    """

    def __init__(self, capacity: int = 512) -> None:
        self.capacity = capacity
        self.universe_version = 0
        self.observers: list[StoreObserver] = []
        self._closed = CandleRing(capacity)
        self._forming = FormingBars()
        self._table = RowTable()

    def __repr__(self) -> str:
        return f"<CandleStore {len(self._table.rows)} symbols × {', '.join(self._table.axes)} × {self.capacity} bars>"

    @property
    def symbols(self) -> tuple[str, ...]:
        """All symbols that have a place, in the order in which they got it."""
        return tuple(self._table.rows)

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """All timeframes that have a place."""
        return tuple(self._table.axes)

    def reserve(self, symbols: Iterable[str], timeframes: Iterable[Timeframe]) -> None:
        """Give each symbol and timeframe its place; symbols reserved together lie side by side and read fastest."""
        self.universe_version += self._table.reserve(symbols, timeframes)
        self._grow()

    def forget(self, symbol: str) -> None:
        """Drop a symbol and everything known about it; its place is given to the next new one."""
        row = self._table.forget(symbol)
        if row == NOBODY:
            return
        self.universe_version += 1
        self._closed.clear(row)
        self._forming.forget(symbol)

    def write(self, symbol: str, timeframe: Timeframe, series: Series, *, requested_ms: int) -> Written:
        """Take over what wins of a REST answer: closed bars by the merge rule, the rest as bars in progress.

        requested_ms: venue time at, or shortly before, which the answer was asked for.
        """
        axis, row = self._place(symbol, timeframe)
        times, values = series.open_time_ms, series.values
        is_closed = closed_rows(
            times,
            values[_TRADES],
            self._most_trades(axis, row, timeframe, symbol, times),
            interval_ms=timeframe.ms,
            requested_ms=requested_ms,
        )
        if not is_closed.all():
            for bar in np.flatnonzero(~is_closed):
                candle = PushedCandle.of(symbol, timeframe, int(times[bar]), values[:, bar].tolist(), is_closed=False)
                self._forming.take((CandlePush(requested_ms, candle),))
            times, values = times[is_closed], values[:, is_closed]
        return self.close_bars(
            symbol, timeframe, times, values, np.full(len(times), rest_version(requested_ms), np.int64)
        )

    def push(self, pushes: Iterable[CandlePush]) -> None:
        """Take what a stream pushed: bars in progress, and final ones, which are closed by it.

        Pushes of symbols without a place are left out.
        """
        finals: dict[tuple[Timeframe, int], list[CandlePush]] = {}
        for push in self._forming.take(pushes):
            if push.candle.symbol in self._table.rows:
                finals.setdefault((push.candle.timeframe, push.candle.open_time_ms), []).append(push)
        for (timeframe, open_time_ms), closing in finals.items():
            # Of two final pushes of one bar the later one counts, whatever their order.
            latest = {push.candle.symbol: push for push in sorted(closing, key=lambda push: push.event_ms)}
            values = np.array([push.candle.values() for push in latest.values()]).T
            versions = np.array([stream_version(push.event_ms) for push in latest.values()], np.int64)
            self.close_bar(timeframe, open_time_ms, tuple(latest), values, versions)

    def close_bar(
        self,
        timeframe: Timeframe,
        open_time_ms: int,
        symbols: Sequence[str],
        values: "NDArray[np.float64]",
        versions: "NDArray[np.int64]",
    ) -> BarChange:
        """Take over one closed bar of many symbols, each once, where it wins by the merge rule.

        values: float64, shape (fields, symbols). versions: int64, shape (symbols,), see `merge`. Such a bar comes of
        a stream or of parts, and also wins against an answer of REST with fewer trades: an older state of the bar.
        """
        if not all(symbol in self._table.rows for symbol in symbols) or timeframe not in self._table.axes:
            self.reserve(symbols, (timeframe,))
        axis = self._table.axes[timeframe]
        rows = np.array([self._table.rows[symbol] for symbol in symbols], np.intp)
        slot = (open_time_ms // timeframe.ms) % self.capacity
        held_ms, held = self._closed.open_ms[axis, rows, slot], self._closed.version[axis, rows, slot]
        has_more = values[_TRADES] > self._closed.values[_TRADES, axis, rows, slot]
        overrules = (held_ms == open_time_ms) & (held > versions) & has_more
        # Whatever compares numbers later, the disk and larger bars among them, must come to the same end.
        versions = np.where(overrules, overruling(held), versions)
        wins = closed_wins(held_ms, held, open_time_ms, versions)
        written = self._closed.write_bar(axis, rows, timeframe.ms, open_time_ms, values, versions, wins)
        self._closed.revision[axis, rows] += written.revised
        change = BarChange(timeframe, open_time_ms, _picked(symbols, written.added), _picked(symbols, written.revised))
        if change.added or change.revised:
            for observer in self.observers:
                observer.bar_changed(change)
        return change

    def close_bars(
        self,
        symbol: str,
        timeframe: Timeframe,
        open_time_ms: "NDArray[np.int64]",
        values: "NDArray[np.float64]",
        versions: "NDArray[np.int64]",
    ) -> Written:
        """Take over ascending closed bars of one series where they win; shapes (bars,), (fields, bars), (bars,)."""
        axis, row = self._place(symbol, timeframe)
        written = self._closed.write(axis, row, timeframe.ms, open_time_ms, values, versions)
        self._closed.revision[axis, row] += written.revised > 0
        self._tell_series(symbol, timeframe, written)
        return written

    def stored(self, symbol: str, timeframe: Timeframe) -> StoredSeries | None:
        """Return a copy of all closed bars of a series with what is known of them; None without any."""
        axis, row = self._axis(timeframe), self._table.row(symbol)
        open_ms = self._closed.open_ms[axis, row]
        slots = np.argsort(open_ms, kind="stable")
        slots = slots[open_ms[slots] > 0]
        if not len(slots):
            return None
        return StoredSeries(
            symbol,
            timeframe,
            open_ms[slots],
            self._closed.values[:, axis, row, slots],
            self._closed.version[axis, row, slots],
            int(self._closed.first_ms[axis, row]),
            int(self._closed.revision[axis, row]),
        )

    def restore(self, stored: StoredSeries) -> None:
        """Take over what an earlier run knew of a series; what is held already wins or loses as in any write."""
        axis, row = self._place(stored.symbol, stored.timeframe)
        self._closed.write(axis, row, stored.timeframe.ms, stored.open_time_ms, stored.values, stored.version)
        self._closed.first_ms[axis, row] = self._closed.first_ms[axis, row] or stored.first_ms
        self._closed.revision[axis, row] = max(self._closed.revision[axis, row], stored.revision)

    def note_first_bar(self, symbol: str, timeframe: Timeframe, open_time_ms: int) -> None:
        """Remember that the venue has no bar before this one, unless an older one is known."""
        axis, row = self._place(symbol, timeframe)
        held_ms = self._closed.open_ms[axis, row]
        if not ((held_ms > 0) & (held_ms < open_time_ms)).any():
            self._closed.first_ms[axis, row] = open_time_ms

    def first_bar_ms(self, symbol: str, timeframe: Timeframe) -> int | None:
        """Return the open time of the first bar that the venue has of the series, None while that is not known."""
        axis = self._axis(timeframe)
        return int(self._closed.first_ms[axis, self._table.row(symbol)]) or None

    def revision(self, symbol: str, timeframe: Timeframe) -> int:
        """Return how many writes have changed closed bars of the series that were there before."""
        axis = self._axis(timeframe)
        return int(self._closed.revision[axis, self._table.row(symbol)])

    def newest_closed_ms(self, symbol: str, timeframe: Timeframe) -> int | None:
        """Return the open time of the newest closed bar in memory, None when there is none."""
        axis = self._axis(timeframe)
        return int(self._closed.open_ms[axis, self._table.row(symbol)].max()) or None

    def last_close(self, symbol: str) -> float | None:
        """Return the close that is known from the latest time, of a bar in progress or closed; None without any."""
        row = self._table.row(symbol)
        latest: tuple[int, bool, float] = (0, False, 0.0)
        for timeframe, axis in self._table.axes.items():
            slot = self._closed.open_ms[axis, row].argmax()
            if open_ms := int(self._closed.open_ms[axis, row, slot]):
                close = float(self._closed.values[_CLOSE, axis, row, slot])
                latest = max(latest, (open_ms + timeframe.ms, True, close))
            if (push := self._forming.newest(timeframe, symbol)) is not None:
                seen_ms = min(push.candle.open_time_ms + timeframe.ms, push.event_ms)
                latest = max(latest, (seen_ms, False, push.candle.close))
        return latest[2] if latest[0] else None

    def closed_bar(self, timeframe: Timeframe, symbols: Sequence[str], open_time_ms: int) -> ClosedBar:
        """Return OHLCV of one closed bar, and how far back each series reaches without a hole."""
        axis, rows = self._axis(timeframe), self._table.rows_of(symbols)
        known = self._known(timeframe, symbols, open_time_ms, self.capacity)
        window = self._closed.window(open_time_ms, 1, timeframe.ms)
        values = self._closed.read_values(axis, rows, window, len(OHLCV))[:, :, 0]
        values[:, known == 0] = np.nan
        reaches_ms, revisions = open_time_ms - (known - 1) * timeframe.ms, np.array(self._closed.revision[axis, rows])
        return ClosedBar(timeframe, tuple(symbols), open_time_ms, values, revisions, reaches_ms)

    def coverage(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Coverage:
        """Return what is missing of the `bars` bars up to `head_ms`; bars before a symbol's first are not."""
        axis, rows = self._axis(timeframe), self._table.rows_of(symbols)
        window = self._closed.window(head_ms, bars, timeframe.ms)
        times = window.open_time_ms
        is_there = self._closed.read_open_ms(axis, rows, window) == times
        lacks = ~is_there & (times >= self._closed.first_ms[axis, rows][:, None])
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

    def versions(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> "NDArray[np.int64]":
        """Return the version numbers of the `bars` bars up to `head_ms`, shape (symbols, bars); 0 where there is none.

        See `merge` for what they tell.
        """
        axis, rows = self._axis(timeframe), self._table.rows_of(symbols)
        window = self._closed.window(head_ms, bars, timeframe.ms)
        is_there = self._closed.read_open_ms(axis, rows, window) == window.open_time_ms
        return np.where(is_there, self._closed.read_versions(axis, rows, window), 0)

    def forming(self, timeframe: Timeframe, symbols: Sequence[str], open_time_ms: int) -> "NDArray[np.float64]":
        """Return the bars in progress that opened at `open_time_ms`, shape (fields, symbols), NaN where unknown.

        A bar that has closed is in progress no longer.
        """
        axis, rows = self._axis(timeframe), self._table.rows_of(symbols)
        values = self._forming.at(timeframe, symbols, open_time_ms)
        window = self._closed.window(open_time_ms, 1, timeframe.ms)
        values[:, self._closed.read_open_ms(axis, rows, window)[:, 0] == open_time_ms] = np.nan
        return values

    def newest_push(self, timeframe: Timeframe, symbol: str) -> CandlePush | None:
        """Return the newest push of a bar in progress, None without any; its bar may have closed since."""
        return self._forming.newest(timeframe, symbol)

    def _grow(self) -> None:
        axes, rows = self._closed.first_ms.shape
        needed = self._table.size
        if len(self._table.axes) != axes or needed > rows:
            self._closed.grow(len(self._table.axes), max(rows, -(-needed // ROWS_AT_ONCE) * ROWS_AT_ONCE))

    def _place(self, symbol: str, timeframe: Timeframe) -> tuple[int, int]:
        """Return axis and row of a series, made if need be, which replaces every array: ask before touching one."""
        if symbol not in self._table.rows or timeframe not in self._table.axes:
            self.reserve((symbol,), (timeframe,))
        return self._table.axes[timeframe], self._table.rows[symbol]

    def _axis(self, timeframe: Timeframe) -> int:
        """Return the timeframe's place, made if need be, which replaces every array: ask before touching one."""
        if timeframe not in self._table.axes:
            self.reserve((), (timeframe,))
        return self._table.axes[timeframe]

    def _most_trades(
        self, axis: int, row: int, timeframe: Timeframe, symbol: str, open_time_ms: "NDArray[np.int64]"
    ) -> "NDArray[np.float64]":
        """Return the most trades that a stream has shown of each bar, in progress or final; 0 where it showed none."""
        most = self._forming.most_trades(timeframe, symbol, open_time_ms)
        slots = self._closed.slots_of(open_time_ms, timeframe.ms)
        was_streamed = is_streamed(self._closed.version[axis, row, slots])
        if was_streamed.any():
            was_streamed &= self._closed.open_ms[axis, row, slots] == open_time_ms
            most = np.maximum(most, np.where(was_streamed, self._closed.values[_TRADES, axis, row, slots], 0.0))
        return most

    def _tell_series(self, symbol: str, timeframe: Timeframe, written: Written) -> None:
        if self.observers and (written.added or written.revised):
            change = SeriesChange(symbol, timeframe, written.added_ms, written.revised_ms)
            for observer in self.observers:
                observer.series_changed(change)

    def _known(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> "NDArray[np.int64]":
        """Return how many bars each symbol has without a hole back from `head_ms`, at most `bars`."""
        axis, rows = self._axis(timeframe), self._table.rows_of(symbols)
        window = self._closed.window(head_ms, min(bars, self.capacity), timeframe.ms)
        lacks = self._closed.read_open_ms(axis, rows, window)[:, ::-1] != window.open_time_ms[::-1]
        return np.where(lacks.any(axis=1), lacks.argmax(axis=1), len(window.open_time_ms))

    def _read(
        self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, known: "NDArray[np.int64]", fields: int
    ) -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
        bars = int(known.max(initial=0))
        window = self._closed.window(head_ms, bars, timeframe.ms)
        axis, rows = self._axis(timeframe), self._table.rows_of(symbols)
        values = self._closed.read_values(axis, rows, window, fields)
        for row in np.flatnonzero(known < bars):
            values[:, row, : bars - known[row]] = np.nan
        return window.open_time_ms, values


def _picked(symbols: Sequence[str], chosen: "NDArray[np.bool_]") -> tuple[str, ...]:
    return tuple(symbol for symbol, is_chosen in zip(symbols, chosen.tolist(), strict=True) if is_chosen)

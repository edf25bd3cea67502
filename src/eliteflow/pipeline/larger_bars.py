"""Keeps the larger timeframes equal to their 5m parts, whatever becomes of a part (DESIGN 7)."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.candle import FIELDS
from eliteflow.model.instrument import Instrument
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.bar_close import WATCH_MS
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.merge import rest_version
from eliteflow.pipeline.rollup import RollUpUnits, containing, parts_of, roll_up

if TYPE_CHECKING:
    from numpy.typing import NDArray


class LargerBars:
    """A StoreObserver that rolls up the larger bars of every part that was added or revised, where all parts are there.

    part: the timeframe that is streamed. larger: those made of it. Symbols without an instrument are left alone, as
    nobody knows their units; so is a bar whose sums cannot be proved: both have to be fetched.
    unproved: told of such bars: symbols, from which venue time on their last word may be asked for, timeframe.
    """

    unproved: Callable[[Sequence[str], int, Timeframe], None] | None = None

    def __init__(self, store: CandleStore, part: Timeframe, larger: Iterable[Timeframe]) -> None:
        self.part = part
        self.larger = tuple(containing(larger, 0, part))
        self._store = store
        self._instruments: Sequence[Instrument] = ()
        self._units = RollUpUnits.of(())
        self._columns: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<LargerBars {', '.join(self.larger)} of {self.part}, {len(self._columns)} symbols>"

    def follow(self, timeframes: Iterable[Timeframe]) -> list[Timeframe]:
        """Return which of the timeframes follow from their parts; none before units are known."""
        return [timeframe for timeframe in timeframes if timeframe in self.larger and self._columns]

    def use(self, instruments: Sequence[Instrument]) -> None:
        """Take over the units of the contracts that trade."""
        if instruments == self._instruments:
            return
        self._instruments = instruments
        self._units = RollUpUnits.of(instruments)
        self._columns = {instrument.symbol: column for column, instrument in enumerate(instruments)}

    def bar_changed(self, change: BarChange) -> None:
        """Roll up the bars that one part of many symbols belongs to."""
        if change.timeframe is self.part:
            symbols = self._known((*change.added, *change.revised))
            for timeframe, open_time_ms in containing(self.larger, change.open_time_ms, self.part).items():
                self._roll_up(timeframe, open_time_ms, symbols)

    def series_changed(self, change: SeriesChange) -> None:
        """Roll up the bars that some parts of one symbol belong to: all that a revision touches, and those that lack.

        So are those that new parts belong to and that REST was asked for in the first moments after their close: it
        may have lacked their last trades, which nothing else would find out. A series of which nothing is known yet is
        left alone, as it is about to be fetched, unless its first part is known: that is a listing's first bar.
        """
        if change.timeframe is self.part and change.symbol in self._columns:
            for timeframe in self.larger:
                opens_ms = np.union1d(
                    self._wanted(timeframe, change.symbol, change.added_ms), _opens(timeframe, change.revised_ms)
                )
                for open_time_ms in self._roll_up_run(timeframe, opens_ms, change.symbol).tolist():
                    self._roll_up(timeframe, open_time_ms, (change.symbol,))

    def forming(self, timeframe: Timeframe, symbols: Sequence[str], open_time_ms: int) -> "NDArray[np.float64]":
        """Return bars in progress, shape (fields, symbols): their closed parts and the one in progress together.

        NaN where a closed part is missing, or nothing is known of the part in progress.
        """
        values = np.full((len(FIELDS), len(symbols)), np.nan)
        known = self._known(symbols)
        last_ms = self._newest_forming_ms(known, open_time_ms, open_time_ms + timeframe.ms - self.part.ms)
        if last_ms is None:
            return values
        newest = self._store.forming(self.part, known, last_ms)
        closed = (last_ms - open_time_ms) // self.part.ms
        block = self._store.block(self.part, known, last_ms - self.part.ms, max(1, closed))
        is_whole = (block.known >= closed) & ~np.isnan(newest[0])
        columns = [column for column, symbol in enumerate(symbols) if symbol in self._columns]
        chosen = np.flatnonzero(is_whole)
        parts = np.concatenate(
            (block.values[:, chosen, block.values.shape[2] - closed :], newest[:, chosen, None]), axis=2
        )
        rolled = roll_up(parts, self._units_of([known[row] for row in chosen.tolist()]))
        values[:, np.array(columns, np.intp)[chosen]] = rolled
        return values

    def _newest_forming_ms(self, symbols: Sequence[str], first_ms: int, last_ms: int) -> int | None:
        """Return the open time of the newest part in progress of any symbol within the bar."""
        newest = max(
            (push.candle.open_time_ms for symbol in symbols if (push := self._store.newest_push(self.part, symbol))),
            default=0,
        )
        return newest if first_ms <= newest <= last_ms else None

    def _roll_up(self, timeframe: Timeframe, open_time_ms: int, symbols: Sequence[str]) -> None:
        """Roll up one bar of all symbols whose parts are all there; a young listing has none before its first."""
        parts = parts_of(timeframe, open_time_ms, self.part)
        block = self._store.block(self.part, symbols, parts[-1], len(parts))
        whole: dict[int, list[str]] = {}
        for symbol, known in zip(symbols, block.known.tolist(), strict=True):
            if known == len(parts) or (known and self._is_young(symbol, parts, known)):
                whole.setdefault(known, []).append(symbol)
        for known, complete in whole.items():
            self._close(timeframe, open_time_ms, complete, parts[-1], known)

    def _is_young(self, symbol: str, parts: range, known: int) -> bool:
        """Return whether the newest `known` of the parts are all that the venue has of them."""
        return self._store.first_bar_ms(symbol, self.part) == parts[len(parts) - known]

    def _close(self, timeframe: Timeframe, open_time_ms: int, symbols: list[str], last_ms: int, count: int) -> None:
        block = self._store.block(self.part, symbols, last_ms, count)
        rolled = roll_up(block.values, self._units_of(symbols))
        versions = self._store.versions(self.part, symbols, last_ms, count).max(axis=1)
        is_proved = ~np.isnan(rolled).any(axis=0)
        proved = np.flatnonzero(is_proved)
        if len(proved):
            chosen = [symbols[row] for row in proved.tolist()]
            self._store.close_bar(timeframe, open_time_ms, chosen, rolled[:, proved], versions[proved])
        self._leave([symbols[row] for row in np.flatnonzero(~is_proved).tolist()], open_time_ms, timeframe)

    def _leave(self, symbols: Sequence[str], open_time_ms: int, timeframe: Timeframe) -> None:
        """Say that bars do not follow from their parts, so that what REST has of them is looked after."""
        if symbols and self.unproved is not None:
            self.unproved(symbols, open_time_ms + timeframe.ms + WATCH_MS, timeframe)

    def _wanted(self, timeframe: Timeframe, symbol: str, added_ms: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """Return the open times of the larger bars of new parts that memory lacks, or may have asked for too early."""
        opens_ms = _opens(timeframe, added_ms)
        is_unknown = self._store.newest_closed_ms(symbol, timeframe) is None
        if not len(opens_ms) or (is_unknown and self._store.first_bar_ms(symbol, self.part) is None):
            return opens_ms[:0]
        bars = min((int(opens_ms[-1]) - int(opens_ms[0])) // timeframe.ms + 1, self._store.capacity)
        held = self._store.versions(timeframe, (symbol,), int(opens_ms[-1]), bars)[0]
        window_ms = int(opens_ms[-1]) + np.arange(1 - bars, 1) * timeframe.ms
        is_early = held < rest_version(window_ms + (timeframe.ms + WATCH_MS))
        return np.intersect1d(opens_ms, window_ms[(held == 0) | ((held > 0) & is_early)])

    def _roll_up_run(self, timeframe: Timeframe, opens_ms: "NDArray[np.int64]", symbol: str) -> "NDArray[np.int64]":
        """Roll up bars of one symbol that follow each other at once; return those that have to be looked at singly.

        A bar of which the newest part is not there is left out: it is in progress.
        """
        newest_ms = self._store.newest_closed_ms(symbol, self.part) or 0
        opens_ms = opens_ms[opens_ms + (timeframe.ms - self.part.ms) <= newest_ms]
        if not len(opens_ms) or int(opens_ms[-1] - opens_ms[0]) != (len(opens_ms) - 1) * timeframe.ms:
            return opens_ms
        count = timeframe.ms // self.part.ms
        last_ms = int(opens_ms[-1]) + timeframe.ms - self.part.ms
        block = self._store.block(self.part, (symbol,), last_ms, len(opens_ms) * count)
        whole = int(block.known[0]) // count
        run_ms, bars = opens_ms[len(opens_ms) - whole :], whole * count
        if whole:
            parts = block.values[:, 0, -bars:].reshape(len(FIELDS), whole, count)
            rolled = roll_up(parts, self._units_of([symbol] * whole))
            versions = self._store.versions(self.part, (symbol,), last_ms, bars)[0].reshape(whole, count).max(axis=1)
            is_proved = ~np.isnan(rolled).any(axis=0)
            # A larger bar that was asked for after its parts, and too early, may lack what one of them has: `close_bar`
            # then lets the number of trades decide.
            is_later = self._store.versions(timeframe, (symbol,), int(run_ms[-1]), whole)[0] > versions
            for bar in np.flatnonzero(is_proved & is_later).tolist():
                open_time_ms = int(run_ms[bar])
                self._store.close_bar(timeframe, open_time_ms, (symbol,), rolled[:, [bar]], versions[[bar]])
            taken = is_proved & ~is_later
            self._store.close_bars(symbol, timeframe, run_ms[taken], rolled[:, taken], versions[taken])
            for open_time_ms in run_ms[~is_proved].tolist():
                self._leave((symbol,), open_time_ms, timeframe)
        return opens_ms[: len(opens_ms) - whole]

    def _known(self, symbols: Iterable[str]) -> tuple[str, ...]:
        return tuple(symbol for symbol in symbols if symbol in self._columns)

    def _units_of(self, symbols: Sequence[str]) -> RollUpUnits:
        return self._units.select(np.array([self._columns[symbol] for symbol in symbols], np.intp))


def _opens(timeframe: Timeframe, part_opens_ms: "NDArray[np.int64]") -> "NDArray[np.int64]":
    return np.unique(part_opens_ms - part_opens_ms % timeframe.ms)

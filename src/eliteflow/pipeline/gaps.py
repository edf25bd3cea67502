"""Which closed bars may have been lost, and when to look for them (DESIGN 14). Pure: events and venue times in.

A bar is in doubt when its last push may have been missed. The ledger knows nothing of memory: whoever asks it looks
there, fetches what is missing, and says what was found and what is whole again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.bar_close import WATCH_MS

CHECK_AFTER_MS = 3_000
"""How long after its close a bar in doubt is looked for: its last push comes after two seconds."""

MISSING = "missing"
"""The reason of bars that did not come although nothing was lost that is known of."""

_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 5_000, 60_000


class Doubt(NamedTuple):
    """Closed bars that may be missing: those that open from `first_ms` to `last_ms`, of each of the symbols.

    reason: as in `Reconnecting`, or `missing`.
    """

    timeframe: Timeframe
    first_ms: int
    last_ms: int
    reason: str
    symbols: tuple[str, ...]

    @property
    def bars(self) -> int:
        """How many bars of each symbol are in doubt."""
        return (self.last_ms - self.first_ms) // self.timeframe.ms + 1


@dataclass(slots=True)
class _Series:
    """What is in doubt of one series.

    is_gap: whether bars were looked for and found missing. is_news: whether that was worth a word.
    """

    first_ms: int
    last_ms: int
    reason: str
    due_ms: int
    pause_ms: int = _FIRST_PAUSE_MS
    is_gap: bool = False
    is_news: bool = False


@dataclass(slots=True)
class _Down:
    """A symbol whose stream brings nothing. ahead_ms: the first bar of each timeframe that is not in doubt yet.

    is_told: whether a gap was found meanwhile: the next ones are no news.
    """

    since_ms: int
    reason: str
    ahead_ms: dict[Timeframe, int]
    is_told: bool = False


class GapLedger:
    """Remembers every stretch of time in which streams were down, until its closed bars are known to be whole.

    timeframes: those that are streamed. repaired_total: how many gaps have been filled, one for each series.
    """

    def __init__(self, timeframes: Iterable[Timeframe]) -> None:
        self.repaired_total = 0
        self._timeframes = tuple(timeframes)
        self._series: dict[tuple[Timeframe, str], _Series] = {}
        self._down: dict[str, _Down] = {}

    def __repr__(self) -> str:
        return f"<GapLedger {len(self._down)} down, {len(self._series)} in doubt, {self.open} gaps>"

    @property
    def down(self) -> dict[str, int]:
        """The symbols whose streams are down at present, and since when."""
        return {symbol: down.since_ms for symbol, down in self._down.items()}

    @property
    def open(self) -> int:
        """How many series are known to lack bars."""
        return sum(series.is_gap for series in self._series.values())

    def lost(self, symbols: Iterable[str], since_ms: int, reason: str) -> None:
        """Note that pushes of these symbols may be missing from `since_ms` on, until they are live again."""
        # The last push of a bar that closed just before may have been on its way.
        ahead_ms = {tf: tf.newest_closed_ms(since_ms - WATCH_MS - 1) + tf.ms for tf in self._timeframes}
        for symbol in symbols:
            down = self._down.setdefault(symbol, _Down(since_ms, reason, dict(ahead_ms)))
            if since_ms < down.since_ms:
                down.since_ms, down.ahead_ms = since_ms, dict(ahead_ms)

    def live(self, symbols: Iterable[str], at_ms: int) -> None:
        """Note that from `at_ms` on every push of these symbols arrives."""
        for symbol in symbols:
            if (down := self._down.pop(symbol, None)) is not None:
                self._follow(symbol, down, max(at_ms, down.since_ms))

    def suspect(self, symbol: str, timeframe: Timeframe, first_ms: int, last_ms: int, reason: str = MISSING) -> None:
        """Put closed bars in doubt, those that open from `first_ms` to `last_ms`; they are due at once."""
        series = self._series.get((timeframe, symbol))
        due_ms = first_ms + timeframe.ms + CHECK_AFTER_MS
        if series is None:
            self._series[timeframe, symbol] = _Series(first_ms, last_ms, reason, due_ms)
        else:
            series.first_ms, series.last_ms = min(first_ms, series.first_ms), max(last_ms, series.last_ms)
            series.due_ms = min(due_ms, series.due_ms)

    def forget(self, symbols: Iterable[str]) -> None:
        """Forget symbols that do not trade any more."""
        gone = {*symbols}
        for symbol in gone:
            self._down.pop(symbol, None)
        for at in [at for at in self._series if at[1] in gone]:
            del self._series[at]

    def next_ms(self) -> int | None:
        """Return the venue time at which something is due, None while nothing is in doubt."""
        moments = [series.due_ms for series in self._series.values()]
        for down in self._down.values():
            moments += [first_ms + timeframe.ms + WATCH_MS for timeframe, first_ms in down.ahead_ms.items()]
        return min(moments, default=None)

    def due(self, now_ms: int) -> list[Doubt]:
        """Return what to look for now; the same again after a pause, unless it is `repaired`.

        The bars of streams that are down come into doubt one by one, once the watch of their close is over.
        """
        for symbol, down in self._down.items():
            self._follow(symbol, down, now_ms - WATCH_MS)
        found: dict[tuple[Timeframe, int, int, str], list[str]] = {}
        for (timeframe, symbol), series in self._series.items():
            last_ms = min(series.last_ms, timeframe.newest_closed_ms(now_ms - CHECK_AFTER_MS))
            if series.due_ms <= now_ms and series.first_ms <= last_ms:
                series.due_ms = now_ms + series.pause_ms
                series.pause_ms = min(2 * series.pause_ms, _LONGEST_PAUSE_MS)
                found.setdefault((timeframe, series.first_ms, last_ms, series.reason), []).append(symbol)
        return [Doubt(*stretch, tuple(symbols)) for stretch, symbols in found.items()]

    def found(self, doubt: Doubt, symbols: Sequence[str]) -> int:
        """Note which symbols of a doubt lack bars in memory; return of how many that is news.

        It is none if they were known to, or if their streams have been down since an earlier gap.
        """
        news = 0
        for symbol in symbols:
            series, down = self._series.get((doubt.timeframe, symbol)), self._down.get(symbol)
            if series is None or series.is_gap:
                continue
            series.is_gap, series.is_news = True, down is None or not down.is_told
            news += series.is_news
        for symbol in symbols:
            if (down := self._down.get(symbol)) is not None:
                down.is_told = True
        return news

    def repaired(self, doubt: Doubt, symbols: Sequence[str]) -> int:
        """Note which symbols of a doubt lack no bar of it in memory; return of how many that is news, as in `found`.

        What came into doubt since `due` named it stays so.
        """
        news = 0
        for symbol in symbols:
            series = self._series.get((doubt.timeframe, symbol))
            if series is None or not doubt.first_ms <= series.first_ms <= doubt.last_ms:
                continue
            news += series.is_news
            self.repaired_total += series.is_gap
            if series.last_ms <= doubt.last_ms:
                del self._series[doubt.timeframe, symbol]
            else:
                first_ms = doubt.last_ms + doubt.timeframe.ms
                due_ms = first_ms + doubt.timeframe.ms + CHECK_AFTER_MS
                self._series[doubt.timeframe, symbol] = _Series(first_ms, series.last_ms, series.reason, due_ms)
        return news

    def _follow(self, symbol: str, down: _Down, at_ms: int) -> None:
        """Put the bars of a stream that is down in doubt, up to the newest that has closed at `at_ms`."""
        for timeframe, first_ms in down.ahead_ms.items():
            last_ms = timeframe.newest_closed_ms(at_ms)
            if first_ms <= last_ms:
                self.suspect(symbol, timeframe, first_ms, last_ms, down.reason)
                down.ahead_ms[timeframe] = last_ms + timeframe.ms

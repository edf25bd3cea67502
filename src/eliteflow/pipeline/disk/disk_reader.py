"""A file of candles read while others may write to it."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from eliteflow.errors import StoreUnusable
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk.disk_bars import NO_BARS, Bars, merged
from eliteflow.pipeline.disk.disk_journal import Additions, JournalRow, bars_after, by_symbol
from eliteflow.pipeline.disk.disk_rows import journal_rows, series_rows
from eliteflow.pipeline.disk.disk_schema import MIGRATIONS, version_of


class DiskReader:
    """The file at `path` as it was when it was opened; close it, or use it with `with`.

    venue: whose candles these are. damaged: how many series and rows of the journal were found damaged, and left out.
    Everything here raises sqlite3.Error for a file that is not there, is no file of ours, or is damaged; the
    constructor raises StoreUnusable for one of another version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self._connection = _connect(path)
        try:
            self._connection.execute("BEGIN")  # all reads see one moment, whatever is folded meanwhile
            if version_of(self._connection) != len(MIGRATIONS):
                raise StoreUnusable(str(path), text("store.other_version"))
            (self.venue,) = self._connection.execute("SELECT name FROM venue").fetchone()
        except BaseException:  # nobody else will close an object that was never made
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def timeframes(self) -> list[Timeframe]:
        """Return the bar lengths of which there is anything, the longest first."""
        names = self._connection.execute("SELECT timeframe FROM series UNION SELECT timeframe FROM journal")
        return sorted((Timeframe(name) for (name,) in names), key=lambda timeframe: -timeframe.ms)

    def series(self, timeframes: Sequence[Timeframe], capacity_bars: int | None = None) -> Iterator[StoredSeries]:
        """Return each series with at least one bar, at most `capacity_bars` intervals back from its newest."""
        additions = {timeframe: by_symbol(self._journal(timeframe)) for timeframe in timeframes}
        for row in series_rows(self._connection, timeframes):
            self.damaged += row.bars is None
            added = bars_after(additions[row.timeframe], row.symbol, row.journal_number)
            additions[row.timeframe].pop(row.symbol, None)
            bars = merged(row.bars or NO_BARS, added, _span_ms(row.timeframe, capacity_bars))
            if len(bars.open_time_ms):
                yield _stored(row.symbol, row.timeframe, bars, row.first_ms, row.revision)
        for timeframe, left in additions.items():
            yield from _from_journal_alone(timeframe, left, _span_ms(timeframe, capacity_bars))

    def journal_rows(self) -> int:
        """Return how many rows of the journal wait to be folded."""
        return self._connection.execute("SELECT count(*) FROM journal").fetchone()[0]

    def structure_fault(self) -> str | None:
        """Return what is wrong with the file itself, None when it is sound; reads all of it."""
        (verdict,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        return None if verdict == "ok" else str(verdict)

    def _journal(self, timeframe: Timeframe) -> Iterator[JournalRow]:
        for row in journal_rows(self._connection, timeframe):
            if isinstance(row, JournalRow):
                yield row
            else:
                self.damaged += 1


def _connect(path: Path) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        # In a folder that may not be written to SQLite cannot set up what readers and writers share. Where nobody has
        # left anything unfinished, nobody writes, and it need not.
        with contextlib.suppress(OSError):
            is_left = path.with_name(f"{path.name}-wal").exists()
            if isinstance(error, sqlite3.OperationalError) and not os.access(path.parent, os.W_OK) and not is_left:
                return sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
        raise
    return connection


def _from_journal_alone(
    timeframe: Timeframe, additions: dict[str, Additions], span_ms: int | None
) -> Iterator[StoredSeries]:
    for symbol, found in additions.items():
        yield _stored(symbol, timeframe, merged(NO_BARS, found.bars, span_ms), 0, 0)


def _span_ms(timeframe: Timeframe, capacity_bars: int | None) -> int | None:
    return None if capacity_bars is None else capacity_bars * timeframe.ms


def _stored(symbol: str, timeframe: Timeframe, bars: Bars, first_ms: int, revision: int) -> StoredSeries:
    return StoredSeries(symbol, timeframe, bars.open_time_ms, bars.values, bars.version, first_ms, revision)

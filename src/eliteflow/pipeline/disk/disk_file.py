"""The one writer of the disk cache. Blocks, so it is called in a thread."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from eliteflow.errors import StoreUnusable
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk.disk_bars import NO_BARS, Bars
from eliteflow.pipeline.disk.disk_fold import Fold
from eliteflow.pipeline.disk.disk_journal import Batch
from eliteflow.pipeline.disk.disk_place import held, is_damage, set_aside
from eliteflow.pipeline.disk.disk_rows import SeriesRow, last_journal_number, put_batch, put_series
from eliteflow.pipeline.disk.disk_schema import check, claim, migrate, prepare, transaction

FOLD_BARS = 64
"""Bars of each series in the journal that are reason to fold it: of 5m more than five hours."""
FOLD_ROWS = 1024
"""Rows of the journal that are, however little stands in them."""


class Forgotten(NamedTuple):
    """A symbol of which nothing is to be kept."""

    symbol: str


Change = StoredSeries | Batch | Forgotten


class Contents(NamedTuple):
    """How much of one timeframe there is: series, rows of the journal, and bars in them."""

    series: int
    journal_rows: int
    journal_bars: int

    @property
    def is_fold_due(self) -> bool:
        """Whether the journal has grown so long that reading it takes time."""
        return self.journal_rows >= FOLD_ROWS or self.journal_bars >= FOLD_BARS * max(self.series, 1)


class DiskFile:
    """The file of one venue's candles, held by this process alone and made if it is not there.

    capacity_bars: how many intervals back from its newest bar a series reaches.
    set_aside: where a damaged file was moved to, so that this one begins anew; None where there was none.
    Everything here raises sqlite3.Error. The constructor also raises filelock.Timeout when another process holds the
    file, OSError where the folder cannot be used, and StoreUnusable for a file of another venue or a later version.
    """

    def __init__(self, path: Path, venue: str, capacity_bars: int) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self._venue = venue
        self._capacity_bars = capacity_bars
        self._lock = held(path)
        try:
            self._connection = self._open()
        except BaseException:  # nobody else will release the lock of an object that was never made
            self._lock.release()
            raise

    def close(self) -> None:
        """Let the file go; SQLite moves what stands in its write-ahead log into the file."""
        self._connection.close()
        self._lock.release()

    def begin_anew(self) -> None:
        """Set the file aside, which turned out to be damaged, and make an empty one."""
        self._connection.close()
        self.set_aside = set_aside(self.path)
        self._connection = self._connect()

    def write(self, changes: Sequence[Change]) -> None:
        """Write changes in their order, all or none."""
        with transaction(self._connection):
            for change in changes:
                if isinstance(change, StoredSeries):
                    self._put_series(change)
                elif isinstance(change, Batch):
                    put_batch(self._connection, change)
                else:
                    self._forget(change.symbol)

    def contents(self) -> dict[Timeframe, Contents]:
        """Return how much there is of each timeframe."""
        count = self._connection.execute
        series = dict(count("SELECT timeframe, count(*) FROM series GROUP BY timeframe").fetchall())
        sizes = count("SELECT timeframe, count(*), sum(bars) FROM journal GROUP BY timeframe").fetchall()
        journal = {name: (rows, bars) for name, rows, bars in sizes}
        return {
            timeframe: Contents(series.get(timeframe, 0), *journal.get(timeframe, (0, 0)))
            for timeframe in Timeframe
            if timeframe in series or timeframe in journal
        }

    def start_fold(self, timeframe: Timeframe) -> Fold:
        """Return what brings the present journal of a timeframe into its series."""
        return Fold(self._connection, timeframe, self._capacity_bars)

    def compact(self) -> None:
        """Give the space that nothing needs back to the system."""
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        self.set_aside = set_aside(self.path)
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        # The thread is one and the same, except in virtual time, which has none.
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            prepare(connection)
            if not migrate(connection):
                raise StoreUnusable(str(self.path), text("store.other_version"))
            check(connection)
            if (venue := claim(connection, self._venue)) != self._venue:
                raise StoreUnusable(str(self.path), text("store.other_venue", found=venue))
        except BaseException:  # nobody else knows the connection
            connection.close()
            raise
        return connection

    def _put_series(self, stored: StoredSeries) -> None:
        # What the journal says of it so far is older than what memory holds.
        number = last_journal_number(self._connection, stored.timeframe)
        bars = Bars(stored.open_time_ms, stored.version, stored.values)
        row = SeriesRow(stored.symbol, stored.timeframe, stored.first_ms, stored.revision, number, bars)
        put_series(self._connection, row)

    def _forget(self, symbol: str) -> None:
        self._connection.execute("DELETE FROM series WHERE symbol = ?", (symbol,))
        # The journal may still speak of the symbol: an empty series makes that void until the journal is folded.
        for timeframe, contents in self.contents().items():
            if contents.journal_rows:
                number = last_journal_number(self._connection, timeframe)
                put_series(self._connection, SeriesRow(symbol, timeframe, 0, 0, number, NO_BARS))

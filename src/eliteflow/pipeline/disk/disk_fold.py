"""The journal of one timeframe folded into its series, a few series at a time."""

import sqlite3

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk.disk_bars import NO_BARS, merged
from eliteflow.pipeline.disk.disk_journal import JournalRow, bars_after, by_symbol
from eliteflow.pipeline.disk.disk_rows import SeriesRow, journal_rows, last_journal_number, one_series, put_series
from eliteflow.pipeline.disk.disk_schema import transaction

SERIES_AT_ONCE = 64
"""About 20 ms of work: so long a batch that has just closed waits for its turn."""


class Fold:
    """The journal's rows of one timeframe, as many as there are now. Stopped anywhere, it has changed nothing that a
    reader sees: each series knows up to which row it contains the journal.

    rows: how many rows of the journal are folded.
    Everything here raises sqlite3.Error.
    """

    def __init__(self, connection: sqlite3.Connection, timeframe: Timeframe, capacity_bars: int) -> None:
        self.timeframe = timeframe
        self._connection = connection
        self._span_ms = capacity_bars * timeframe.ms
        self._last_number = last_journal_number(connection, timeframe)
        rows = list(journal_rows(connection, timeframe))
        self.rows = len(rows)
        self._additions = by_symbol(row for row in rows if isinstance(row, JournalRow))
        self._left = sorted(self._additions)

    def step(self) -> bool:
        """Fold some series; return whether there is more to do."""
        chosen, self._left = self._left[:SERIES_AT_ONCE], self._left[SERIES_AT_ONCE:]
        with transaction(self._connection):
            for symbol in chosen:
                self._fold(symbol)
            if not self._left:
                self._tidy()
        return bool(self._left)

    def _fold(self, symbol: str) -> None:
        held = one_series(self._connection, self.timeframe, symbol)
        if held is None:
            held = SeriesRow(symbol, self.timeframe, 0, 0, 0, NO_BARS)
        added = bars_after(self._additions, symbol, held.journal_number)
        if len(added.open_time_ms):
            bars = merged(held.bars or NO_BARS, added, self._span_ms)
            put_series(self._connection, held._replace(bars=bars, journal_number=self._last_number))

    def _tidy(self) -> None:
        """Drop the rows that were folded, and series of which no bar is among those that are kept of the others."""
        self._connection.execute(
            "DELETE FROM journal WHERE timeframe = ? AND number <= ?", (self.timeframe, self._last_number)
        )
        self._connection.execute(
            "DELETE FROM series WHERE timeframe = :timeframe"
            " AND newest_ms <= (SELECT max(newest_ms) FROM series WHERE timeframe = :timeframe) - :span_ms"
            " AND journal_number <= :number",
            {"timeframe": self.timeframe, "span_ms": self._span_ms, "number": self._last_number},
        )

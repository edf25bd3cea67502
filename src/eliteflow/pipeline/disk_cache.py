"""L2: the closed candles on disk, so that a restart fetches only what is new."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from eliteflow.clock import Clock
from eliteflow.errors import StoreUnusable
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk.disk_bars import Bars
from eliteflow.pipeline.disk.disk_file import Forgotten
from eliteflow.pipeline.disk.disk_journal import Batch
from eliteflow.pipeline.disk.disk_place import size_of
from eliteflow.pipeline.disk.disk_reader import DiskReader
from eliteflow.pipeline.disk.disk_writer import DiskWriter
from eliteflow.telemetry.log import EventLog

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DiskSnapshot:
    """The disk cache at one moment.

    bytes: size of the file, with what SQLite has not moved into it yet. series, journal_rows: how many are in it.
    waiting, written: changes still to be written, and written so far. last_error: why nothing is written, None while
    all is well.
    """

    path: Path
    bytes: int
    series: int
    journal_rows: int
    waiting: int
    written: int
    last_error: str | None


class DiskCache:
    """The closed candles of one venue in the file `path`, written by a thread of its own.

    venue: whose candles they are, as every report calls it; another venue's file is left alone. A function is asked
        when the file is opened: a client learns from its first answer that it speaks to an emulator.
    capacity_bars: how many intervals back from its newest bar a series is kept.
    clock: measures how long loading takes; by default the machine's.
    What goes wrong on the disk is said once in the log and ends the writing; nothing is raised.
    """

    def __init__(
        self, path: Path, *, venue: str | Callable[[], str], capacity_bars: int, clock: Clock | None = None
    ) -> None:
        self._path = path
        self._venue = venue
        self._capacity_bars = capacity_bars
        self._clock = clock or Clock()
        self._writer = DiskWriter(path, capacity_bars)
        self._log = EventLog("DiskCache")

    def __repr__(self) -> str:
        return f"<DiskCache {self._path}, {self._writer.last_error or 'on'}>"

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Open the file, or make it; where another process writes to it, or nobody may, it is only read."""
        if callable(self._venue):
            self._venue = self._venue()
        await self._writer.open(self._venue)

    async def aclose(self) -> None:
        """Write what waits, and let the file go."""
        await self._writer.aclose()

    async def run(self) -> None:
        """Write and tidy up in the background until cancelled."""
        await self._writer.run()

    async def flush(self) -> None:
        """Write everything that waits now."""
        await self._writer.flush()

    async def fold(self, *, only_due: bool = False) -> None:
        """Bring the journal into the series: all of it, or only where it is long."""
        await self._writer.fold(only_due=only_due)

    async def compact(self) -> None:
        """Make the file as small as it can be."""
        await self._writer.compact()

    def load(self, timeframes: Sequence[Timeframe]) -> Iterator[StoredSeries]:
        """Return every series on disk; its arrays cannot be written to. May be used in another thread."""
        if not self._writer.may_read:
            return
        started_s, series = self._clock.steady_s(), 0
        try:
            with DiskReader(self._path) as reader:
                if reader.venue != self._venue:
                    return
                for stored in reader.series(timeframes, self._capacity_bars):
                    series += 1
                    yield stored
        except (sqlite3.Error, StoreUnusable) as fault:
            self._writer.report(fault)
            return
        if reader.damaged:
            self._log.write("store.dropped", path=self._path, damaged=reader.damaged)
        load_s = round(self._clock.steady_s() - started_s, 3)
        self._log.write("store.loaded", path=self._path, series=series, load_s=load_s)

    def keep_series(self, stored: StoredSeries) -> None:
        """Let a series be written in the place of all that is there of it."""
        self._writer.put(stored)

    def keep_part(self, stored: StoredSeries) -> None:
        """Let some bars of a series be written beside those that are there."""
        if count := len(stored.open_time_ms):
            bars = Bars(stored.open_time_ms, stored.version, stored.values)
            self._writer.put(Batch(stored.timeframe, (stored.symbol,) * count, bars))

    def keep_bars(
        self,
        timeframe: Timeframe,
        open_time_ms: int,
        symbols: Sequence[str],
        values: "NDArray[np.float64]",
        versions: "NDArray[np.int64]",
    ) -> None:
        """Let bars of many symbols be written that opened at one time; shapes (fields, symbols) and (symbols,).

        The arrays are not copied: nobody may change them any more.
        """
        if len(symbols):
            times = np.full(len(symbols), open_time_ms, np.int64)
            self._writer.put(Batch(timeframe, tuple(symbols), Bars(times, versions, values)))

    def forget(self, symbol: str) -> None:
        """Let everything about a symbol be deleted."""
        self._writer.put(Forgotten(symbol))

    def snapshot(self) -> DiskSnapshot:
        """Return how the cache is at this moment."""
        contents = self._writer.contents.values()
        return DiskSnapshot(
            path=self._path,
            bytes=size_of(self._path),
            series=sum(timeframe.series for timeframe in contents),
            journal_rows=sum(timeframe.journal_rows for timeframe in contents),
            waiting=self._writer.waiting,
            written=self._writer.written,
            last_error=self._writer.last_error,
        )

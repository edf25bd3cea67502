"""The writing half of the disk cache: a queue, a thread, and what becomes of errors."""

import asyncio
import errno
import sqlite3
from functools import partial
from pathlib import Path

from eliteflow.errors import StoreUnusable
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk.disk_file import Change, Contents, DiskFile
from eliteflow.pipeline.disk.disk_place import is_damage, reason_of
from eliteflow.pipeline.disk.disk_queue import DiskQueue
from eliteflow.pipeline.disk.disk_thread import DiskThread
from eliteflow.telemetry.log import EventLog

LINGER_S = 1.0
"""How long a change waits for others: a burst of fetched series has the processor, and may bring newer ones."""
PAUSE_S = 0.02
"""Between the steps of a fold, for whoever wants the processor."""


class DiskWriter:
    """Writes changes to the file `path`. An error is said once in the log and ends the writing; nothing is raised.

    contents: what is in the file. written: changes written so far. last_error: why nothing is written, None while it
    is. may_read: whether the file is one that a reader can use.
    """

    def __init__(self, path: Path, capacity_bars: int) -> None:
        self.contents: dict[Timeframe, Contents] = {}
        self.written = 0
        self.last_error: str | None = None
        self.may_read = False
        self._path = path
        self._capacity_bars = capacity_bars
        self._file: DiskFile | None = None
        self._fault: sqlite3.Error | StoreUnusable | None = None
        self._queue = DiskQueue()
        self._thread = DiskThread()
        self._log = EventLog("DiskCache")

    @property
    def waiting(self) -> int:
        """How many changes wait."""
        return len(self._queue)

    def put(self, change: Change) -> None:
        """Let a change be written soon."""
        self._queue.put(change)

    def report(self, fault: sqlite3.Error | StoreUnusable) -> None:
        """Take note of what a reader found; it is dealt with before the next write. From any thread."""
        self._fault = fault

    async def open(self, venue: str) -> None:
        """Open the venue's file or make it, and say so where it cannot be written to."""
        try:
            self._file = await self._thread.do(partial(DiskFile, self._path, venue, self._capacity_bars))
            self.contents = await self._thread.do(self._file.contents)
        except (OSError, sqlite3.Error, StoreUnusable) as error:
            await self._turn_off(error)
            return
        self.may_read = True
        if self._file.set_aside is not None:
            self._log.write("store.damaged", path=self._path, kept=self._file.set_aside)

    async def run(self) -> None:
        """Write what waits, and fold the journal when it is long, until cancelled."""
        while True:
            await self._queue.filled.wait()
            await asyncio.sleep(LINGER_S)
            await self.flush()
            await self.fold(only_due=True)

    async def flush(self) -> None:
        """Write everything that waits."""
        if self._fault is not None:
            fault, self._fault = self._fault, None
            await self._recover(fault)
        if self._queue.is_overfull and self._file is not None:
            await self._recover(OSError(errno.ETIMEDOUT, text("store.too_slow")))
        try:
            await self._write()
        except sqlite3.Error as error:
            await self._recover(error)

    async def fold(self, *, only_due: bool = False) -> None:
        """Bring the journal into the series: all of it, or where it is long."""
        try:
            for timeframe, contents in self.contents.items():
                if contents.journal_rows and (contents.is_fold_due or not only_due):
                    await self._fold(timeframe)
        except sqlite3.Error as error:
            await self._recover(error)

    async def compact(self) -> None:
        """Fold the journal, and give back the space that nothing needs."""
        await self.flush()
        await self.fold()
        try:
            if self._file is not None:
                await self._thread.do(self._file.compact)
        except sqlite3.Error as error:
            await self._recover(error)

    async def aclose(self) -> None:
        """Write everything that waits, and let the file go."""
        await self.flush()
        await self._close()
        await self._thread.aclose()

    async def _write(self) -> None:
        while self._file is not None and (changes := self._queue.take()):
            await self._thread.do(partial(self._file.write, changes))
            self.written += len(changes)
            self.contents = await self._thread.do(self._file.contents)

    async def _fold(self, timeframe: Timeframe) -> None:
        if self._file is None:
            return
        fold = await self._thread.do(partial(self._file.start_fold, timeframe))
        while await self._thread.do(fold.step):
            await self._write()
            await asyncio.sleep(PAUSE_S)
        self.contents = await self._thread.do(self._file.contents)
        self._log.write("store.folded", timeframe=timeframe, rows=fold.rows)

    async def _recover(self, error: Exception) -> None:
        """Begin anew where the file is damaged; otherwise, and where that fails, give up."""
        if self._file is not None and is_damage(error):
            try:
                await self._thread.do(self._file.begin_anew)
            except (OSError, sqlite3.Error) as further:
                error = further
            else:
                self._log.write("store.damaged", path=self._path, kept=self._file.set_aside)
                return
        await self._turn_off(error)

    async def _turn_off(self, error: Exception) -> None:
        """Write nothing any more. A file that only cannot be written to is read all the same."""
        was_open = self._file is not None
        await self._close()
        self.last_error = reason_of(error)
        self.may_read = self._path.exists() and not isinstance(error, StoreUnusable) and not is_damage(error)
        event = "store.read_only" if self.may_read and not was_open else "store.off"
        self._log.write(event, path=self._path, reason=self.last_error)

    async def _close(self) -> None:
        self._queue.close()
        if self._file is not None:
            file, self._file = self._file, None
            await self._thread.do(file.close)

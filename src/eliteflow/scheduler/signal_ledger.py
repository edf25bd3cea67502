"""Keeps every signal on disk, once for its bar, and what became of it."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.errors import LedgerUnusable
from eliteflow.model.signal import Signal
from eliteflow.model.venue import file_stem
from eliteflow.pipeline.disk.disk_place import data_folder, reason_of
from eliteflow.pipeline.disk.disk_thread import DiskThread
from eliteflow.scheduler.ledger_file import SUFFIX, LedgerFile
from eliteflow.scheduler.seen_signals import SignalLine
from eliteflow.scheduler.signal_follower import SignalFollower
from eliteflow.telemetry.log import EventLog

T = TypeVar("T")


def ledger_path(host: str, folder: str | None) -> Path:
    """Return the file of a venue's signals: in `folder`, else in the user's folder for data."""
    return data_folder(folder) / f"{file_stem(host)}{SUFFIX}"


class SignalLedger:
    """Owns one ledger file, opened by `open`. Where it cannot be used the ledger is off, which is said once.

    A signal is on disk before anybody is told of it, so no restart tells it twice. Every write is one transaction, and
    one that has begun is finished, even if the program is interrupted.

    path: None for one that is off. follower: brings open signals up to date. host: whose signals they are.
    """

    def __init__(self, path: Path | None, follower: SignalFollower, *, host: str) -> None:
        self._path = path
        self._follower = follower
        self._host = host
        self._file: LedgerFile | None = None
        self.was_opened = False
        self._open: dict[tuple[SignalLine, int], FollowedSignal] = {}
        self._newest: Mapping[SignalLine, int] = {}
        self._thread = DiskThread()
        self._log = EventLog("SignalLedger")

    def __repr__(self) -> str:
        state = f"{len(self._open)} open signals" if self.is_on else "off"
        return f"<SignalLedger {self._path}, {state}>"

    @property
    def is_on(self) -> bool:
        """Whether signals are kept."""
        return self._file is not None

    @property
    def open_signals(self) -> Sequence[FollowedSignal]:
        """The signals that have not ended, those of earlier runs too, the oldest first."""
        return tuple(self._open.values())

    @property
    def newest_bars(self) -> Mapping[SignalLine, int]:
        """The newest bar at which each strategy had given a signal for each symbol when the file was opened."""
        return self._newest

    async def open(self, venue: str) -> None:
        """Open the file and read what earlier runs left; what cannot be opened is not tried again.

        venue: its name in reports.
        """
        self.was_opened = True
        if self._path is None:
            return
        self._file = await self._attempt(partial(LedgerFile, self._path, venue=venue, host=self._host))
        if self._file is not None:
            left = await self._attempt(partial(_read, self._file))
            if left is not None:
                self._newest, found = left
                self._open = {_key(one.signal): one for one in found}

    async def keep(
        self, new: Sequence[Signal], as_of_ms: int, failed: Collection[str] = ()
    ) -> tuple[FollowedSignal, ...]:
        """Record new signals, follow those that are open, and return those that have ended by `as_of_ms`.

        failed: symbols that the venue has not answered for in this cycle.
        """
        if self._file is None:
            return ()
        changed = await self._follower.follow(self.open_signals, as_of_ms, failed)
        begun = [FollowedSignal.new(signal) for signal in new]
        ended = tuple(one for one in changed if one.course.ending is not None)
        self._open |= {_key(one.signal): one for one in (*begun, *changed)}
        for one in ended:
            del self._open[_key(one.signal)]
        if begun or changed:
            await self._attempt(partial(self._file.write, begun, changed))
        return ended

    async def aclose(self) -> None:
        """Finish what is being written, and close the file."""
        await self._let_go()
        await self._thread.aclose()

    async def _attempt(self, work: Callable[[], T]) -> T | None:
        """Return what `work` on the file returns; where that fails, switch the ledger off and say why."""
        try:
            return await self._thread.do(work)
        except (OSError, sqlite3.Error, LedgerUnusable, ValueError) as error:
            self._log.write("ledger.off", path=str(self._path), reason=reason_of(error))
            self._open.clear()
            await self._let_go()
            return None

    async def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            await self._thread.do(file.close)


def _read(file: LedgerFile) -> tuple[Mapping[SignalLine, int], list[FollowedSignal]]:
    return file.newest_bars(), file.open_signals()


def _key(signal: Signal) -> tuple[SignalLine, int]:
    return SignalLine.of(signal), signal.bar_ms

"""Keeps every signal on disk, once for its bar, and what became of it."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from filelock import Timeout
from platformdirs import user_data_path

from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.errors import LedgerUnusable
from eliteflow.model.signal import Signal
from eliteflow.model.venue import file_stem
from eliteflow.pipeline.disk_place import reason_of
from eliteflow.scheduler.ledger_file import SUFFIX, LedgerFile
from eliteflow.scheduler.seen_signals import SignalLine
from eliteflow.scheduler.signal_follower import SignalFollower
from eliteflow.telemetry.log import EventLog

P = ParamSpec("P")
T = TypeVar("T")


def ledger_folder(folder: str | None) -> Path:
    """Return where ledgers lie: `store.path`, else the user's folder for data."""
    return Path(folder) if folder else user_data_path("eliteflow", appauthor=False)


def ledger_path(host: str, folder: str | None) -> Path:
    """Return the file of a venue's signals."""
    return ledger_folder(folder) / f"{file_stem(host)}{SUFFIX}"


class SignalLedger:
    """Owns one ledger file, opened by `open`. Where it cannot be used the ledger is off, which is said once.

    A signal is on disk before anybody is told of it, so no restart tells it twice. Every write is one transaction, made
    in a worker thread, and calls follow each other.

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
        self._file = await self._attempt(LedgerFile, self._path, venue=venue, host=self._host)
        if self._file is not None:
            left = await self._attempt(_read, self._file)
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
            await self._attempt(self._file.write, begun, changed)
        return ended

    async def aclose(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            await _in_thread(file.close)

    async def _attempt(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Make a call in a thread; where the file fails, switch the ledger off and say why."""
        try:
            return await _in_thread(call, *args, **kwargs)
        except (OSError, sqlite3.Error, Timeout, LedgerUnusable, ValueError) as error:
            self._log.write("ledger.off", path=str(self._path), reason=_reason(error))
            self._open.clear()
            await self.aclose()
            return None


def _read(file: LedgerFile) -> tuple[Mapping[SignalLine, int], list[FollowedSignal]]:
    return file.newest_bars(), file.open_signals()


def _key(signal: Signal) -> tuple[SignalLine, int]:
    return SignalLine.of(signal), signal.bar_ms


async def _in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, lambda: call(*args, **kwargs))


def _reason(error: Exception) -> str:
    return error.reason if isinstance(error, LedgerUnusable) else reason_of(error)

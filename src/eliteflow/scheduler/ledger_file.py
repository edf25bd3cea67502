"""The file of a signal ledger. Blocks, so it is called in a thread; one call at a time."""

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from eliteflow.analysis.signal_outcome import Course, FollowedSignal
from eliteflow.errors import LedgerUnusable
from eliteflow.messages import text
from eliteflow.model.signal import Signal
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk.disk_place import held
from eliteflow.pipeline.disk.disk_schema import transaction, version_of
from eliteflow.scheduler.seen_signals import SignalLine

VERSION = 1
SUFFIX = ".signals.sqlite"
NOT_A_NUMBER = float("nan")

_TABLES = """
CREATE TABLE ledger (venue TEXT NOT NULL, host TEXT NOT NULL);
CREATE TABLE signals (
    strategy TEXT NOT NULL, symbol TEXT NOT NULL, timeframe TEXT NOT NULL, bar_ms INTEGER NOT NULL,
    side TEXT NOT NULL, entry REAL NOT NULL, stop REAL NOT NULL, target REAL NOT NULL, strength REAL NOT NULL,
    reasons TEXT NOT NULL, indicator_values TEXT NOT NULL,
    followed_ms INTEGER NOT NULL, bars INTEGER NOT NULL, filled REAL, ending TEXT, ended_ms INTEGER, out REAL,
    is_ambiguous INTEGER NOT NULL,
    PRIMARY KEY (strategy, symbol, timeframe, bar_ms)
) WITHOUT ROWID;
CREATE INDEX open_signals ON signals (timeframe) WHERE ending IS NULL;
"""
_COLUMNS = (
    *("strategy", "symbol", "timeframe", "bar_ms", "side", "entry", "stop", "target", "strength"),
    *("reasons", "indicator_values", *Course._fields),
)
_KEY = ("strategy", "symbol", "timeframe", "bar_ms")
# Put together from the names above, never from what somebody sent.
_INSERT = f"INSERT OR IGNORE INTO signals ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_CHANGES = ", ".join(f"{name} = ?" for name in Course._fields)
_UPDATE = f"UPDATE signals SET {_CHANGES} WHERE {' AND '.join(f'{name} = ?' for name in _KEY)}"  # noqa: S608
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM signals "  # noqa: S608


class LedgerFile:
    """The signals of one venue, written by this process alone; the file is made if it is not there.

    venue: its name in reports. host: whose signals they are.
    The constructor raises filelock.Timeout when another process writes to the file, OSError where the folder cannot be
    used, LedgerUnusable for a file of another host or version, and sqlite3.Error, as everything here does.
    """

    def __init__(self, path: Path, *, venue: str, host: str) -> None:
        self._lock = held(path)
        try:
            self._connection = _opened(path, venue, host)
        except BaseException:  # nobody else will release the lock of an object that was never made
            self._lock.release()
            raise

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()
        self._lock.release()

    def write(self, new: Iterable[FollowedSignal], changed: Iterable[FollowedSignal]) -> None:
        """Record new signals, those whose bar has one already left out, and how others have gone; all or nothing."""
        with transaction(self._connection):
            self._connection.executemany(_INSERT, map(_row, new))
            self._connection.executemany(_UPDATE, ((*one.course, *_key(one.signal)) for one in changed))

    def open_signals(self) -> list[FollowedSignal]:
        """Return the signals that have not ended, the oldest first."""
        return _read(self._connection, _SELECT + "WHERE ending IS NULL ORDER BY bar_ms")

    def newest_bars(self) -> dict[SignalLine, int]:
        """Return the newest bar at which each strategy gave a signal for each symbol."""
        rows = self._connection.execute(
            "SELECT strategy, symbol, timeframe, max(bar_ms) FROM signals GROUP BY strategy, symbol, timeframe"
        )
        return {SignalLine(strategy, symbol, Timeframe(name)): bar_ms for strategy, symbol, name, bar_ms in rows}


class LedgerContents(NamedTuple):
    """All signals of one file, the oldest first, and the venue they are of."""

    venue: str
    signals: list[FollowedSignal]


def read_ledger(path: Path) -> LedgerContents:
    """Return what a file holds, though another process may be writing to it.

    Raises LedgerUnusable for one of another version, or damaged.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            _check_version(connection, path)
            venue = connection.execute("SELECT venue FROM ledger").fetchone()[0]
            return LedgerContents(venue, _read(connection, _SELECT + "ORDER BY bar_ms, symbol, strategy"))
    except (sqlite3.Error, TypeError, ValueError) as error:  # a file without a venue, a row that is no signal
        raise LedgerUnusable(str(path), str(error)) from error


def _opened(path: Path, venue: str, host: str) -> sqlite3.Connection:
    # Whoever calls does it in some thread, one call at a time.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        with transaction(connection):
            if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                for statement in filter(str.strip, _TABLES.split(";")):
                    connection.execute(statement)
                connection.execute("INSERT INTO ledger VALUES (?, ?)", (venue, host))
                connection.execute(f"PRAGMA user_version = {VERSION}")
            _check_version(connection, path)
            owner = connection.execute("SELECT host FROM ledger").fetchone()[0]
            if owner != host:
                raise LedgerUnusable(str(path), text("ledger.other_host", found=owner))
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    if version_of(connection) != VERSION:
        raise LedgerUnusable(str(path), text("ledger.other_version"))


def _key(signal: Signal) -> tuple[str, str, str, int]:
    return (signal.strategy, signal.symbol, signal.timeframe.value, signal.bar_ms)


def _row(one: FollowedSignal) -> tuple[object, ...]:
    signal = one.signal
    reasons = msgspec.json.encode(signal.reasons).decode()
    values = msgspec.json.encode({name: float(value) for name, value in signal.values.items()}).decode()
    prices = (signal.entry, signal.stop, signal.target, signal.strength)
    return (*_key(signal), signal.side.value, *prices, reasons, values, *one.course)


def _read(connection: sqlite3.Connection, query: str) -> list[FollowedSignal]:
    return [_followed(row) for row in connection.execute(query)]


def _followed(row: tuple[object, ...]) -> FollowedSignal:
    """Return the signal of a row; raise ValueError where it is none."""
    course = msgspec.convert(row[-len(Course._fields) :], Course, strict=False)  # a flag is 0 or 1 there
    fields = dict(zip(_COLUMNS, row, strict=True))
    reasons = msgspec.json.decode(str(fields.pop("reasons")), type=tuple[str, ...])
    values = msgspec.json.decode(str(fields.pop("indicator_values")), type=dict[str, float | None])
    known = {name: NOT_A_NUMBER if value is None else value for name, value in values.items()}
    return FollowedSignal(msgspec.convert({**fields, "reasons": reasons, "values": known}, Signal), course)

"""Where files of candles and signals lie, who may write to them, and what their faults are called."""

import sqlite3
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from eliteflow.errors import FileUnusable
from eliteflow.messages import text
from eliteflow.model.venue import file_stem

# The main codes of SQLite; the higher bytes of a code say in which of its operations it happened.
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SENTENCES = {
    sqlite3.SQLITE_FULL: "store.full",
    sqlite3.SQLITE_IOERR: "store.unwritable",
    sqlite3.SQLITE_READONLY: "store.read_only",
    sqlite3.SQLITE_CANTOPEN: "store.unopenable",
}


def data_folder(folder: str | None = None) -> Path:
    """Return `folder`, else the user's folder for data."""
    return Path(folder) if folder else user_data_path("eliteflow", appauthor=False)


def store_path(host: str, folder: str | None = None) -> Path:
    """Return the file of a venue's candles: in `folder`, else in the user's folder for data."""
    return data_folder(folder) / f"{file_stem(host)}.sqlite"


def held(path: Path) -> FileLock:
    """Return the lock of a file that this process alone may write to from now on; its folder is made.

    Raises filelock.Timeout where another process holds it, OSError where the folder cannot be used.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # It ends with its process, so a program that was killed locks nobody out.
    lock = FileLock(f"{path}.lock", 0, thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
    lock.acquire()
    return lock


def size_of(path: Path) -> int:
    """Return how many bytes a file takes with its write-ahead log, 0 where it is not there."""
    return sum(part.stat().st_size for part in (path, path.with_name(f"{path.name}-wal")) if part.exists())


def set_aside(path: Path) -> Path:
    """Move a file that cannot be used, with its write-ahead log, out of the way; return where it is kept."""
    kept = path.with_name(f"{path.name}.damaged")
    path.replace(kept)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        log.replace(kept.with_name(f"{kept.name}-wal"))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return kept


def is_damage(error: Exception) -> bool:
    """Return whether an error says that the file itself is not as it was written."""
    if isinstance(error, sqlite3.OperationalError) and not _code(error):
        return True  # Python found text that is none
    return isinstance(error, sqlite3.DatabaseError) and _code(error) in _DAMAGE


def reason_of(error: Exception) -> str:
    """Return why the file cannot be used, as people read it."""
    match error:
        case Timeout():
            return text("store.in_use")
        case OSError():
            return error.strerror or str(error)
        case FileUnusable():
            return error.reason
        case sqlite3.Error() if (key := _SENTENCES.get(_code(error))) is not None:
            return text(key)
        case _:
            return str(error)


def _code(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)  # absent where Python itself found the fault
    return code & 0xFF

"""The tables of the disk cache, and the steps from each version of them to the next."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator

# One of the sizes that SQLite takes; at 530 symbols × 499 bars it wastes nothing and reads 1.8 times as fast as 4096.
PAGE_BYTES = 8192
# After a burst the write-ahead log shrinks back to this.
LOG_BYTES = 16 * 1024 * 1024


class DamagedStructure(sqlite3.DatabaseError):
    """SQLite's own check of a file found a fault. Raised by `check`."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE venue (name TEXT NOT NULL)")
    connection.execute(
        "CREATE TABLE series (id INTEGER PRIMARY KEY, timeframe TEXT NOT NULL, symbol TEXT NOT NULL,"
        " first_ms INTEGER NOT NULL, revision INTEGER NOT NULL, journal_number INTEGER NOT NULL,"
        " newest_ms INTEGER NOT NULL, checksum INTEGER NOT NULL, candles BLOB NOT NULL,"
        " UNIQUE (timeframe, symbol))"
    )
    # AUTOINCREMENT: a number is never given twice, though rows are deleted when they are folded.
    connection.execute(
        "CREATE TABLE journal (number INTEGER PRIMARY KEY AUTOINCREMENT, timeframe TEXT NOT NULL,"
        " bars INTEGER NOT NULL, symbols TEXT NOT NULL, checksum INTEGER NOT NULL, candles BLOB NOT NULL)"
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_create,)
"""Step n leads from version n to n + 1; `PRAGMA user_version` says which version a file has, 0 a new one."""


def prepare(connection: sqlite3.Connection) -> None:
    """Set up a connection that writes, before anything is read."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # heeded by a new file alone
    connection.execute("PRAGMA journal_mode = WAL")
    # Safe when the program is killed, not when the machine loses power: then the last batches may be missing.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    connection.execute("PRAGMA secure_delete = OFF")  # some builds overwrite with zeros what is deleted


def migrate(connection: sqlite3.Connection) -> bool:
    """Bring a file to the present version, in one transaction; return False for a later one, which is left as it is."""
    version = version_of(connection)
    if version >= len(MIGRATIONS):
        return version == len(MIGRATIONS)
    with transaction(connection):
        for step in MIGRATIONS[version:]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    return True


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a file's tables."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def claim(connection: sqlite3.Connection, venue: str) -> str:
    """Return whose candles a file holds; a new one is `venue`'s from now on."""
    found = connection.execute("SELECT name FROM venue").fetchone()
    if found is None:
        connection.execute("INSERT INTO venue VALUES (?)", (venue,))
    return venue if found is None else found[0]


def check(connection: sqlite3.Connection) -> None:
    """Raise DamagedStructure for a file whose structure is damaged; takes milliseconds."""
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise DamagedStructure(verdict)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write everything in the block, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:  # whatever ends a transaction, half of it must not stay
        if connection.in_transaction:  # SQLite has already rolled back where the disk was full
            connection.execute("ROLLBACK")
        raise

"""What `eliteflow store` does: show, verify, compact."""

import sqlite3

from eliteflow.config import Settings
from eliteflow.errors import ConfigError, StoreUnusable
from eliteflow.messages import text
from eliteflow.operations.store.store_survey import faults, survey
from eliteflow.operations.store.store_table import StoreTable, VerdictTable
from eliteflow.operations.store.stored_candles import open_stored, stored_path
from eliteflow.pipeline.disk.disk_file import DiskFile
from eliteflow.pipeline.disk.disk_place import reason_of, size_of

MEGABYTE = 1_000_000


def show(settings: Settings, rows: int | None) -> StoreTable:
    """Return what is on disk; raise ConfigError where nothing is, StoreUnusable where it cannot be read."""
    path = stored_path(settings)
    with open_stored(path) as reader:
        found = survey(reader.series(reader.timeframes()))
        return StoreTable(reader.venue, path, size_of(path), reader.journal_rows(), found, rows)


def verify(settings: Settings, rows: int | None) -> VerdictTable:
    """Return what is wrong with the candles on disk; raise as `show` does."""
    path = stored_path(settings)
    with open_stored(path) as reader:
        series = list(reader.series(reader.timeframes()))
        return VerdictTable(reader.venue, path, len(series), reader.damaged, tuple(faults(series)), rows)


def compact(settings: Settings) -> str:
    """Fold the journal, give back unused space, and return a sentence about it; raise as `show` does.

    Raises ConfigError too where the file may not be written to, as by another program that does.
    """
    path = stored_path(settings)
    with open_stored(path) as reader:
        venue = reader.venue
    before = size_of(path)
    try:
        file = DiskFile(path, venue, max(settings.data.capacity_bars, settings.data.limit))
    except (OSError, sqlite3.Error) as error:
        raise ConfigError("store.path", text("terminal.named", name=path, words=reason_of(error))) from error
    try:
        _fold_all(file)
        file.compact()
    except sqlite3.Error as error:
        raise StoreUnusable(str(path), reason_of(error)) from error
    finally:
        file.close()
    return text("store.compacted", path=path, before=before / MEGABYTE, after=size_of(path) / MEGABYTE)


def _fold_all(file: DiskFile) -> None:
    for timeframe in file.contents():
        folding = file.start_fold(timeframe)
        while folding.step():
            pass

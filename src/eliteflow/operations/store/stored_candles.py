"""The file of candles that the settings mean, opened for commands."""

import sqlite3
from pathlib import Path

from eliteflow.config import Settings
from eliteflow.errors import ConfigError, StoreUnusable
from eliteflow.exchange.endpoints import checked_rest_url, rest_url
from eliteflow.messages import text
from eliteflow.pipeline.disk.disk_place import is_damage, reason_of, store_path
from eliteflow.pipeline.disk.disk_reader import DiskReader


def stored_path(settings: Settings) -> Path:
    """Return where the candles of the settings' venue are kept; raise ConfigError for a venue without an address."""
    _, host = checked_rest_url(rest_url(settings.venue))
    return store_path(host, settings.store.path)


def open_stored(path: Path) -> DiskReader:
    """Open a file of candles; raise ConfigError where there is none, StoreUnusable where it cannot be read."""
    if not path.is_file():
        raise ConfigError("store.path", text("store.none", path=path))
    try:
        reader = DiskReader(path)
        fault = reader.structure_fault()
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    if fault is not None:
        reader.close()
        raise StoreUnusable(str(path), text("store.damaged"))
    return reader


def unusable(path: Path, error: Exception) -> StoreUnusable:
    """Return the error for a file that SQLite cannot read."""
    return StoreUnusable(str(path), text("store.damaged") if is_damage(error) else reason_of(error))

"""Where the disk cache lies."""

import sqlite3
from pathlib import Path

import pytest

from eliteflow.pipeline.disk.disk_place import is_damage, reason_of, set_aside, store_path


def test_each_venue_has_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the user's folder for data, or in the one that is set."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert store_path("fapi.binance.com") == tmp_path / "share" / "eliteflow" / "fapi.binance.com.sqlite"
    assert store_path("127.0.0.1:8080", str(tmp_path)) == tmp_path / "127.0.0.1_8080.sqlite"


def test_a_file_is_set_aside_with_its_log(tmp_path: Path) -> None:
    """So nothing of it can find its way into the next one."""
    path = tmp_path / "venue.sqlite"
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).write_text(ending)
    assert set_aside(path) == tmp_path / "venue.sqlite.damaged"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["venue.sqlite.damaged", "venue.sqlite.damaged-wal"]


def raised(*statements: str) -> sqlite3.Error:
    """Return what SQLite raises."""
    connection = sqlite3.connect(":memory:")
    try:
        for statement in statements:
            connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError("nothing was raised")


def test_reasons_are_sentences_of_ours_where_sqlite_has_a_code() -> None:
    """Otherwise its own words are better than none."""
    full = raised("PRAGMA max_page_count = 1", "CREATE TABLE t (x)")
    assert (reason_of(full), is_damage(full)) == ("the disk is full", False)
    assert reason_of(raised("SELECT * FROM missing")) == "no such table: missing"
    assert reason_of(PermissionError(13, "Permission denied")) == "Permission denied"


def test_text_that_is_none_is_damage() -> None:
    """Python finds it, so it comes without a code."""
    assert is_damage(raised("SELECT CAST(X'ff' AS TEXT)"))

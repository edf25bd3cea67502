"""A file of candles read while others write to it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from eliteflow.errors import StoreUnusable
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk.disk_bars import Bars
from eliteflow.pipeline.disk.disk_file import DiskFile, Forgotten
from eliteflow.pipeline.disk.disk_journal import Batch
from eliteflow.pipeline.disk.disk_reader import DiskReader
from eliteflow.testing.series import HEAD_MS, make_stored

M5, H1 = Timeframe.M5, Timeframe.H1


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DiskFile]:
    """Two timeframes of one symbol, and one more bar of 5m in the journal."""
    opened = DiskFile(tmp_path / "venue.sqlite", "test", 512)
    bar = make_stored("BTCUSDT", bars=1, head_ms=HEAD_MS + M5.ms)
    batch = Batch(M5, ("BTCUSDT",), Bars(bar.open_time_ms, bar.version, bar.values))
    opened.write([make_stored("BTCUSDT", bars=20), make_stored("BTCUSDT", "1h", bars=30), batch])
    yield opened
    opened.close()


def bars(reader: DiskReader, capacity: int | None = None) -> list[int]:
    """Return how many bars each 5m series has."""
    return [len(stored.open_time_ms) for stored in reader.series([M5], capacity)]


def test_a_reader_sees_one_moment(file: DiskFile) -> None:
    """Whatever is folded or forgotten while it reads."""
    with DiskReader(file.path) as reader:
        assert (reader.venue, reader.timeframes(), reader.journal_rows()) == ("test", [H1, M5], 1)
        while file.start_fold(M5).step():
            pass
        file.write([Forgotten("BTCUSDT")])
        assert bars(reader) == [21]
    with DiskReader(file.path) as reader:
        assert bars(reader) == []


def test_only_what_is_within_reach_is_read(file: DiskFile) -> None:
    """At most so many intervals back from the newest bar."""
    with DiskReader(file.path) as reader:
        assert bars(reader, 8) == [8]
        assert bars(reader) == [21]


def test_a_damaged_row_of_the_journal_is_left_out_and_counted(file: DiskFile) -> None:
    """The series is as it was before."""
    connection = sqlite3.connect(file.path)
    connection.execute("UPDATE journal SET symbols = 'ETHUSDT'")
    connection.commit()
    connection.close()
    with DiskReader(file.path) as reader:
        assert (bars(reader), reader.damaged) == ([20], 1)


def test_the_structure_of_a_sound_file_is_sound(file: DiskFile) -> None:
    """SQLite looks through all of it."""
    with DiskReader(file.path) as reader:
        assert reader.structure_fault() is None


def test_what_is_no_file_of_ours_is_refused(tmp_path: Path, file: DiskFile) -> None:
    """One that is not there, and one of another version."""
    with pytest.raises(sqlite3.OperationalError):
        DiskReader(tmp_path / "missing.sqlite")
    connection = sqlite3.connect(file.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreUnusable, match="another version"):
        DiskReader(file.path)

"""The writer of the disk cache, and the journal on its way into the series."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import Timeout

from eliteflow.errors import StoreUnusable
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk import disk_fold, disk_schema
from eliteflow.pipeline.disk.disk_bars import Bars
from eliteflow.pipeline.disk.disk_file import FOLD_BARS, FOLD_ROWS, Contents, DiskFile, Forgotten
from eliteflow.pipeline.disk.disk_journal import Batch
from eliteflow.pipeline.disk.disk_reader import DiskReader
from eliteflow.testing.series import HEAD_MS, make_stored

M5 = Timeframe.M5
SYMBOLS = ("A", "B", "C")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DiskFile]:
    """A new file."""
    opened = DiskFile(tmp_path / "venue.sqlite", "test", 10)
    yield opened
    opened.close()


def close(number: int, *symbols: str, timeframe: Timeframe = M5) -> Batch:
    """The market's bar of one moment; every field is the number."""
    count = len(symbols)
    times = np.full(count, HEAD_MS + number * timeframe.ms)
    return Batch(timeframe, symbols, Bars(times, np.full(count, number), np.full((9, count), float(number))))


def bars_of(file: DiskFile, timeframe: Timeframe = M5) -> dict[str, list[int]]:
    """Return which bars there are, by symbol, numbered from `HEAD_MS`."""
    with DiskReader(file.path) as reader:
        return {
            stored.symbol: ((stored.open_time_ms - HEAD_MS) // timeframe.ms).tolist()
            for stored in reader.series([timeframe], 10)
        }


def fold(file: DiskFile) -> None:
    """Fold the journal of 5m to its end."""
    folding = file.start_fold(M5)
    while folding.step():
        pass


def test_a_fold_changes_nothing_that_a_reader_sees(file: DiskFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each of its steps all bars are there, and in the end the journal is empty."""
    monkeypatch.setattr(disk_fold, "SERIES_AT_ONCE", 1)
    file.write([make_stored("A", bars=3), close(1, *SYMBOLS), close(2, "B")])
    before = bars_of(file)
    folding = file.start_fold(M5)
    assert folding.rows == 2
    assert [folding.step(), bars_of(file) == before] == [True, True]
    assert [folding.step(), bars_of(file) == before] == [True, True]
    assert [folding.step(), bars_of(file) == before] == [False, True]
    assert file.contents() == {M5: Contents(series=3, journal_rows=0, journal_bars=0)}


def test_what_is_written_between_the_steps_of_a_fold_stays(file: DiskFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """A close, a fetched series and a delisting, each before or after its symbol was folded."""
    monkeypatch.setattr(disk_fold, "SERIES_AT_ONCE", 1)
    file.write([close(1, "A", "B", "C", "D")])
    folding = file.start_fold(M5)
    assert folding.step()
    file.write([close(2, "A", "B"), Forgotten("A"), Forgotten("B"), make_stored("C", bars=1), close(3, "A", "C")])
    while folding.step():
        pass
    expected = {"A": [3], "C": [0, 3], "D": [1]}
    assert bars_of(file) == expected
    fold(file)
    assert bars_of(file) == expected


def test_a_fold_that_was_broken_off_is_done_again(file: DiskFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a kill in the middle of it."""
    monkeypatch.setattr(disk_fold, "SERIES_AT_ONCE", 2)
    file.write([make_stored("A", bars=3), close(1, *SYMBOLS), close(2, *SYMBOLS)])
    before = bars_of(file)
    assert file.start_fold(M5).step()
    fold(file)
    assert bars_of(file) == before


def test_timeframes_are_folded_apart(file: DiskFile) -> None:
    """The journal of 1h is long in days, that of 5m in hours."""
    file.write([close(1, "A"), close(1, "A", timeframe=Timeframe.H1)])
    fold(file)
    assert file.contents() == {M5: Contents(1, 0, 0), Timeframe.H1: Contents(0, 1, 1)}
    assert bars_of(file, Timeframe.H1) == {"A": [1]}


def test_a_series_out_of_reach_of_the_others_expires(file: DiskFile) -> None:
    """None of its bars is among those that are kept of the newest series."""
    file.write([close(1, "OLD"), close(2, "KEPT"), close(11, "NEWEST")])
    fold(file)
    assert sorted(bars_of(file)) == ["KEPT", "NEWEST"]


@pytest.mark.parametrize(
    ("contents", "is_due"),
    [
        (Contents(530, 17, 9_010), False),
        (Contents(530, FOLD_BARS, 530 * FOLD_BARS), True),
        (Contents(530, FOLD_ROWS, FOLD_ROWS), True),
        (Contents(0, 1, 1), False),
    ],
)
def test_a_long_journal_is_folded(contents: Contents, is_due: bool) -> None:
    """By bars of each series, or by rows."""
    assert contents.is_fold_due is is_due


def test_only_one_writes(file: DiskFile) -> None:
    """A second writer is refused at once, in the same process too."""
    with pytest.raises(Timeout):
        DiskFile(file.path, "test", 10)


def test_a_batch_that_cannot_be_written_undoes_its_transaction(file: DiskFile) -> None:
    """All changes of one write, or none."""
    with pytest.raises(UnicodeEncodeError):
        file.write([close(1, "A"), close(1, "no text \ud800")])
    assert bars_of(file) == {}
    file.write([close(1, "A")])
    assert bars_of(file) == {"A": [1]}


def test_an_older_file_is_brought_to_the_present_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Step by step, once, with everything that is in it; the present version is what a later start finds."""
    path = tmp_path / "venue.sqlite"
    first = DiskFile(path, "test", 10)
    first.write([close(1, "A")])
    first.close()
    steps = (*disk_schema.MIGRATIONS, lambda connection: connection.execute("ALTER TABLE venue ADD COLUMN note TEXT"))
    monkeypatch.setattr(disk_schema, "MIGRATIONS", steps)
    for _ in range(2):
        DiskFile(path, "test", 10).close()
    monkeypatch.undo()
    with pytest.raises(StoreUnusable, match="another version"):
        DiskFile(path, "test", 10)


def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is as it was, and the lock is free."""
    path = tmp_path / "venue.sqlite"
    first = DiskFile(path, "test", 10)
    first.write([close(1, "A")])
    first.close()

    def fails(_: object) -> None:
        raise ValueError("cannot be done")

    with monkeypatch.context() as patched:
        patched.setattr(disk_schema, "MIGRATIONS", (*disk_schema.MIGRATIONS, fails))
        with pytest.raises(ValueError, match="cannot be done"):
            DiskFile(path, "test", 10)
    again = DiskFile(path, "test", 10)
    assert bars_of(again) == {"A": [1]}
    again.close()

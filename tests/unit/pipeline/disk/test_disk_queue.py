"""What waits for the disk."""

import numpy as np
import pytest

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk import disk_queue
from eliteflow.pipeline.disk.disk_bars import Bars
from eliteflow.pipeline.disk.disk_file import Change, Forgotten
from eliteflow.pipeline.disk.disk_journal import Batch
from eliteflow.pipeline.disk.disk_queue import CHANGES_AT_ONCE, DiskQueue
from eliteflow.testing.series import make_stored

BATCH = Batch(Timeframe.M5, ("A", "B"), Bars(np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros((9, 2))))


def filled(*changes: Change) -> DiskQueue:
    """A queue in which changes wait."""
    queue = DiskQueue()
    for change in changes:
        queue.put(change)
    return queue


def test_of_a_series_the_last_version_waits() -> None:
    """Behind the batches that it contains; another timeframe is another series."""
    first, last, other = make_stored("A"), make_stored("A"), make_stored("A", "1h")
    taken = filled(first, BATCH, other, last).take()
    assert [id(change) for change in taken] == [id(BATCH), id(other), id(last)]


def batch(timeframe: Timeframe, number: int, *symbols: str) -> Batch:
    """Bars that all hold one number."""
    count = len(symbols)
    bars = Bars(np.full(count, number), np.full(count, number), np.full((9, count), float(number)))
    return Batch(timeframe, symbols, bars)


def test_the_parts_of_a_close_are_joined() -> None:
    """One row of the journal for each timeframe; whole series and forgotten symbols stay between."""
    m5, h1 = Timeframe.M5, Timeframe.H1
    series = make_stored("A")
    parts = (batch(m5, 1, "A", "B"), batch(h1, 2, "A"), batch(m5, 3, "B"), series, batch(m5, 4, "A"))
    joined_5m, joined_1h, kept, last = filled(*parts).take()
    assert isinstance(joined_5m, Batch)
    assert isinstance(last, Batch)
    assert (joined_5m.symbols, joined_5m.bars.version.tolist()) == (("A", "B", "B"), [1, 1, 3])
    assert joined_5m.bars.values[4].tolist() == [1.0, 1.0, 3.0]
    assert (joined_1h, kept, last.symbols) == (parts[1], series, ("A",))


def test_a_forgotten_symbol_stands_where_it_was_forgotten() -> None:
    """Before what came afterwards."""
    series = make_stored("A")
    assert filled(BATCH, Forgotten("A"), series).take() == [BATCH, Forgotten("A"), series]


def test_much_is_taken_in_parts() -> None:
    """A transaction is no longer than a close may wait."""
    queue = filled(*(make_stored(f"COIN{number}", bars=1) for number in range(CHANGES_AT_ONCE + 1)))
    assert (len(queue.take()), queue.filled.is_set()) == (CHANGES_AT_ONCE, True)
    assert (len(queue.take()), queue.filled.is_set()) == (1, False)
    assert queue.take() == []


def test_batches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken makes room."""
    monkeypatch.setattr(disk_queue, "MOST_BARS", 3)
    queue = filled(BATCH)
    queue.take()
    queue.put(BATCH)
    assert not queue.is_overfull
    queue.put(BATCH)
    assert (queue.is_overfull, len(queue)) == (True, 1)


def test_nothing_waits_in_a_closed_queue() -> None:
    """Nor does anybody wait for it."""
    queue = filled(BATCH)
    queue.close()
    queue.put(BATCH)
    assert (len(queue), queue.filled.is_set()) == (0, False)

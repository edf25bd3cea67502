"""What waits for the disk."""

import numpy as np
import pytest

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline import disk_queue
from eliteflow.pipeline.disk_bars import Bars
from eliteflow.pipeline.disk_file import Change, Forgotten
from eliteflow.pipeline.disk_journal import Batch
from eliteflow.pipeline.disk_queue import CHANGES_AT_ONCE, DiskQueue
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

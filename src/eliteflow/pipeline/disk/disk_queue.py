"""What waits to be written to the disk cache, in order."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk.disk_file import Change
from eliteflow.pipeline.disk.disk_journal import Batch, joined

MOST_BARS = 200_000
"""Of batches that wait, 16 MB: more than a day of the whole market's closes. A disk that is so far behind is no use."""
CHANGES_AT_ONCE = 256
"""Of whole series some 10 MB: so long a transaction is at most."""


class DiskQueue:
    """Changes in the order in which they came; of a series only the last version waits, so those are bounded.

    filled: set while there is something to write. is_overfull: whether batches came that had no room.
    """

    def __init__(self) -> None:
        self.filled = asyncio.Event()
        self.is_overfull = False
        self._waiting: dict[object, Change] = {}
        self._bars = 0
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, change: Change) -> None:
        """Let a change wait; nothing waits any more once the queue was closed."""
        if self._is_closed:
            return
        key: object = object()
        if isinstance(change, StoredSeries):
            key = change.symbol, change.timeframe
            self._waiting.pop(key, None)  # what comes now contains it, and stands behind the batches since
        elif isinstance(change, Batch):
            self._bars += len(change.symbols)
            self.is_overfull |= self._bars > MOST_BARS
        if not self.is_overfull:
            self._waiting[key] = change
        self.filled.set()

    def take(self) -> list[Change]:
        """Return what is written next, no longer waiting, batches joined; nothing when all was taken."""
        taken = [self._waiting.pop(key) for key in list(islice(self._waiting, CHANGES_AT_ONCE))]
        self._bars -= sum(len(change.symbols) for change in taken if isinstance(change, Batch))
        if not self._waiting:
            self.filled.clear()
        return list(_with_batches_joined(taken))

    def close(self) -> None:
        """Drop what waits and whatever comes."""
        self._is_closed = True
        self._waiting.clear()
        self.filled.clear()


def _with_batches_joined(changes: Iterable[Change]) -> Iterator[Change]:
    """Return the changes with batches that follow each other as one of each timeframe: a close comes in many parts."""
    for is_batch, run in groupby(changes, lambda change: isinstance(change, Batch)):
        if not is_batch:
            yield from run
            continue
        parts: dict[Timeframe, list[Batch]] = {}
        for batch in run:
            assert isinstance(batch, Batch)
            parts.setdefault(batch.timeframe, []).append(batch)
        yield from map(joined, parts.values())

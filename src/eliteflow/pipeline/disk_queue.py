"""What waits to be written to the disk cache, in order."""

import asyncio

from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk_file import Change
from eliteflow.pipeline.disk_journal import Batch

MOST_BARS = 200_000
"""Of batches that wait, 16 MB: more than a day of the whole market's closes. A disk that is so far behind is no use."""
CHANGES_AT_ONCE = 128


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
        """Return what is written next, no longer waiting; nothing when all was taken."""
        taken = [self._waiting.pop(key) for key in list(self._waiting)[:CHANGES_AT_ONCE]]
        self._bars -= sum(len(change.symbols) for change in taken if isinstance(change, Batch))
        if not self._waiting:
            self.filled.clear()
        return taken

    def close(self) -> None:
        """Drop what waits and whatever comes."""
        self._is_closed = True
        self._waiting.clear()
        self.filled.clear()

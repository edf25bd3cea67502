"""Every change of closed bars is handed to the disk cache."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk_mirror import DiskMirror
from eliteflow.pipeline.merge import stream_version
from eliteflow.testing.series import HEAD_MS, make_series
from tests.unit.pipeline.live_bars import M5, push_of


class Kept:
    """A CandleKeeper that remembers what it was given."""

    def __init__(self) -> None:
        self.series: list[StoredSeries] = []
        self.bars: list[tuple[int, tuple[str, ...], list[float], list[int]]] = []

    def load(self, timeframes: Sequence[Timeframe]) -> Iterator[StoredSeries]:
        """Nothing was kept before."""
        return iter(())

    def keep_series(self, stored: StoredSeries) -> None:
        """Remember a series."""
        self.series.append(stored)

    def keep_bars(
        self,
        timeframe: Timeframe,
        open_time_ms: int,
        symbols: tuple[str, ...],
        values: NDArray[np.float64],
        versions: NDArray[np.int64],
    ) -> None:
        """Remember a bar."""
        self.bars.append((open_time_ms, symbols, values[3].tolist(), versions.tolist()))

    def forget(self, symbol: str) -> None:
        """Nothing here asks for it."""


def test_a_series_is_kept_after_an_answer_and_a_bar_after_a_close() -> None:
    """Only what changed, as it stands in memory, with its version."""
    store, kept = CandleStore(64), Kept()
    store.observers.append(DiskMirror(store, kept))
    store.reserve(["AUSDT"], (M5,))
    later_ms = HEAD_MS + M5.ms
    store.write("BUSDT", M5, make_series("BUSDT", bars=20, head_ms=HEAD_MS - M5.ms), requested_ms=later_ms)
    store.write("BUSDT", M5, make_series("BUSDT", bars=20, head_ms=HEAD_MS - M5.ms), requested_ms=later_ms)
    assert [len(stored.open_time_ms) for stored in kept.series] == [20]
    push = push_of("AUSDT", 0)
    store.push([push, push])
    store.push([push])
    assert kept.bars == [(HEAD_MS, ("AUSDT",), [push.candle.close], [stream_version(push.event_ms)])]

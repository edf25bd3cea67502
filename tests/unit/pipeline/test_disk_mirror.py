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
        self.parts: list[StoredSeries] = []
        self.bars: list[tuple[int, tuple[str, ...], list[float], list[int]]] = []

    def load(self, timeframes: Sequence[Timeframe]) -> Iterator[StoredSeries]:
        """Nothing was kept before."""
        return iter(())

    def keep_series(self, stored: StoredSeries) -> None:
        """Remember a series."""
        self.series.append(stored)

    def keep_part(self, stored: StoredSeries) -> None:
        """Remember some bars of a series."""
        self.parts.append(stored)

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


def test_of_a_long_series_the_few_bars_that_changed_are_kept() -> None:
    """As they stand in memory, added and revised ones alike."""
    store, kept = CandleStore(64), Kept()
    store.observers.append(DiskMirror(store, kept))
    asked_ms = HEAD_MS + 10 * M5.ms
    store.write("BUSDT", M5, make_series("BUSDT", bars=20), requested_ms=asked_ms)
    tail = make_series("BUSDT", bars=3, head_ms=HEAD_MS + 2 * M5.ms)
    tail.values[3, 0] += 0.25
    store.write("BUSDT", M5, tail, requested_ms=asked_ms + 1)
    assert len(kept.series) == 1
    (part,) = kept.parts
    assert part.open_time_ms.tolist() == tail.open_time_ms.tolist()
    np.testing.assert_array_equal(part.values, tail.values)
    assert part.version.tolist() == [asked_ms + 1] * 3


def test_a_series_knows_its_first_bar_when_it_is_kept() -> None:
    """Otherwise every restart would ask for what the venue does not have."""
    store, kept = CandleStore(64), Kept()
    store.observers.append(DiskMirror(store, kept))
    series = make_series("YOUNGUSDT", bars=5)
    store.note_first_bar("YOUNGUSDT", M5, int(series.open_time_ms[0]))
    store.write("YOUNGUSDT", M5, series, requested_ms=HEAD_MS + 10 * M5.ms)
    assert [stored.first_ms for stored in kept.series] == [int(series.open_time_ms[0])]

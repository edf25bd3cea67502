"""Every change of closed bars is handed to the disk cache."""

import numpy as np

from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.disk.disk_mirror import DiskMirror
from eliteflow.pipeline.merge import rest_version, stream_version
from eliteflow.testing.series import HEAD_MS, make_series
from tests.unit.pipeline.kept_candles import Kept
from tests.unit.pipeline.live_bars import M5, push_of


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
    assert part.version.tolist() == [rest_version(asked_ms + 1)] * 3


def test_a_series_knows_its_first_bar_when_it_is_kept() -> None:
    """Otherwise every restart would ask for what the venue does not have."""
    store, kept = CandleStore(64), Kept()
    store.observers.append(DiskMirror(store, kept))
    series = make_series("YOUNGUSDT", bars=5)
    store.note_first_bar("YOUNGUSDT", M5, int(series.open_time_ms[0]))
    store.write("YOUNGUSDT", M5, series, requested_ms=HEAD_MS + 10 * M5.ms)
    assert [stored.first_ms for stored in kept.series] == [int(series.open_time_ms[0])]

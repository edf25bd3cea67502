"""Why a series is not what was asked for."""

import pytest

from eliteflow.errors import DataError, DataGap, DataNotReady, StaleData
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.completeness import incomplete, stretch_fault
from eliteflow.testing.series import HEAD_MS, make_series

M5 = Timeframe.M5
AS_OF_MS = HEAD_MS + M5.ms + 30_000


@pytest.mark.parametrize(
    ("runs", "wanted", "fields"),
    [
        ([], DataNotReady, {"have": 0, "need": 10}),
        ([(10, 1)], StaleData, {"age_s": 330.0, "limit_s": 300.0}),
        ([(2, 0), (20, 5)], DataGap, {"missing": 3, "first_missing_ms": HEAD_MS - 4 * M5.ms}),
    ],
)
def test_memory_that_lacks_bars_says_which_kind_of_lack(
    runs: list[tuple[int, int]], wanted: type[DataError], fields: dict[str, float]
) -> None:
    """Nothing there, not new enough, or a hole."""
    store = CandleStore(64)
    for bars, back in runs:
        series = make_series(bars=bars, head_ms=HEAD_MS - back * M5.ms)
        store.write("BTCUSDT", M5, series, requested_ms=AS_OF_MS)
    coverage = store.coverage(M5, ["BTCUSDT"], HEAD_MS, 10)
    error = incomplete(coverage, 0, store.newest_closed_ms("BTCUSDT", M5), AS_OF_MS)
    assert type(error) is wanted
    assert {name: getattr(error, name) for name in fields} == fields


def test_a_stretch_that_ends_at_the_head_without_a_hole_is_right() -> None:
    """So is none at all: a contract listed a moment ago has no closed bar."""
    assert stretch_fault("BTCUSDT", M5, make_series().open_time_ms, HEAD_MS, AS_OF_MS) is None
    assert stretch_fault("BTCUSDT", M5, make_series(bars=0).open_time_ms, HEAD_MS, AS_OF_MS) is None


def test_a_stretch_that_ends_too_early_is_stale() -> None:
    """Its age is counted from its newest bar's end."""
    times = make_series(head_ms=HEAD_MS - M5.ms).open_time_ms
    error = stretch_fault("BTCUSDT", M5, times, HEAD_MS, AS_OF_MS)
    assert isinstance(error, StaleData)
    assert error.age_s == 330.0


def test_a_stretch_with_holes_counts_them_and_names_the_first() -> None:
    """Every second bar of nine is missing."""
    times = make_series(bars=9, step=2).open_time_ms
    error = stretch_fault("BTCUSDT", M5, times, HEAD_MS, AS_OF_MS)
    assert isinstance(error, DataGap)
    assert (error.missing, error.first_missing_ms) == (4, HEAD_MS - 7 * M5.ms)

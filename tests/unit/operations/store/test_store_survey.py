"""What a file of candles holds, and what is wrong with it."""

from dataclasses import replace

import numpy as np
import pytest

from eliteflow.model.candle import FIELDS
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.store.store_survey import Fault, Gap, TimeframeSurvey, faults, survey
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.testing.series import HEAD_MS, make_stored

M5, M15 = Timeframe.M5, Timeframe.M15


def without(stored: StoredSeries, *bars: int) -> StoredSeries:
    """Return a series with some of its bars missing."""
    kept = np.setdiff1d(np.arange(len(stored.open_time_ms)), bars)
    return replace(
        stored,
        open_time_ms=stored.open_time_ms[kept],
        values=stored.values[:, kept],
        version=stored.version[kept],
    )


def test_each_timeframe_is_counted_longest_first() -> None:
    """Series, bars, how far they reach, and which end early."""
    late = make_stored("A", bars=10, head_ms=HEAD_MS - 2 * M5.ms)
    found = survey([make_stored("A", "15m", bars=7), make_stored("B", bars=20), late])
    assert found.coverage == (
        TimeframeSurvey(M15, 1, 7, 7, 7, HEAD_MS - 6 * M15.ms, HEAD_MS, 0, 0),
        TimeframeSurvey(M5, 2, 30, 10, 20, HEAD_MS - 19 * M5.ms, HEAD_MS, 1, 0),
    )
    assert found.gaps == ()


def test_gaps_are_named_by_series() -> None:
    """How many bars are missing, and since when."""
    found = survey([without(make_stored("A", bars=10), 3, 4, 7), make_stored("B", bars=10)])
    assert found.gaps == (Gap("A", M5, 3, HEAD_MS - 6 * M5.ms),)
    assert found.coverage[0].missing == 3


def test_nothing_is_a_survey_of_nothing() -> None:
    """As of a new file."""
    assert survey([]).coverage == ()


def spoilt(field: str, value: float) -> StoredSeries:
    """Return a series of which two bars have a wrong number."""
    stored = make_stored("A", bars=6)
    stored.values[FIELDS.index(field), 2:4] = value
    return stored


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("close", 1e9, "prices"),
        ("high", 0.5, "prices"),
        ("low", -1.0, "prices"),
        ("trades", -1.0, "volumes"),
        ("quote_volume", float("nan"), "not_finite"),
    ],
)
def test_impossible_numbers_are_faults(field: str, value: float, kind: str) -> None:
    """Each names the series, how many bars, and the first."""
    assert faults([spoilt(field, value)]) == [Fault("A", M5, kind, 2, HEAD_MS - 3 * M5.ms)]


def test_bars_off_their_times_are_faults() -> None:
    """Off the grid, or not after the one before."""
    stored = make_stored("A", bars=6)
    stored.open_time_ms[1] += 1
    stored.open_time_ms[4] = stored.open_time_ms[3]
    assert faults([stored]) == [Fault("A", M5, "times", 2, int(stored.open_time_ms[1]))]


def larger_of(part: StoredSeries) -> StoredSeries:
    """Return the 15m bars that whole triples of 5m bars make."""
    triples = part.values.reshape(len(FIELDS), -1, 3)
    values = triples.sum(axis=2)
    values[0], values[1] = triples[0, :, 0], triples[1].max(axis=1)
    values[2], values[3] = triples[2].min(axis=1), triples[3, :, 2]
    times, count = part.open_time_ms[::3], len(part.open_time_ms) // 3
    return StoredSeries(part.symbol, M15, times, values, np.ones(count, np.int64), 0, 0)


def test_larger_bars_are_compared_with_their_parts() -> None:
    """Where all parts are there; a wrong sum or price is a fault of the larger series."""
    part = make_stored("A", bars=12, head_ms=HEAD_MS - M5.ms)
    larger = larger_of(part)
    assert faults([part, larger]) == []
    larger.values[4, 1] += 1.0
    larger.values[3, 2] = larger.values[1, 2]
    assert faults([part, larger]) == [Fault("A", M15, "parts", 2, int(larger.open_time_ms[1]))]
    assert faults([without(part, 3, 8), larger]) == []

"""Which bar an instant belongs to."""

import pytest

from eliteflow.emulator.intervals import INTERVALS

INSTANT_MS = 1_795_422_158_684  # Monday 2026-11-23 08:22:38.684 UTC


@pytest.mark.parametrize(
    ("name", "open_ms"),
    [
        ("1m", 1_795_422_120_000),
        ("5m", 1_795_422_000_000),
        ("15m", 1_795_421_700_000),
        ("1h", 1_795_420_800_000),
        ("1d", 1_795_392_000_000),
        ("1w", 1_795_392_000_000),
        ("1M", 1_793_491_200_000),
    ],
)
def test_a_bar_opens_where_the_venue_opens_it(name: str, open_ms: int) -> None:
    """Days open at midnight UTC, weeks on Monday, months on the first."""
    interval = INTERVALS[name]
    assert interval.opens_at(interval.index_at(INSTANT_MS)) == open_ms


@pytest.mark.parametrize("name", INTERVALS)
def test_a_bar_contains_its_first_and_last_millisecond(name: str) -> None:
    """Bars neither overlap nor leave anything out."""
    interval = INTERVALS[name]
    index = interval.index_at(INSTANT_MS)
    assert interval.index_at(interval.opens_at(index)) == index
    assert interval.index_at(interval.opens_at(index + 1) - 1) == index
    assert interval.index_at(interval.opens_at(index + 1)) == index + 1

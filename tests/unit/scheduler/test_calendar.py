"""When the next cycle starts."""

import pytest

from eliteflow.scheduler.calendar import NextCycle, next_cycle


@pytest.mark.parametrize(
    ("now_ms", "expected"),
    [
        (1_000, NextCycle(6_000, 0)),
        (5_999, NextCycle(6_000, 0)),
        (6_000, NextCycle(11_000, 1)),
        (17_500, NextCycle(21_000, 3)),
        (900, NextCycle(6_000, 0)),
    ],
)
def test_the_next_start_lies_on_the_grid_and_missed_starts_are_counted(now_ms: int, expected: NextCycle) -> None:
    """A cycle that began at 1 s with an interval of 5 s is followed at 6 s, 11 s, 16 s, …"""
    assert next_cycle(1_000, now_ms, 5.0) == expected

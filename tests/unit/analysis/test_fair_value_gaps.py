"""Three bars leave a gap; later bars come into it and fill it."""

import numpy as np
import pytest

from eliteflow.analysis.fair_value_gaps import find_gaps, part_filled
from tests.unit.analysis.structure_bars import row


def test_a_gap_lies_between_the_first_and_the_third_bar() -> None:
    """It is known at the third, and stays open while nothing comes back."""
    gaps = find_gaps(row(2, 5, 6), row(1, 2, 4))
    assert [column.tolist() for column in gaps] == [[0], [2], [1], [1], [2.0], [4.0], [-1], [-1]]
    assert gaps.is_open.all()
    assert gaps.is_fresh.all()


def test_a_gap_downwards_is_one_upwards_mirrored() -> None:
    """The zone has its lower price at the bottom, and is filled from below."""
    gaps = find_gaps(row(6, 5, 2, 3, 4), row(4, 2, 1, 1, 1))
    assert (gaps.direction[0], gaps.bottom[0], gaps.top[0]) == (-1, 2.0, 4.0)
    assert (gaps.entered_bar[0], gaps.passed_bar[0]) == (3, 4)


def test_bars_that_touch_leave_no_gap() -> None:
    """A low at the first bar's high is no zone."""
    assert not len(find_gaps(row(2, 3, 4), row(1, 2, 2)).row)


@pytest.mark.parametrize(
    ("low", "entered", "filled", "part"), [(4.0, -1, -1, 0.0), (3.0, 3, -1, 0.5), (2.0, 3, 3, 1.0), (1.0, 3, 3, 1.0)]
)
def test_the_fill_state_follows_the_deepest_low(low: float, entered: int, filled: int, part: float) -> None:
    """Touching the near edge is nothing, inside is a part, the far edge is all."""
    highs, lows = row(2, 5, 6, 6), row(1, 2, 4, low)
    gaps = find_gaps(highs, lows)
    assert (gaps.entered_bar[0], gaps.passed_bar[0]) == (entered, filled)
    np.testing.assert_array_equal(part_filled(gaps, highs, lows)[:1], [part])


@pytest.mark.parametrize("bars", [0, 1, 2])
def test_fewer_than_three_bars_have_none(bars: int) -> None:
    """Nothing is found, and nothing fails."""
    assert not len(find_gaps(np.ones((2, bars)), np.ones((2, bars))).row)

"""Swings stand where they are confirmed, with a label and as a level that lasts."""

import numpy as np
import pytest

from eliteflow.analysis.swings import EQUAL, HIGHER, LOWER, UNLABELLED, at_places, first_since, swing_highs, swing_lows
from tests.unit.analysis.structure_bars import row

NAN = float("nan")


def test_a_swing_stands_at_the_bar_that_confirms_it() -> None:
    """A peak at bar 2 is known at bar 4 with reach 2, and at bar 3 with reach 1."""
    high = row(1, 2, 5, 3, 2, 2)
    np.testing.assert_array_equal(swing_highs(high, 2).price, row(NAN, NAN, NAN, NAN, 5, NAN))
    np.testing.assert_array_equal(swing_highs(high, 1).price, row(NAN, NAN, NAN, 5, NAN, NAN))
    np.testing.assert_array_equal(swing_highs(high, 2).level, row(NAN, NAN, NAN, NAN, 5, 5))
    assert swing_highs(high, 2).confirmed.tolist() == [[-1, -1, -1, -1, 4, 4]]


def test_a_low_is_a_high_upside_down() -> None:
    """The same bars mirrored give the same places."""
    np.testing.assert_array_equal(swing_lows(row(5, 4, 1, 3, 4, 4), 2).price, row(NAN, NAN, NAN, NAN, 1, NAN))


def test_of_equal_highs_the_first_one_counts() -> None:
    """A plateau is one swing; a series that never moved has none."""
    np.testing.assert_array_equal(swing_highs(row(1, 3, 3, 1, 1), 1).price, row(NAN, NAN, 3, NAN, NAN))
    assert np.isnan(swing_highs(np.full((1, 20), 7.0), 2).price).all()


def test_labels_compare_with_the_swing_before() -> None:
    """Higher, lower, equal; the first one has nothing to be compared with."""
    label = swing_highs(row(0, 2, 0, 3, 0, 1, 0, 1, 0), 1).label
    assert label.tolist() == [
        [UNLABELLED, UNLABELLED, UNLABELLED, UNLABELLED, HIGHER, UNLABELLED, LOWER, UNLABELLED, EQUAL]
    ]


@pytest.mark.parametrize("bars", [0, 1, 4])
def test_too_few_bars_have_no_swing(bars: int) -> None:
    """Fewer bars than two reaches and one confirm nothing."""
    swings = swing_highs(np.arange(float(bars))[None], 2)
    assert swings.price.shape == swings.level.shape == (1, bars)
    assert np.isnan(swings.level).all()


def test_first_since_forgets_with_each_new_start() -> None:
    """A mark counts if none lies between it and the bar since which it is asked."""
    marks = np.array([[False, True, True, False, True]])
    assert first_since(marks, np.array([[0, 0, 0, 3, 3]])).tolist() == [[False, True, False, False, True]]


def test_no_place_has_no_value() -> None:
    """-1 stands for nothing, not for the last bar."""
    np.testing.assert_array_equal(at_places(row(1, 2), np.array([[-1, 0]])), row(NAN, 1))

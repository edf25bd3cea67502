"""Closes beyond a swing break it once, with the bias or against it."""

import numpy as np

from eliteflow.analysis.structure_breaks import Breaks, find_breaks
from eliteflow.analysis.swings import swing_highs, swing_lows
from tests.unit.analysis.structure_bars import row

# A swing high of 5 (known at bar 2), broken at 4; a swing low of 3 (known at 4), broken at 5.
HIGH = row(4, 5, 4, 5, 7, 4, 3)
LOW = row(3, 4, 3, 4, 5, 2, 1)


def breaks(*close: float) -> Breaks:
    """Return the breaks of the swings above by the closes."""
    return find_breaks(row(*close), swing_highs(HIGH, 1), swing_lows(LOW, 1))


def test_a_close_above_the_swing_breaks_it_and_the_other_way_is_a_change_of_character() -> None:
    """The first break has nothing to change."""
    found = breaks(4, 5, 4, 5, 6, 2, 1)
    assert found.direction.tolist() == [[0, 0, 0, 0, 1, -1, 0]]
    assert found.is_change.tolist() == [[False, False, False, False, False, True, False]]
    assert found.bias.tolist() == [[0, 0, 0, 0, 1, -1, -1]]
    np.testing.assert_array_equal(found.level[0, [4, 5]], [5, 3])
    assert found.confirmed[0].tolist() == [-1, -1, -1, -1, 2, 3, -1]


def test_a_wick_or_a_close_at_the_level_is_no_break() -> None:
    """Only a close beyond the swing counts."""
    assert not breaks(4, 5, 4, 5, 5, 3, 3).direction.any()


def test_a_level_is_broken_once() -> None:
    """Later closes beyond it are no further breaks."""
    flat = row(4, 5, 4, 4, 4, 4)
    found = find_breaks(row(4, 4, 4, 6, 4, 6), swing_highs(flat, 1), swing_lows(flat, 1))
    assert found.direction.tolist() == [[0, 0, 0, 1, 0, 0]]

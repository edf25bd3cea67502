"""A wick beyond a swing that closes back is a sweep, once for each swing."""

import numpy as np
import pytest

from eliteflow.analysis.liquidity_sweeps import find_sweeps
from eliteflow.analysis.swings import swing_highs, swing_lows
from tests.unit.analysis.structure_bars import row

NAN = float("nan")
LOW = row(1, 1, 1, 1, 1)


@pytest.mark.parametrize(("close", "level"), [(4.5, 5.0), (5.0, 5.0), (5.5, NAN)])
def test_the_close_tells_a_sweep_from_a_break(close: float, level: float) -> None:
    """Back at or below the high is a sweep, above it a break."""
    high = row(4, 5, 4, 6, 4)
    found = find_sweeps(high, LOW, row(4, 4, 4, close, 4), swing_highs(high, 1), swing_lows(LOW, 1))
    np.testing.assert_array_equal(found.high[0, 3], level)


def test_a_swing_is_swept_once() -> None:
    """The stops above it are gone after the first bar that trades there."""
    high = row(4, 5, 4, 6, 6)
    found = find_sweeps(high, LOW, row(4, 4, 4, 4, 4), swing_highs(high, 1), swing_lows(LOW, 1))
    np.testing.assert_array_equal(found.high, row(NAN, NAN, NAN, 5, NAN))


def test_one_bar_can_sweep_both_sides() -> None:
    """An outside bar that closes in the middle takes the stops above and below."""
    high, low = row(4, 5, 4, 4, 6), row(3, 3, 2, 3, 1)
    found = find_sweeps(high, low, row(4, 4, 3, 3, 3), swing_highs(high, 1), swing_lows(low, 1))
    assert (found.high[0, 4], found.low[0, 4]) == (5, 2)

"""A break leaves the last candle against it as an order block."""

import numpy as np

from eliteflow.analysis.price_zones import Zones
from eliteflow.analysis.structure import find_structure
from tests.unit.analysis.structure_bars import panel_of_bars

# A swing high of 12 at bar 1, a fall with down candles at 2 and 3, a break at bar 5.
BARS = [(10.0, 11.0, 9.0, 10.5), (10.5, 12.0, 10.0, 11.5), (11.5, 11.6, 9.5, 10.0), (10.0, 10.2, 8.0, 9.0)]
RISE = [(9.0, 11.0, 8.9, 11.0), (11.0, 13.5, 10.9, 13.0)]


def blocks(*later: tuple[float, float, float, float]) -> Zones:
    """Return the order blocks of the story above with another end."""
    return find_structure(panel_of_bars(*BARS, *RISE, *later), 1).blocks


def test_the_last_candle_against_the_break_is_the_block() -> None:
    """The down candle of bar 3, from its low to its high, known at bar 5."""
    found = blocks()
    assert [column.tolist() for column in found] == [[0], [5], [3], [1], [8.0], [10.2], [-1], [-1]]


def test_a_return_mitigates_and_a_close_below_invalidates() -> None:
    """The edge is enough to enter; a wick below is not enough to pass."""
    found = blocks((13.0, 13.0, 10.2, 12.0), (12.0, 12.0, 7.5, 8.0), (8.0, 8.5, 7.0, 7.9))
    assert (found.entered_bar[0], found.passed_bar[0]) == (6, 8)


def test_without_a_candle_against_it_there_is_no_block() -> None:
    """Bars that open where they close are against nothing."""
    bars = [(close, high, low, close) for _, high, low, close in (*BARS, *RISE)]
    found = find_structure(panel_of_bars(*bars), 1)
    assert found.breaks.direction[0, 5] == 1
    assert not np.isin(5, found.blocks.bar)

"""One symbol's structure is told in names, prices and times."""

import pytest

from eliteflow.analysis.structure import find_structure
from eliteflow.analysis.structure_state import BreakState, StructureState, SwingState, ZoneState, structure_state
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import START_MS, hostile_series, panel_of
from tests.unit.analysis.structure_bars import panel_of_bars

M5 = Timeframe.M5
# A swing high of 12 at bar 1, a fall to 8, a break at bar 5 that leaves a gap, a return into it, a lower swing high.
BARS = [(10.0, 11.0, 9.0, 10.5), (10.5, 12.0, 10.0, 11.5), (11.5, 11.6, 9.5, 10.0), (10.0, 10.2, 8.0, 9.0)]
RISE = [(9.0, 11.0, 8.9, 11.0), (11.0, 13.5, 10.9, 13.0), (13.0, 13.2, 10.5, 11.5), (11.5, 12.0, 10.4, 11.0)]


def at(bar: int) -> int:
    """Return the open time of a bar."""
    return START_MS + bar * M5.ms


def test_the_newest_of_everything_is_told() -> None:
    """Swings with labels, the break with its kind, zones that are open."""
    found = structure_state(find_structure(panel_of_bars(*BARS, *RISE), 1), "S0USDT")
    assert found.bias == "up"
    assert found.newest_break == BreakState("BOS", "up", 12.0, at(5))
    assert found.swing_high == SwingState(13.5, "HH", at(5), at(6))
    assert found.swing_low == SwingState(8.0, None, at(3), at(4))
    assert found.gaps == (ZoneState("up", 10.2, 10.9, at(4), at(5), is_entered=True),)
    assert found.blocks == (ZoneState("up", 8.0, 10.2, at(3), at(5), is_entered=False),)


def test_a_break_against_the_bias_is_a_change_of_character() -> None:
    """After the rise, a close below the swing low turns the bias."""
    fall = [(11.0, 11.0, 7.0, 7.5)]
    found = structure_state(find_structure(panel_of_bars(*BARS, *RISE, *fall), 1), "S0USDT")
    assert found.newest_break == BreakState("CHoCH", "down", 8.0, at(8))
    assert found.bias == "down"


def test_without_structure_there_is_nothing_to_tell() -> None:
    """A flat series has none; a symbol that is not here is a KeyError."""
    structure = find_structure(panel_of(hostile_series()["flat"]))
    assert structure_state(structure, "S0USDT") == StructureState(None, None, None, None, (), ())
    with pytest.raises(KeyError):
        structure_state(structure, "BTCUSDT")

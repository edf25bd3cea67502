"""Structure is drawn from the bar at which it was known, as far as it is in the picture."""

import numpy as np

from eliteflow.analysis.price_zones import NOT_YET
from eliteflow.analysis.structure import find_structure
from eliteflow.operations.charts.chart_structure import StructureLayers
from tests.unit.operations.charts.drawn import M5, walk

PANEL = walk()
FOUND = find_structure(PANEL)
SHOWN = 100
FIRST_MS = int(PANEL.open_time_ms[-SHOWN])
DATA = StructureLayers(FOUND, SHOWN).data()


def test_a_zone_lasts_from_where_it_was_known_until_the_price_went_through() -> None:
    """Or to the newest bar; older ones that are over are not drawn."""
    zones = FOUND.gaps
    is_seen = (zones.passed_bar == NOT_YET) | (zones.passed_bar >= PANEL.bars - SHOWN)
    assert len(DATA["gaps"]) == np.count_nonzero(is_seen) > 3
    for row, place in zip(DATA["gaps"], np.flatnonzero(is_seen).tolist(), strict=True):
        last = PANEL.bars - 1 if zones.passed_bar[place] == NOT_YET else zones.passed_bar[place]
        assert row["left"] == max(PANEL.open_time_ms[zones.bar[place]], FIRST_MS)
        assert row["right"] == PANEL.open_time_ms[last] + M5.ms
        assert row["direction"] == ("up" if zones.direction[place] > 0 else "down")


def test_a_swing_stands_where_it_turned_and_tells_when_it_was_known() -> None:
    """Two bars later, at the default reach."""
    row = DATA["highs"][-1]
    known = int(np.flatnonzero(~np.isnan(FOUND.highs.price[0]))[-1])
    assert row["price"] == FOUND.highs.price[0, known]
    assert row["middle"] == PANEL.open_time_ms[known - 2] + M5.ms // 2
    assert row["label"] in ("HH", "LH", "EQH")
    assert "confirmed at 06-17" in str(row["told"])


def test_a_break_reaches_from_its_swing_to_the_bar_that_broke_it() -> None:
    """Named by what it is."""
    bars = [bar for bar in np.flatnonzero(FOUND.breaks.direction[0]).tolist() if bar >= PANEL.bars - SHOWN]
    assert len(DATA["breaks"]) == len(bars) > 3
    for row, bar in zip(DATA["breaks"], bars, strict=True):
        assert row["label"] == ("CHoCH" if FOUND.breaks.is_change[0, bar] else "BOS")
        assert row["price"] == FOUND.breaks.level[0, bar]
        assert FIRST_MS <= row["left"] < row["right"] == PANEL.open_time_ms[bar] + M5.ms  # type: ignore[operator] # numbers

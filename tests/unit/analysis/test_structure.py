"""The structure of a market is found for all symbols, whatever their candles are."""

import numpy as np
import pytest

from eliteflow.analysis.structure import MarketStructure, find_structure
from eliteflow.errors import InvalidArgument
from tests.unit.analysis.analysis_series import hostile_series, panel_of, random_walk

HOSTILE = hostile_series()


def marks(found: MarketStructure, row: int) -> int:
    """Return how much was found in one row."""
    arrays = (found.highs.price, found.lows.price, found.sweeps.high, found.sweeps.low)
    known = sum(int(np.isfinite(values[row]).sum()) for values in arrays)
    zones = sum(int((zones.row == row).sum()) for zones in (found.gaps, found.blocks))
    return known + zones + int(np.count_nonzero(found.breaks.direction[row]))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_series_have_a_structure_or_none_without_a_warning(name: str) -> None:
    """What never moves or is not known has none; scale does not matter; neighbours are not disturbed."""
    walk = random_walk(120)
    found = find_structure(panel_of(HOSTILE[name], walk))
    alone = find_structure(panel_of(walk))
    assert marks(found, 1) == marks(alone, 0)
    has_none = {"flat", "flat without volume", "one bar known", "nothing known"}
    assert (marks(found, 0) == 0) == (name in has_none)


@pytest.mark.parametrize("bars", [0, 1, 3])
def test_very_short_panels_have_no_swings(bars: int) -> None:
    """Arrays are as wide as the panel."""
    found = find_structure(panel_of(random_walk(bars + 1)[:, :bars]))
    assert found.highs.price.shape == found.breaks.bias.shape == (1, bars)
    assert np.isnan(found.highs.level).all()


def test_a_series_with_a_hole_is_left_out_alone() -> None:
    """It is named, and nothing is found in it."""
    broken = random_walk(80, seed=8)
    broken[3, 40] = np.nan
    found = find_structure(panel_of(random_walk(80), broken))
    assert found.holes == ("S1USDT",)
    assert marks(found, 1) == 0 < marks(found, 0)


def test_open_zones_are_given_by_symbol() -> None:
    """Those that were passed are left out; a symbol that is not here is a KeyError."""
    found = find_structure(panel_of(random_walk(200), random_walk(200, seed=8)))
    zones = found.zones_of("S1USDT", found.gaps)
    assert set(zones.row.tolist()) == {1}
    assert zones.is_open.all()
    assert len(zones.row) == int(((found.gaps.row == 1) & (found.gaps.passed_bar < 0)).sum())
    with pytest.raises(KeyError):
        found.zones_of("BTCUSDT", found.gaps)


def test_a_reach_below_one_is_refused() -> None:
    """A bar alone confirms nothing."""
    with pytest.raises(InvalidArgument):
        find_structure(panel_of(random_walk(20)), 0)

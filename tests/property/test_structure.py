"""Invariants of the structure over any market: equal to a bar-by-bar account, and never looking into the future."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eliteflow.analysis.price_zones import Zones
from eliteflow.analysis.structure import MarketStructure, find_structure
from eliteflow.analysis.swings import UNLABELLED
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from tests.property.plain_structure import PlainZone, plain_blocks, plain_gaps, plain_structure

Array = NDArray[np.float64]
M5 = Timeframe.M5


@st.composite
def markets(draw: st.DrawFn, *, max_bars: int = 60) -> Panel:
    """Draw a panel on a coarse grid, so that equal highs, touched edges and inside bars are frequent."""
    count, bars = draw(st.integers(1, 3)), draw(st.integers(0, max_bars))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    step = draw(st.sampled_from([0.6, 1.5, 4.0]))
    close = 500 + np.cumsum(np.round(random.normal(0, step, (count, bars))), axis=1)
    open_ = close + np.round(random.normal(0, step, (count, bars)))
    high = np.maximum(open_, close) + random.integers(0, 3, (count, bars))
    low = np.minimum(open_, close) - random.integers(0, 3, (count, bars))
    values = np.stack([open_, high, low, close, np.ones((count, bars))])
    for row in range(count):
        values[:, row, : draw(st.sampled_from([0, 0, bars // 3, bars]))] = np.nan
    return Panel(M5, tuple(f"S{row}USDT" for row in range(count)), np.arange(bars) * M5.ms, values)


def known(values: Array) -> list[float | None]:
    """Return plain numbers, None for NaN."""
    return [None if np.isnan(value) else float(value) for value in values.tolist()]


def zones_of(zones: Zones, row: int, shift: int) -> list[PlainZone]:
    """Return the zones of one row, with bars counted from the series' first."""

    def moved(bar: int) -> int:
        return bar if bar < 0 else bar - shift

    return [
        PlainZone(moved(bar), moved(origin), direction, bottom, top, moved(entered), moved(passed))
        for here, bar, origin, direction, bottom, top, entered, passed in zip(
            *(column.tolist() for column in zones), strict=True
        )
        if here == row
    ]


@settings(deadline=None, max_examples=80)
@given(markets(), st.integers(1, 3))
def test_structure_is_its_bar_by_bar_account(panel: Panel, reach: int) -> None:
    """Swings, labels, breaks, bias, sweeps, gaps and blocks are those of the definitions, for each series alone."""
    found = find_structure(panel, reach)
    for row in range(len(panel.symbols)):
        head = panel.bars - int(panel.known_bars()[row])
        open_, high, low, close, _ = panel.values[:, row, head:].tolist()
        bars, breaks = plain_structure(high, low, close, reach)
        assert known(found.highs.price[row, head:]) == [bar.high for bar in bars]
        assert known(found.lows.price[row, head:]) == [bar.low for bar in bars]
        for labels, expected in (
            (found.highs.label, [bar.high_label for bar in bars]),
            (found.lows.label, [bar.low_label for bar in bars]),
        ):
            assert labels[row, head:].tolist() == [UNLABELLED if one is None else one for one in expected]
        assert found.breaks.direction[row, head:].tolist() == [bar.broken for bar in bars]
        assert found.breaks.is_change[row, head:].tolist() == [bar.is_change for bar in bars]
        assert found.breaks.bias[row, head:].tolist() == [bar.bias for bar in bars]
        assert known(found.sweeps.high[row, head:]) == [bar.swept_high for bar in bars]
        assert known(found.sweeps.low[row, head:]) == [bar.swept_low for bar in bars]
        assert zones_of(found.gaps, row, head) == plain_gaps(high, low)
        assert zones_of(found.blocks, row, head) == plain_blocks(open_, high, low, close, breaks)


Find = Callable[[Panel], MarketStructure]


def outputs(found: MarketStructure, bars: int) -> dict[str, NDArray[np.generic]]:
    """Return everything that was knowable in the first `bars` bars, by name."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for group in ("highs", "lows", "breaks", "sweeps"):
        for name, values in getattr(found, group)._asdict().items():
            arrays[f"{group}.{name}"] = values[:, :bars]
    for group in ("gaps", "blocks"):
        zones = getattr(found, group)
        zones = zones.select(zones.bar < bars)
        for name, values in zones._asdict().items():
            arrays[f"{group}.{name}"] = np.where(values >= bars, -1, values) if name.endswith("_bar") else values
    return arrays


def look_ahead(find: Find, panel: Panel, cut: int, *, later: Array) -> set[str]:
    """Return the outputs of which a value before `cut` changes when the bars from there on do, or are not there."""
    changed = np.concatenate([panel.values[:, :, :cut], later], axis=2)
    before = outputs(find(panel), cut)
    found = set()
    for values in (changed, changed[:, :, :cut]):
        other = Panel(M5, panel.symbols, panel.open_time_ms[: values.shape[2]], values)
        after = outputs(find(other), cut)
        found |= {
            name for name in before if not np.array_equal(before[name], after[name], equal_nan=_is_float(before[name]))
        }
    return found


def _is_float(values: NDArray[np.generic]) -> bool:
    return values.dtype.kind == "f"


@settings(deadline=None, max_examples=60)
@given(markets(), st.integers(1, 3), st.data())
def test_no_output_looks_into_the_future(panel: Panel, reach: int, data: st.DataObject) -> None:
    """Changing or dropping later bars never changes what was knowable before, in any array or zone."""
    cut = data.draw(st.integers(0, panel.bars))
    later = panel.values[:, :, cut:][:, :, ::-1] * data.draw(st.sampled_from([0.9, 1.0, 1.1]))
    later = np.where(np.isnan(later), 500.0, later)
    assert not look_ahead(lambda market: find_structure(market, reach), panel, cut, later=later)


def stamped_early(panel: Panel) -> MarketStructure:
    """Return swings where they turned, before anybody could know them: the classic mistake."""
    found = find_structure(panel)
    early = np.roll(found.highs.price, -found.reach, axis=1)
    return MarketStructure(
        panel=panel,
        reach=found.reach,
        highs=found.highs._replace(price=early),
        lows=found.lows,
        breaks=found.breaks,
        sweeps=found.sweeps,
        gaps=found.gaps.select(found.gaps.is_open),
        gaps_filled=found.gaps_filled,
        blocks=found.blocks,
    )


@pytest.mark.parametrize("output", ["highs.price", "gaps.bar"])
def test_a_planted_look_ahead_is_caught(output: str) -> None:
    """Swings stamped where they turned, and gaps left out because they are filled later, are both seen."""
    random = np.random.default_rng(5)
    close = 100 + np.cumsum(random.normal(0, 1, (2, 80)), axis=1)
    high, low = close + np.abs(random.normal(0, 0.3, close.shape)), close - np.abs(random.normal(0, 0.3, close.shape))
    panel = Panel(M5, ("A", "B"), np.arange(80) * M5.ms, np.stack([close, high, low, close, close]))
    caught: set[str] = set()
    for cut in range(20, 70, 5):
        caught |= look_ahead(stamped_early, panel, cut, later=panel.values[:, :, cut:] * 1.05)
    assert output in caught
    assert not {name for name in caught if name.startswith(("lows", "breaks", "sweeps", "blocks"))}


@settings(deadline=None, max_examples=40)
@given(markets())
def test_zones_and_fills_are_consistent(panel: Panel) -> None:
    """A zone has a height, lives after it is known, is entered before it is passed; a full gap was passed."""
    found = find_structure(panel)
    for zones in (found.gaps, found.blocks):
        assert (zones.bottom <= zones.top).all()
        assert (zones.origin < zones.bar).all()
        assert ((zones.passed_bar < 0) | (zones.entered_bar >= 0)).all()
        assert ((zones.entered_bar < 0) | (zones.entered_bar > zones.bar)).all()
    assert ((found.gaps_filled == 1) == ~found.gaps.is_open).all()
    assert ((found.gaps_filled == 0) == found.gaps.is_fresh).all()

"""Larger bars of smaller ones."""

import numpy as np
import pytest

from eliteflow.model.candle import FIELDS
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.rollup import RollUpUnits, containing, parts_of, roll_up
from eliteflow.testing.instruments import make_instrument
from eliteflow.testing.series import HEAD_MS

QUIET = (0.0,) * 5
TRADED = (0.3, 30.0, 7.0, 0.1, 10.0)
"""Volume, quote volume, trades, taker volume, taker quote volume of a part."""

Part = tuple[float, float, float, float, tuple[float, ...]]


def rolled(*parts: Part, step: str = "0.1", tick: str = "0.01") -> list[float]:
    """Return the bar that some parts of one symbol make: nine numbers, or nine times NaN."""
    values = np.array([(*prices, *amounts) for *prices, amounts in parts]).T[:, None, :]
    return roll_up(values, RollUpUnits.of([make_instrument(step_size=step, tick_size=tick)]))[:, 0].tolist()


@pytest.mark.parametrize(
    ("parts", "prices"),
    [
        ([(1, 4, 1, 2, TRADED), (2, 3, 0.5, 3, TRADED)], [1, 4, 0.5, 3]),
        ([(9, 9, 9, 9, QUIET), (2, 3, 1, 3, TRADED)], [2, 3, 1, 3]),
        ([(2, 3, 1, 3, TRADED), (3, 3, 3, 3, QUIET)], [2, 3, 1, 3]),
        ([(0.1, 0.1, 0.1, 0.1, QUIET), (2, 3, 1, 3, TRADED), (3, 3, 3, 3, QUIET)], [2, 3, 1, 3]),
        ([(5, 5, 5, 5, QUIET), (5, 5, 5, 5, QUIET)], [5, 5, 5, 5]),
        ([(2, 3, 1, 3, TRADED)], [2, 3, 1, 3]),
    ],
)
def test_parts_without_trades_count_for_the_close_alone(parts: list[Part], prices: list[float]) -> None:
    """Open, high and low are those of the parts with trades; a bar without any repeats the previous close."""
    assert rolled(*parts)[:4] == prices


def test_what_adds_up_is_the_float_of_the_venues_own_text() -> None:
    """Three times 0.1 are 0.3, which a sum of floats misses, and so for the four volumes."""
    assert sum([0.1] * 3) != 0.3
    amounts = rolled(*[(1, 1, 1, 1, (0.1, 0.01, 5, 0.1, 0.01))] * 3)[4:]
    assert amounts == [0.3, 0.03, 15, 0.3, 0.03]


def test_a_bar_with_a_missing_part_is_not_proved() -> None:
    """One part that is not known leaves nothing of the bar."""
    missing = (np.nan, np.nan, np.nan, np.nan, (np.nan,) * 5)
    assert np.isnan(rolled((2, 3, 1, 3, TRADED), missing)).all()


@pytest.mark.parametrize(
    ("quote_volumes", "total"),
    [
        ((0.001, 0.002), 0.003),  # tick × step
        ((0.0001, 0.0002), 0.0003),  # a tick of before a change of filters
        ((0.000001, 0.000002), 0.000003),  # the finest that is tried
        ((0.0000001, 0.0000002), None),
        ((4.0e12, 4.0e12, 4.0e12, 0.001, 0.001, 0.001), 12_000_000_000_000.003),  # a sum of floats misses it
        ((5.0e12, 0.001), None),  # more digits than a float has
    ],
)
def test_a_finer_unit_is_tried_before_a_bar_is_given_up(quote_volumes: tuple[float, ...], total: float | None) -> None:
    """Whole numbers of a unit prove a sum, up to three decimals finer than today's tick × step."""
    bar = rolled(*((2, 3, 1, 3, (0.3, volume, 7, 0.1, 0.001)) for volume in quote_volumes))
    assert bar[FIELDS.index("quote_volume")] == total if total else np.isnan(bar).all()


def test_symbols_do_not_disturb_each_other() -> None:
    """Columns of many symbols are those of each one alone, proved or not."""
    random = np.random.default_rng(1)
    parts = np.round(random.uniform(1, 2, (9, 5, 3)), 1)
    parts[4:, 1, 0] = 0
    parts[5, 2, 1] = 0.123_456_789_123
    parts[5, 3, 1] = 0.1234
    units = RollUpUnits.of([make_instrument(step_size="0.1", tick_size="0.1")] * 5)
    alone = [roll_up(parts[:, [row]], units.select(np.array([row])))[:, 0] for row in range(5)]
    np.testing.assert_array_equal(roll_up(parts, units), np.transpose(alone))
    assert np.isnan(alone[2]).all()
    assert not np.isnan(alone[3]).any()


def test_no_symbols_make_no_bars() -> None:
    """An empty market is no special case."""
    assert roll_up(np.empty((9, 0, 3)), RollUpUnits.of([])).shape == (9, 0)


@pytest.mark.parametrize(
    ("step", "tick", "volume_unit", "quote_unit"),
    [
        ("0.001", "0.10", 1e3, 1e4),
        ("1", "0.0000100", 1, 1e5),
        ("1E+1", "5", 1, 1),
        ("0.00100000", "0.05", 1e3, 1e5),
    ],
)
def test_units_have_the_decimals_of_step_and_tick(step: str, tick: str, volume_unit: float, quote_unit: float) -> None:
    """Zeros at the end and sizes above one add no decimals."""
    units = RollUpUnits.of([make_instrument(step_size=step, tick_size=tick)])
    assert units.per_one[:, 0].tolist() == [volume_unit, quote_unit, 1, volume_unit, quote_unit]


def test_a_bar_is_part_of_one_larger_bar_of_each_timeframe() -> None:
    """The 5m bar at 09:20 belongs to 09:15 and 09:00; what 5m bars do not fill is left out."""
    open_ms = HEAD_MS + 4 * Timeframe.M5.ms
    wanted = (Timeframe.H1, Timeframe.M15, Timeframe.M5, Timeframe.M3, Timeframe.M1)
    found = containing(wanted, open_ms, Timeframe.M5)
    assert found == {Timeframe.H1: HEAD_MS, Timeframe.M15: HEAD_MS + 3 * Timeframe.M5.ms}
    assert all(open_ms in parts_of(timeframe, first_ms, Timeframe.M5) for timeframe, first_ms in found.items())


def test_a_larger_bar_has_as_many_parts_as_fit() -> None:
    """An hour has twelve 5m bars, the first at its own open."""
    parts = parts_of(Timeframe.H1, HEAD_MS, Timeframe.M5)
    assert (len(parts), parts[0], parts[-1]) == (12, HEAD_MS, HEAD_MS + 55 * 60_000)

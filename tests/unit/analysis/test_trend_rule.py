"""The rule finds on whole arrays what it says for one bar after another."""

import numpy as np
import pytest

from eliteflow.analysis import trend_rule
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.trend_rule import DOWN, FLAT, UNKNOWN, UP, Evidence, directions, newest_strength, run_starts
from tests.unit.analysis.analysis_series import panel_of, random_walk

NAN = float("nan")


def found(spread: list[float], adx: list[float], before: int = FLAT) -> list[int]:
    """Return the directions of one series."""
    evidence = Evidence(np.array([spread]), np.array([adx]))
    result: list[int] = directions(evidence, np.array([before], np.int8))[0].tolist()
    return result


@pytest.mark.parametrize(
    ("spread", "adx", "expected"),
    [
        ([0.2, 0.25, 0.1, 0.01], [30, 25, 22, 20], [FLAT, UP, UP, UP]),
        ([0.5, 0.5, 0.5], [26, 19.9, 24], [UP, FLAT, FLAT]),
        ([0.5, 0.0, 0.2], [30, 30, 30], [UP, FLAT, FLAT]),
        ([0.5, -0.1, -0.3], [30, 30, 30], [UP, FLAT, DOWN]),
        ([-0.5, 0.5, -0.5], [30, 30, 30], [DOWN, UP, DOWN]),
        ([NAN, 0.5, 0.5], [NAN, NAN, 30], [UNKNOWN, UNKNOWN, UP]),
        ([0.0, 0.0], [0, 0], [FLAT, FLAT]),
    ],
)
def test_a_trend_begins_and_ends_at_different_levels(
    spread: list[float], adx: list[float], expected: list[int]
) -> None:
    """Between the levels it stays as it was; crossing to the other side ends it at once."""
    assert found(spread, adx) == expected


def test_what_held_before_lasts_until_a_mark() -> None:
    """In no-man's-land the direction before the first bar decides; the first mark overrules it."""
    assert found([0.1, 0.1, -0.1], [22, 22, 22], before=UP) == [UP, UP, FLAT]
    assert found([0.1, 0.1], [22, 22], before=DOWN) == [FLAT, FLAT]
    assert found([0.1, 0.1], [22, 22], before=UNKNOWN) == [FLAT, FLAT]


def test_strength_saturates_and_is_nothing_without_a_trend() -> None:
    """The geometric mean of ADX / 50 and |spread| / 2, each at most 1."""
    evidence = Evidence(np.array([[2.0], [-9.0], [0.5], [1.0]]), np.array([[50.0], [99.0], [32.0], [40.0]]))
    strength = newest_strength(evidence, np.array([UP, DOWN, UP, FLAT], np.int8))
    assert strength.tolist() == [1.0, 1.0, pytest.approx(0.4), 0.0]


def test_a_run_starts_where_its_direction_was_last_another() -> None:
    """Seen from any of its bars, 0 when nothing changed before it."""
    rows = np.array([[0, 0, 1, 1], [1, 1, 1, 1], [1, 0, 1, 0], [-2, -2, -2, 0]], np.int8)
    assert run_starts(rows, np.full(4, 3)).tolist() == [2, 0, 3, 3]
    assert run_starts(rows, np.array([1, 2, 2, 2])).tolist() == [0, 0, 2, 0]
    assert run_starts(rows[:, :1], np.zeros(4, np.int64)).tolist() == [0, 0, 0, 0]


def test_a_long_history_is_counted_to_its_end() -> None:
    """Positions beyond 32,767 bars do not wrap around."""
    spread = np.zeros((1, 40_000))
    spread[0, 39_000:] = 1
    judged = directions(Evidence(spread, np.full(spread.shape, 30.0)), np.array([FLAT], np.int8))
    assert judged[0, -1] == UP
    assert run_starts(judged, np.array([39_999])).tolist() == [39_000]


def test_a_series_that_never_moved_has_no_spread() -> None:
    """ATR 0 is no division, and no trend; before the means are known nothing is."""
    flat = np.tile([[5.0], [5.0], [5.0], [5.0], [0.0]], 60)
    engine = EliteTechnicalEngine()
    evidence = Evidence.of(engine.calculate_market(panel_of(flat, random_walk(60)), trend_rule.INPUTS))
    assert np.isnan(evidence.spread[:, :49]).all()
    assert (evidence.spread[0, 49:] == 0).all()
    assert (evidence.is_known == [[False] * 49 + [True] * 11] * 2).all()

"""A strategy's record counts every signal once, and the doubtful ones against it."""

from dataclasses import replace

import pytest

from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.analysis.strategy_record import StrategyRecord, records
from tests.unit.analysis.test_signal_outcome import LONG, QUIET, after


def of(strategy: str, followed: FollowedSignal) -> FollowedSignal:
    """Return the signal as another strategy's."""
    return FollowedSignal(replace(followed.signal, strategy=strategy), followed.course)


def test_hits_stops_and_expiries_make_rate_and_expectancy() -> None:
    """Open and void ones stand beside them, an ambiguous one is a stop."""
    ones = [
        after(LONG, QUIET, (100, 121, 99, 119)),
        after(LONG, QUIET, (100, 101, 89, 95)),
        after(LONG, QUIET, (100, 121, 89, 119)),
        after(LONG, QUIET, (100, 111, 99, 110), expiry_bars=2),
        after(LONG, QUIET),
        after(LONG, (130, 131, 129, 130)),
    ]
    (found,) = records(ones)
    assert found == StrategyRecord("dip", 6, 1, 1, 1, 2, 1, 1, 0.25, pytest.approx(0.25), pytest.approx(1.0))  # type: ignore[arg-type] # approx compares


def test_each_strategy_has_its_own_and_one_without_an_end_no_rate() -> None:
    """By name."""
    found = records([of("b", after(LONG, QUIET)), of("a", after(LONG, QUIET, (100, 121, 99, 119)))])
    assert [(one.strategy, one.hit_rate, one.expectancy_r) for one in found] == [("a", 1.0, 2.0), ("b", None, None)]
    assert records([]) == []

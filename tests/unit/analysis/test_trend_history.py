"""What lies before a window of bars is remembered for each symbol."""

import numpy as np

from eliteflow.analysis.trend_history import Past, TrendHistory
from eliteflow.analysis.trend_rule import DOWN, FLAT, UNKNOWN, UP
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import START_MS

M5 = Timeframe.M5.ms
TIMES = START_MS + np.arange(4) * M5
HISTORY = TrendHistory(
    timeframe=Timeframe.M5,
    symbols=("A", "B", "C"),
    open_time_ms=TIMES,
    direction=np.array([[UP, UP, UP, DOWN], [FLAT, FLAT, UP, UP], [UNKNOWN, UNKNOWN, FLAT, FLAT]], np.int8),
    first_ms=TIMES[[0, 0, 2]],
    past=Past(np.array([UP, UP, FLAT], np.int8), np.array([START_MS - 9 * M5, START_MS - 5 * M5, -1])),
)


def past_of(symbols: tuple[str, ...], first_bars: list[int]) -> list[tuple[int, int]]:
    """Return direction, and since when in bars after the start, before windows that begin at these bars."""
    past = HISTORY.before(symbols, START_MS + np.array(first_bars) * M5)
    since = [-1 if ms < 0 else (ms - START_MS) // M5 for ms in past.since_ms.tolist()]
    return list(zip(past.direction.tolist(), since, strict=True))


def test_the_newest_direction_began_in_the_bars_or_before_them() -> None:
    """Only a run that reaches the first judged bar, in the same direction, is older than it."""
    assert HISTORY.newest_since_ms().tolist() == TIMES[[3, 2, 2]].tolist()
    past = Past(HISTORY.past.direction[:1], HISTORY.past.since_ms[:1])
    older = TrendHistory(Timeframe.M5, ("A",), TIMES[:3], HISTORY.direction[:1, :3], TIMES[:1], past)
    assert older.newest_since_ms().tolist() == [START_MS - 9 * M5]


def test_a_window_that_moves_on_finds_the_bar_before_it() -> None:
    """With the beginning of its run, from memory where it lies before all bars."""
    assert past_of(("A", "B", "C"), [2, 3, 4]) == [(UP, -9), (UP, 2), (FLAT, 2)]


def test_the_same_window_again_finds_what_it_found_the_first_time() -> None:
    """A revision repeats an update without losing what lay before."""
    assert past_of(("A", "B", "C"), [0, 0, 2]) == [(UP, -9), (UP, -5), (FLAT, -1)]


def test_what_was_never_seen_is_not_known() -> None:
    """New symbols, bars before the oldest, bars after a gap, and bars that could not be judged."""
    assert past_of(("NEW", "A", "B", "C"), [2, -3, 6, 2]) == [(FLAT, -1)] * 4


def test_symbols_are_found_by_name() -> None:
    """Rows move when contracts are listed or delisted."""
    assert past_of(("C", "A"), [4, 4]) == [(FLAT, 2), (DOWN, 3)]

"""A signal is entered at the next open and ends at its stop, its target, or after its bars."""

import numpy as np
import pytest

from eliteflow.analysis.signal_outcome import Course, Ending, FollowedSignal, follow
from eliteflow.model.signal import Side, Signal
from eliteflow.model.timeframe import Timeframe

M5 = Timeframe.M5
BAR_MS = 1_000 * M5.ms

Bar = tuple[float, float, float, float]
"""Open, high, low, close."""

LONG = Signal("dip", "A", Side.LONG, M5, BAR_MS, entry=100.0, stop=90.0, target=120.0, strength=0.5)
SHORT = Signal("dip", "A", Side.SHORT, M5, BAR_MS, entry=100.0, stop=110.0, target=80.0, strength=0.5)
QUIET: Bar = (100, 101, 99, 100)


def after(signal: Signal, *bars: Bar, expiry_bars: int = 48) -> FollowedSignal:
    """Follow a signal over bars from the next one on."""
    times = signal.bar_ms + M5.ms * np.arange(1, len(bars) + 1)
    return follow(FollowedSignal.new(signal), times, np.array(bars, np.float64).T, expiry_bars=expiry_bars)


def mirrored(bar: Bar) -> Bar:
    """The bar as a short signal sees it: prices on the other side of 100."""
    open_, high, low, close = bar
    return (200 - open_, 200 - low, 200 - high, 200 - close)


ENDINGS: dict[str, tuple[list[Bar], Ending | None, float | None]] = {
    "target": ([QUIET, (100, 121, 99, 119)], Ending.TARGET, 2.0),
    "target, exactly": ([QUIET, (100, 120, 99, 110)], Ending.TARGET, 2.0),
    "target at the bar of the entry": ([(101, 120, 99, 118)], Ending.TARGET, 1.9),
    "stop": ([QUIET, (100, 101, 89, 95)], Ending.STOP, -1.0),
    "stop, exactly": ([QUIET, (100, 101, 90, 95)], Ending.STOP, -1.0),
    "stop at the bar of the entry": ([(98, 101, 80, 95)], Ending.STOP, -0.8),
    "an open beyond the stop": ([QUIET, (85, 86, 84, 85)], Ending.STOP, -1.5),
    "an open beyond the target": ([QUIET, (125, 126, 124, 125)], Ending.TARGET, 2.0),
    "both": ([QUIET, (100, 121, 89, 119)], Ending.STOP, -1.0),
    "never entered, below": ([(90, 130, 89, 125)], Ending.VOID, None),
    "never entered, above": ([(120, 130, 89, 125)], Ending.VOID, None),
    "still open": ([QUIET, QUIET], None, None),
}


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("name", ENDINGS)
def test_it_ends_at_the_first_bar_that_touches_stop_or_target(name: str, side: Side) -> None:
    """Long and short are mirror images."""
    bars, ending, result_r = ENDINGS[name]
    signal = LONG if side is Side.LONG else SHORT
    found = after(signal, *(bars if side is Side.LONG else map(mirrored, bars)))
    assert found.course.ending is ending
    assert found.result_r == (None if result_r is None else pytest.approx(result_r))
    assert found.course.is_ambiguous is (name == "both")
    assert found.course.ended_ms == (None if ending is None else BAR_MS + len(bars) * M5.ms)


def test_it_expires_at_the_close_of_its_last_bar() -> None:
    """The bar of the entry is the first; a target at the last one still counts."""
    late = (104.0, 105.0, 103.0, 104.5)
    found = after(LONG, QUIET, QUIET, late, expiry_bars=3)
    assert (found.course.ending, found.course.bars, found.course.out) == (Ending.EXPIRED, 3, 104.5)
    assert found.result_r == pytest.approx(0.45)
    assert after(LONG, QUIET, QUIET, late, expiry_bars=4).course.ending is None
    assert after(LONG, QUIET, QUIET, (100, 120, 99, 110), expiry_bars=3).course.ending is Ending.TARGET


def test_bar_after_bar_gives_what_all_at_once_give() -> None:
    """The course so far is all that is remembered."""
    random = np.random.default_rng(5)
    for _ in range(200):
        close = 100 + np.cumsum(random.normal(0, 3, 60))
        open_ = np.concatenate([[100.0], close[:-1]])
        bars = np.stack([open_, np.maximum(open_, close) + 1, np.minimum(open_, close) - 1, close])
        times = BAR_MS + M5.ms * np.arange(1, 61)
        whole = follow(FollowedSignal.new(LONG), times, bars, expiry_bars=48)
        one = FollowedSignal.new(LONG)
        for bar in range(60):
            if one.course.ending is None:
                one = follow(one, times[bar : bar + 1], bars[:, bar : bar + 1], expiry_bars=48)
        assert one == whole


def test_what_has_ended_stays_as_it_is() -> None:
    """Later bars change nothing."""
    ended = after(LONG, QUIET, (100, 121, 99, 119))
    times = np.array([BAR_MS + 9 * M5.ms])
    assert follow(ended, times, np.array([[1.0], [2.0], [0.5], [1.0]]), expiry_bars=48) == ended


def test_a_hole_in_the_bars_is_refused() -> None:
    """A missing bar may be the one that touched the stop; so may one without prices."""
    one = FollowedSignal.new(LONG)
    with pytest.raises(ValueError, match="does not go on"):
        follow(one, np.array([BAR_MS + 2 * M5.ms]), np.array([QUIET]).T, expiry_bars=48)
    with pytest.raises(ValueError, match="does not go on"):
        follow(one, np.array([BAR_MS + M5.ms]), np.full((4, 1), np.nan), expiry_bars=48)


def test_a_delisted_contract_leaves_no_result() -> None:
    """Entered or not."""
    lost = after(LONG, QUIET).void(BAR_MS + 5 * M5.ms)
    assert (lost.course.ending, lost.result_r, lost.course.ended_ms) == (Ending.VOID, None, BAR_MS + 5 * M5.ms)
    assert FollowedSignal.new(LONG).course == Course(BAR_MS)

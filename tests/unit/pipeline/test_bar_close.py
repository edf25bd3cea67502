"""What is done at a boundary, moment by moment."""

from collections.abc import Collection, Sequence

import numpy as np
import pytest

from eliteflow.model.candle import FIELDS
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.bar_close import Action, CloseWatch, FetchClosed, Infer, Release, inferred_bars
from eliteflow.testing.series import HEAD_MS

M5, M15, H1 = Timeframe.M5, Timeframe.M15, Timeframe.H1
A, B, C = "AUSDT", "BUSDT", "CUSDT"


def nobody(_symbols: Sequence[str]) -> Collection[str]:
    """Nobody is quiet."""
    return ()


def watch_of(*symbols: str, timeframes: Collection[Timeframe] = (H1, M5), **after_ms: int) -> CloseWatch:
    """Return the watch of a boundary at which all symbols close in all timeframes."""
    return CloseWatch(HEAD_MS, dict.fromkeys(timeframes, symbols), **after_ms)


def at(seconds: float) -> int:
    """Return the venue time so long after the boundary."""
    return HEAD_MS + round(seconds * 1000)


def settle(watch: CloseWatch, *symbols: str, after_s: float, timeframes: Collection[Timeframe] = (M5, H1)) -> None:
    """Let bars become final."""
    for timeframe in timeframes:
        watch.settled(timeframe, symbols, at(after_s))


def steps(watch: CloseWatch, until_s: float = 60) -> list[tuple[float, Action]]:
    """Step whenever the watch wants to, with nobody quiet, and return what it wants when."""
    found: list[tuple[float, Action]] = []
    while (next_ms := watch.next_ms()) is not None and next_ms <= at(until_s):
        found += [((next_ms - HEAD_MS) / 1000, action) for action in watch.step(next_ms, nobody)]
    return found


def test_the_cycle_begins_as_soon_as_all_bars_are_final() -> None:
    """The last bar to settle releases it; the watch is over."""
    watch = watch_of(A, B)
    settle(watch, A, after_s=2.01)
    assert watch.step(at(2.01), nobody) == []
    settle(watch, B, after_s=2.02)
    assert watch.step(at(2.02), nobody) == [Release({})]
    assert watch.is_over
    assert watch.next_ms() is None
    assert watch.step(at(3), nobody) == []


def test_a_longer_bar_that_does_not_follow_calls_for_a_step() -> None:
    """Once it may be fetched; so does the last bar of all."""
    watch = watch_of(A, B)
    settle(watch, A, after_s=2.9, timeframes=[M5])
    assert not watch.is_due([A], at(2.9))
    assert watch.is_due([A], at(3))
    settle(watch, A, after_s=3.1, timeframes=[H1])
    assert not watch.is_due([A], at(3.1))
    settle(watch, B, after_s=3.2)
    assert watch.is_due([B], at(3.2))


def test_nobody_wanted_is_released_at_once() -> None:
    """A market without symbols waits for nothing."""
    watch = watch_of()
    assert watch.next_ms() == HEAD_MS
    assert watch.step(HEAD_MS, nobody) == [Release({})]
    assert watch.completeness() == {2: 1.0, 3: 1.0, 5: 1.0, 10: 1.0}


def test_quiet_symbols_are_closed_by_rule_two_seconds_after_the_boundary() -> None:
    """Of those without a final bar only the quiet ones, once, in the shortest timeframe, before anything else."""
    watch = watch_of(A, B, C)
    settle(watch, A, after_s=1.9)
    asked: list[Sequence[str]] = []

    def quiet(symbols: Sequence[str]) -> Collection[str]:
        asked.append(symbols)
        return {C, A}

    assert watch.step(at(1.999), quiet) == []
    assert watch.next_ms() == at(2)
    assert watch.step(at(2), quiet) == [Infer((C,))]
    assert watch.step(at(2.5), quiet) == []
    assert asked == [(B, C)]


def test_what_was_to_be_closed_by_rule_and_was_not_is_fetched() -> None:
    """A bar is final when it settles, not when that was asked for."""
    watch = watch_of(A, timeframes=(M5,))
    assert watch.step(at(4), lambda symbols: symbols) == [Infer((A,))]
    assert watch.step(at(4), nobody) == [FetchClosed(M5, (A,))]


def test_missing_bars_are_fetched_again_after_growing_pauses() -> None:
    """At +3, +4, +5, +7 and +11 s, released with their names at +5 s, over at +15 s."""
    watch = watch_of(A, B, timeframes=(M5,))
    settle(watch, B, after_s=2, timeframes=(M5,))
    fetch = FetchClosed(M5, (A,))
    assert steps(watch) == [
        (3, fetch),
        (4, fetch),
        (5, fetch),
        (5, Release({M5: (A,)})),
        (7, fetch),
        (11, fetch),
    ]
    assert watch.is_over
    assert watch.missing() == {M5: (A,)}


def test_bars_that_no_stream_will_bring_are_fetched_at_2_s() -> None:
    """The others have their time until +3 s; what could not be had is asked for again with them."""
    watch = watch_of(A, B, timeframes=(M5,))
    watch.hasten([A, C])
    assert steps(watch, until_s=4) == [
        (2, FetchClosed(M5, (A,))),
        (3, FetchClosed(M5, (A, B))),
        (4, FetchClosed(M5, (A, B))),
    ]
    settle(watch, A, B, after_s=4.2)
    assert watch.step(at(4.2), nobody) == [Release({})]


def test_a_longer_bar_is_fetched_once_the_shorter_one_is_final() -> None:
    """It mostly follows by rolling up; when it does not, it is fetched at once."""
    watch = watch_of(A, B, timeframes=(H1, M15, M5))
    settle(watch, B, after_s=2, timeframes=(M5,))
    assert watch.step(at(3), nobody) == [FetchClosed(M5, (A,)), FetchClosed(M15, (B,)), FetchClosed(H1, (B,))]
    settle(watch, B, after_s=3.1, timeframes=(M15, H1))
    settle(watch, A, after_s=3.2, timeframes=(M5, M15))
    assert watch.next_ms() == at(3)
    assert watch.step(at(3.2), nobody) == [FetchClosed(H1, (A,))]
    assert watch.next_ms() == at(4.2)


def test_late_bars_are_taken_after_the_release() -> None:
    """The watch goes on until the last one is there."""
    watch = watch_of(A, B)
    settle(watch, A, after_s=2)
    steps(watch, until_s=6)
    settle(watch, B, after_s=6.5)
    assert watch.is_over
    assert watch.missing() == {}


@pytest.mark.parametrize(("after_s", "fetches"), [(6, 1), (14.999, 1), (15, 0), (900, 0)])
def test_a_step_that_comes_too_late_releases_with_names(after_s: float, fetches: int) -> None:
    """After +15 s nothing is fetched any more; the missing are a gap."""
    watch = watch_of(A, timeframes=(M5,))
    fetched = [FetchClosed(M5, (A,))] * fetches
    assert watch.step(at(after_s), nobody) == [*fetched, Release({M5: (A,)})]
    assert watch.is_over is (not fetches)


def test_times_come_from_the_settings() -> None:
    """A late verification and an early release are as they were set."""
    watch = watch_of(A, timeframes=(M5,), verify_after_ms=6_000, give_up_after_ms=2_500)
    assert [(when, type(action)) for when, action in steps(watch, until_s=6)] == [(2.5, Release), (6, FetchClosed)]


def test_a_delisted_symbol_is_not_waited_for() -> None:
    """Neither in what is fetched nor in the share."""
    watch = watch_of(A, B)
    settle(watch, A, after_s=2)
    watch.forget([B, "NEVERUSDT"])
    assert watch.step(at(2.1), nobody) == [Release({})]
    assert watch.share_final(2_000) == 1.0


def test_series_that_nobody_waits_for_do_not_count() -> None:
    """Other symbols, other timeframes and a second final bar change nothing."""
    watch = watch_of(A, B)
    settle(watch, "OTHERUSDT", after_s=1)
    settle(watch, A, after_s=1, timeframes=(M15,))
    settle(watch, A, after_s=1.5)
    settle(watch, A, after_s=2.5)
    assert (watch.final, watch.lacking) == (2, 2)


def test_completeness_is_the_share_of_final_bars_at_each_mark() -> None:
    """A bar counts from the moment it settled."""
    watch = watch_of(A, B)
    settle(watch, A, after_s=2, timeframes=(M5,))
    settle(watch, A, after_s=2.001, timeframes=(H1,))
    settle(watch, B, after_s=8, timeframes=(M5,))
    assert watch.completeness() == {2: 0.25, 3: 0.5, 5: 0.5, 10: 0.75}
    assert watch.share_final(2_500) == 0.5


def test_a_bar_closed_by_rule_repeats_the_close() -> None:
    """Prices are the previous close, everything that adds up is zero."""
    bars = inferred_bars(np.array([2.5, 7.0]))
    assert dict(zip(FIELDS, bars.T[1].tolist(), strict=True)) == {
        **dict.fromkeys(FIELDS, 0.0),
        **dict.fromkeys(("open", "high", "low", "close"), 7.0),
    }


def test_a_watch_shows_how_far_it_is() -> None:
    """For logs and debuggers."""
    watch = watch_of(A)
    settle(watch, A, after_s=2, timeframes=(M5,))
    assert repr(watch) == f"<CloseWatch {HEAD_MS}, 1 final, 1 missing, waiting>"

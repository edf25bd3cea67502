"""What is compared with the venue, when, and what counts as a difference."""

import numpy as np
import pytest

from eliteflow.model.candle import FIELDS
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.audit import DEEP_ROWS, ROWS, AuditPlan, compare
from eliteflow.pipeline.backfill import Fetch
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.testing.series import HEAD_MS, make_series

M5 = Timeframe.M5
MARKET = tuple(f"COIN{number}USDT" for number in range(530))
HOUR_S = 3_600


def at(seconds: float) -> int:
    """Return a venue time, in seconds after a boundary."""
    return HEAD_MS + round(seconds * 1000)


def plan_of(*symbols: str, weight_limit: int = 2_400, seed: int = 1) -> AuditPlan:
    """Return a plan that audits some symbols."""
    plan = AuditPlan(seed=seed, weight_limit=weight_limit)
    plan.watch(symbols)
    return plan


def run(plan: AuditPlan, until_s: float, from_s: float = 0) -> list[tuple[float, Fetch]]:
    """Take whatever the plan gives whenever it wants to, and return what it gave when."""
    taken = []
    now_ms = at(from_s)
    while now_ms < at(until_s):
        if fetch := plan.take(now_ms):
            taken.append(((now_ms - HEAD_MS) / 1000, fetch))
        next_ms = plan.next_ms()
        assert next_ms is not None
        assert next_ms > now_ms
        now_ms = next_ms
    return taken


def test_the_newest_99_bars_of_the_market_are_compared_in_22_minutes() -> None:
    """One request of weight 1 every 2.5 s, each symbol once."""
    taken = run(plan_of(*MARKET), until_s=530 * 2.5)
    assert [when for when, _ in taken] == [2.5 * number for number in range(530)]
    assert {fetch.symbol for _, fetch in taken} == {*MARKET}
    assert {(fetch.timeframe, fetch.limit) for _, fetch in taken} == {(M5, ROWS)}


def test_every_tenth_sweep_is_deep() -> None:
    """It compares 499 bars and costs twice as much time."""
    taken = run(plan_of("A", "B", "C"), until_s=9 * 7.5 + 3 * 5 + 10 * 7.5)
    rows = [fetch.limit for _, fetch in taken]
    assert rows == [ROWS] * 27 + [DEEP_ROWS] * 3 + [ROWS] * 27 + [DEEP_ROWS] * (len(rows) - 57)
    deep = [when for when, fetch in taken if fetch.limit == DEEP_ROWS][:3]
    assert deep[1] - deep[0] == deep[2] - deep[1] == 5


def test_each_sweep_has_an_order_of_its_own() -> None:
    """Shuffled by the seed, the same for the same seed."""
    sweeps = [fetch.symbol for _, fetch in run(plan_of(*MARKET[:20]), until_s=100)]
    assert sorted(sweeps[:20]) == sorted(sweeps[20:]) == sorted(MARKET[:20])
    assert sweeps[:20] != sweeps[20:]
    assert sweeps == [fetch.symbol for _, fetch in run(plan_of(*MARKET[:20]), until_s=100)]
    assert sweeps != [fetch.symbol for _, fetch in run(plan_of(*MARKET[:20], seed=2), until_s=100)]


def test_bars_closed_by_rule_come_first() -> None:
    """From five seconds after their boundary on, one after the other; unknown symbols are left alone."""
    plan = plan_of(*MARKET)
    run(plan, until_s=0.1)
    plan.inferred(["COIN7USDT", "COIN8USDT", "NEVERUSDT"], HEAD_MS)
    taken = run(plan, until_s=12, from_s=2.5)
    assert [(when, fetch.symbol) for when, fetch in taken if when >= 5][:2] == [(5, "COIN7USDT"), (7.5, "COIN8USDT")]
    assert taken[1][1] == Fetch("COIN7USDT", M5, ROWS, HEAD_MS - M5.ms)


def test_the_newest_bar_is_one_that_has_settled() -> None:
    """Two seconds after a close the venue changes the bar no more."""
    ends = [fetch.end_ms for _, fetch in run(plan_of("A"), until_s=5)]
    assert ends == [HEAD_MS - 2 * M5.ms, HEAD_MS - M5.ms]


@pytest.mark.parametrize(("weight_limit", "pause_s"), [(2_400, 2.5), (6_000, 1), (2_450, 2.5), (50, 120)])
def test_the_pace_follows_the_venues_limit(weight_limit: int, pause_s: float) -> None:
    """One percent, rounded down to whole weights where there are any."""
    taken = run(plan_of("A", weight_limit=weight_limit), until_s=2 * pause_s)
    assert [when for when, _ in taken] == [0, pause_s]


def test_a_changed_universe_changes_the_sweep_in_progress() -> None:
    """New symbols are compared in it, delisted ones are not, the others once."""
    plan = plan_of("A", "B", "C", "D")
    (_, first), (_, second) = run(plan, until_s=5)
    kept = {"A", "B", "C", "D"} - {first.symbol, second.symbol}
    plan.watch([*kept, first.symbol, "E"])
    assert {fetch.symbol for _, fetch in run(plan, until_s=12.5, from_s=5)} == {*kept, "E"}
    plan.inferred(["E"], HEAD_MS)
    plan.watch(["A"])
    assert [fetch.symbol for _, fetch in run(plan, until_s=20, from_s=15)] == ["A", "A"]


def test_nothing_is_compared_without_symbols() -> None:
    """A plan for nobody never wakes up."""
    plan = plan_of()
    assert plan.next_ms() is None
    assert plan.take(HEAD_MS) is None


def test_a_clock_that_is_set_back_does_not_stop_the_audits() -> None:
    """They go on after one pause."""
    plan = plan_of("A")
    assert plan.take(at(HOUR_S)) is not None
    assert plan.take(HEAD_MS) is None
    assert plan.next_ms() == at(2.5)


def test_a_plan_shows_how_far_it_is() -> None:
    """For logs and debuggers."""
    plan = plan_of("A", "B")
    plan.take(HEAD_MS)
    assert repr(plan) == "<AuditPlan sweep 0, 1 of 2 symbols to go>"


LATER_MS = HEAD_MS + 9 * M5.ms


def held(series: Series) -> CandleStore:
    """Return a memory that holds a series."""
    store = CandleStore(128)
    store.write("BTCUSDT", M5, series, requested_ms=LATER_MS)
    return store


def test_equal_bars_are_no_mismatch() -> None:
    """Nor are bars that only one side has."""
    block = held(make_series(bars=20)).block(M5, ["BTCUSDT"], HEAD_MS, 50)
    for bars, head_ms in ((20, HEAD_MS), (40, HEAD_MS), (5, HEAD_MS - 10 * M5.ms), (30, HEAD_MS + M5.ms)):
        assert compare(block, make_series(bars=bars, head_ms=head_ms), requested_ms=LATER_MS) == []


def test_a_mismatch_carries_the_bar_and_both_values() -> None:
    """Each field that differs, none that does not."""
    block = held(make_series(bars=20)).block(M5, ["BTCUSDT"], HEAD_MS, 20)
    theirs = make_series(bars=20)
    theirs.values[FIELDS.index("close"), 3] += 1
    theirs.values[FIELDS.index("trades"), 3] += 5
    theirs.values[FIELDS.index("volume"), 19] += 0.5
    first, second = compare(block, theirs, requested_ms=LATER_MS)
    close, trades = block.values[FIELDS.index("close"), 0, 3], block.values[FIELDS.index("trades"), 0, 3]
    assert first == ("BTCUSDT", M5, HEAD_MS - 16 * M5.ms, {"close": (close, close + 1), "trades": (trades, trades + 5)})
    assert (second.open_time_ms, list(second.fields)) == (HEAD_MS, ["volume"])


@pytest.mark.parametrize(("after_close_s", "mismatches"), [(1.999, 0), (2, 1)])
def test_a_bar_that_the_venue_may_still_change_is_not_compared(after_close_s: float, mismatches: int) -> None:
    """What counts is when the venue was asked."""
    block = held(make_series(bars=20)).block(M5, ["BTCUSDT"], HEAD_MS, 20)
    theirs = make_series(bars=20)
    theirs.values[FIELDS.index("close"), -1] += 1
    found = compare(block, theirs, requested_ms=at(300 + after_close_s))
    assert len(found) == mismatches


def test_bars_that_memory_does_not_know_are_not_compared() -> None:
    """They are fetched, which is not a mismatch."""
    store = held(make_series(bars=5))
    store.write("OLDUSDT", M5, make_series("OLDUSDT", bars=20), requested_ms=LATER_MS)
    both = store.block(M5, ["BTCUSDT", "OLDUSDT"], HEAD_MS, 20)
    alone = both.__class__(M5, ("BTCUSDT",), HEAD_MS, both.open_time_ms, both.values[:, :1], both.known[:1])
    assert np.isnan(alone.values[0, 0, 0])
    assert compare(alone, make_series(bars=20), requested_ms=LATER_MS) == []

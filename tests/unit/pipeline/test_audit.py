"""What is compared with the venue, when, and what counts as a difference."""

from collections.abc import Sequence

import numpy as np
import pytest

from eliteflow.model.candle import FIELDS
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.audit import DEEP_ROWS, ROWS, AuditPlan, compare
from eliteflow.pipeline.backfill import Fetch
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.testing.series import HEAD_MS, make_series

M5, M15, H1 = Timeframe.M5, Timeframe.M15, Timeframe.H1
MARKET = tuple(f"COIN{number}USDT" for number in range(530))
HOUR_S = 3_600


def at(seconds: float) -> int:
    """Return a venue time, in seconds after a boundary."""
    return HEAD_MS + round(seconds * 1000)


def plan_of(*symbols: str, weight_limit: int = 2_400, seed: int = 1, others: Sequence[Timeframe] = ()) -> AuditPlan:
    """Return a plan that audits some symbols."""
    plan = AuditPlan(seed=seed, weight_limit=weight_limit, others=others)
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


def test_every_streamed_series_is_compared_within_25_minutes() -> None:
    """Three hours of 530 symbols: three are in doubt at every close and compared besides, as are larger timeframes."""
    plan, taken = plan_of(*MARKET, others=(M15, H1)), []
    for close in range(36):
        plan.doubt(MARKET[:3], at(300 * close + 5))
        taken += run(
            plan, from_s=max(300 * close, (plan.next_ms() or 0) / 1000 - HEAD_MS / 1000), until_s=300 * close + 300
        )
    last = dict.fromkeys(MARKET, 0.0)
    for when, fetch in taken:
        if fetch.timeframe is M5:
            assert when - last[fetch.symbol] <= 25 * 60
            last[fetch.symbol] = when
    assert min(last.values()) > 3 * HOUR_S - 25 * 60


def test_every_other_series_is_compared_within_three_days() -> None:
    """As far back as one answer reaches, which parts in memory do not: a tenth of a market in a tenth of the time."""
    some = MARKET[:53]
    taken = run(plan_of(*some, others=(M15, H1)), until_s=7.2 * HOUR_S)
    larger = [fetch for _, fetch in taken if fetch.timeframe is not M5]
    assert {(fetch.symbol, fetch.timeframe) for fetch in larger} == {(s, t) for s in some for t in (M15, H1)}
    assert {fetch.limit for fetch in larger} == {DEEP_ROWS}


def test_a_bar_that_does_not_follow_from_its_parts_is_compared_early() -> None:
    """It is the one of its own timeframe that is in doubt."""
    plan = plan_of(*MARKET, others=(M15, H1))
    plan.doubt(["COIN7USDT"], at(20), H1)
    plan.doubt(["COIN7USDT"], at(20), Timeframe.M1)
    early = [fetch for when, fetch in run(plan, until_s=25) if when >= 20]
    assert early[0] == Fetch("COIN7USDT", H1, ROWS, H1.newest_closed_ms(at(20)))
    assert early[1].timeframe is M5


def test_a_deep_comparison_of_a_larger_timeframe_that_failed_comes_first_of_them() -> None:
    """When it is their turn again."""
    plan = plan_of(*MARKET[:4], others=(H1,))
    first, *_ = (fetch for _, fetch in run(plan, until_s=300) if fetch.timeframe is H1)
    plan.failed(first, at(300))
    again, *_ = (fetch for _, fetch in run(plan, from_s=300, until_s=600) if fetch.timeframe is H1)
    assert again._replace(end_ms=0) == first._replace(end_ms=0)


def test_what_is_streamed_by_itself_goes_round_by_itself() -> None:
    """Each timeframe in the same round."""
    plan = AuditPlan(seed=1, streamed=(M5, M15))
    plan.watch(MARKET[:20])
    taken = run(plan, until_s=110)
    assert {(fetch.symbol, fetch.timeframe) for _, fetch in taken} == {(s, t) for s in MARKET[:20] for t in (M5, M15)}


def test_one_request_of_weight_1_goes_every_2_5_s() -> None:
    """It compares 99 bars; 499 cost twice as much time, and are compared of a fortieth of the symbols each round."""
    taken = run(plan_of(*MARKET[:80]), until_s=77 * 2.5 + 3 * 5)
    assert [when for when, _ in taken] == [*(2.5 * number for number in range(78)), 197.5, 202.5]
    assert [fetch.limit for _, fetch in taken] == [ROWS] * 78 + [DEEP_ROWS] * 2
    assert {fetch.timeframe for _, fetch in taken} == {M5}


def test_every_fortieth_comparison_of_a_series_is_deep() -> None:
    """Of each in a round of its own."""
    taken = run(plan_of(*MARKET[:4]), until_s=860)
    deep: dict[str, list[int]] = {symbol: [] for symbol in MARKET[:4]}
    for place, (_, fetch) in enumerate(taken):
        if fetch.limit == DEEP_ROWS:
            deep[fetch.symbol].append(place // 4)
    assert sorted(rounds[0] for rounds in deep.values()) == [9, 19, 29, 39]
    assert all(rounds[1] - rounds[0] == 40 for rounds in deep.values())


def test_the_order_is_shuffled_once() -> None:
    """By the seed, so that each symbol waits equally long; the same for the same seed."""
    first, second = ([fetch.symbol for _, fetch in run(plan_of(*MARKET[:20]), until_s=102.5)] for _ in range(2))
    assert first == second
    assert sorted(first[:20]) == sorted(MARKET[:20]) != first[:20]
    assert first[20:] == first[: len(first) - 20]
    assert first != [fetch.symbol for _, fetch in run(plan_of(*MARKET[:20], seed=2), until_s=102.5)]


def test_what_could_not_be_had_is_asked_for_again() -> None:
    """Half a minute later, before its turn; a deep comparison is made up for when its turn comes."""
    plan = plan_of(*MARKET[:40])
    *_, (when, fetch) = run(plan, until_s=102)
    assert (when, fetch.limit) == (100, DEEP_ROWS)
    plan.failed(fetch, at(when))
    plan.failed(Fetch("NEVERUSDT", M5, ROWS, HEAD_MS), at(when))
    own = [(at, later.limit) for at, later in run(plan, from_s=105, until_s=260) if later.symbol == fetch.symbol]
    assert [limit for _, limit in own] == [ROWS, DEEP_ROWS]
    assert own[0][0] == 130


def test_bars_in_doubt_come_first() -> None:
    """From the moment that was named on, in the order of the round; unknown symbols are left alone."""
    plan = plan_of(*MARKET)
    run(plan, until_s=0.1)
    plan.doubt(["COIN7USDT", "COIN8USDT", "NEVERUSDT"], at(5))
    taken = run(plan, until_s=12, from_s=2.5)
    assert [(when, fetch.symbol) for when, fetch in taken if when >= 5][:2] == [(5, "COIN7USDT"), (7.5, "COIN8USDT")]
    assert taken[1][1] == Fetch("COIN7USDT", M5, ROWS, HEAD_MS - M5.ms)


def test_a_whole_market_in_doubt_takes_one_round_and_not_two() -> None:
    """In the order of the round: nobody waits longer than 25 minutes, since the last time as after the doubt."""
    plan = plan_of(*MARKET)
    taken = run(plan, until_s=600)
    plan.doubt(MARKET, at(600))
    taken += run(plan, from_s=602.5, until_s=3 * HOUR_S)
    last = dict.fromkeys(MARKET, 0.0)
    for when, fetch in taken:
        assert when - last[fetch.symbol] <= 25 * 60
        last[fetch.symbol] = when
    assert len({fetch.symbol for when, fetch in taken if 600 < when < 600 + 25 * 60}) == len(MARKET)


def test_the_newest_bar_is_one_that_has_settled() -> None:
    """Two seconds after a close the venue changes the bar no more."""
    ends = [fetch.end_ms for _, fetch in run(plan_of("A"), until_s=5)]
    assert ends == [HEAD_MS - 2 * M5.ms, HEAD_MS - M5.ms]


@pytest.mark.parametrize(("after_close_s", "bars_ago"), [(3, 2), (14.9, 2), (15, 1)])
def test_the_newest_bar_of_another_timeframe_has_closed_a_while_ago(after_close_s: float, bars_ago: int) -> None:
    """REST may lack a bar's last trades for some seconds, and no stream has counted those of a larger one."""
    plan = plan_of("A", others=(H1,))
    plan.doubt(["A"], at(after_close_s), H1)
    fetch = plan.take(at(after_close_s))
    assert fetch == Fetch("A", H1, ROWS, H1.open_time_ms(HEAD_MS) - bars_ago * H1.ms)


@pytest.mark.parametrize(("weight_limit", "pause_s"), [(2_400, 2.5), (6_000, 1), (2_450, 2.5), (50, 120)])
def test_the_pace_follows_the_venues_limit(weight_limit: int, pause_s: float) -> None:
    """One percent, rounded down to whole weights where there are any."""
    taken = run(plan_of("A", weight_limit=weight_limit), until_s=2 * pause_s)
    assert [when for when, _ in taken] == [0, pause_s]


def test_a_changed_universe_changes_the_round() -> None:
    """It is a new symbol's turn, a delisted one has none, the others keep theirs."""
    plan = plan_of("A", "B", "C", "D")
    first, second, *_ = (fetch.symbol for _, fetch in run(plan, until_s=5))
    third, fourth = {"A", "B", "C", "D"} - {first, second}
    plan.watch([third, fourth, first, "E"])
    turns = [fetch.symbol for _, fetch in run(plan, until_s=15, from_s=5)]
    assert (turns[0], {*turns[1:3]}, turns[3]) == ("E", {third, fourth}, first)
    plan.doubt(["E"], at(5))
    plan.watch(["A"])
    assert [fetch.symbol for _, fetch in run(plan, until_s=25, from_s=20)] == ["A", "A"]


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
    plan.doubt(["A"], at(5))
    assert repr(plan) == "<AuditPlan 2 series, 1 of them before their turn>"


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

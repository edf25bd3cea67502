"""Audits stay within their share of the weight, and leave nobody out."""

from hypothesis import given
from hypothesis import strategies as st

from eliteflow.model.klines_weight import request_weight
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.audit import DEEP_EVERY, DEEP_ROWS, OTHERS_EVERY, AuditPlan
from eliteflow.testing.series import HEAD_MS

SYMBOLS = ("A", "B", "C", "D", "E")
OTHERS = (Timeframe.M15, Timeframe.H1)
LIMITS = (50, 2_400, 2_450, 6_000)

MARKET = tuple(f"COIN{number}" for number in range(16))

some = st.sets(st.sampled_from(MARKET), max_size=3)
steps = st.lists(
    st.tuples(st.sampled_from((0, 0, 0, 0, 1, 700, 9_000)), st.none() | some, some), min_size=60, max_size=90
)
"""How late the plan is looked at, who trades no more from then on, and whose bars are in doubt."""


@given(st.sampled_from(LIMITS), steps)
def test_no_minute_costs_more_than_the_share(
    weight_limit: int, steps: list[tuple[int, set[str] | None, set[str]]]
) -> None:
    """Whenever it is asked and whatever changes, any sixty seconds hold at most 1 % of the limit, or one request."""
    plan = AuditPlan(seed=3, weight_limit=weight_limit, others=OTHERS)
    plan.watch(MARKET)
    sent: list[tuple[int, int]] = []
    now_ms = HEAD_MS
    for late_ms, gone, doubtful in steps:
        if gone is not None:
            plan.watch({*MARKET} - gone)
        plan.doubt(doubtful, now_ms)
        plan.doubt(doubtful, now_ms, OTHERS[-1])
        now_ms = max(now_ms, plan.next_ms() or now_ms) + late_ms
        if fetch := plan.take(now_ms):
            sent.append((now_ms, request_weight(fetch.limit)))
            if fetch.symbol in doubtful:
                plan.failed(fetch, now_ms)
            assert plan.next_ms() != now_ms
    for begin_ms, weight in sent:
        spent = sum(weight for at_ms, weight in sent if begin_ms <= at_ms < begin_ms + 60_000)
        assert spent <= max(weight_limit // 100, weight)


@given(st.lists(st.integers(-100_000, 100_000), max_size=100))
def test_no_clock_stops_the_audits(jumps: list[int]) -> None:
    """Wherever the clock is set, the next one follows within a pause."""
    plan = AuditPlan(seed=3)
    plan.watch(SYMBOLS)
    now_ms = HEAD_MS
    for jump_ms in jumps:
        now_ms += jump_ms
        plan.take(now_ms)
        next_ms = plan.next_ms()
        assert next_ms is not None
        assert now_ms < next_ms <= now_ms + 5_000
        now_ms = next_ms
        assert plan.take(now_ms) is not None


@given(st.sets(st.sampled_from(SYMBOLS), min_size=1), st.integers(0, 30), st.lists(st.sampled_from(SYMBOLS)))
def test_everybody_is_audited_in_each_round(symbols: set[str], begun: int, doubtful: list[str]) -> None:
    """Bars in doubt may delay a round; they never take a symbol out of it."""
    plan = AuditPlan(seed=3)
    plan.watch(SYMBOLS)
    now_ms = HEAD_MS
    for _ in range(begun):
        plan.take(now_ms := plan.next_ms() or now_ms)
    plan.watch(symbols)
    plan.doubt(doubtful, now_ms)
    early = {*doubtful} & symbols
    seen: list[str] = []
    while len(seen) < len(early) + len(symbols):
        if fetch := plan.take(now_ms := max(now_ms, plan.next_ms() or 0)):
            seen.append(fetch.symbol)
    assert {*seen[: len(early)]} == early
    assert {*seen[len(early) :]} == symbols


@given(st.sets(st.sampled_from(SYMBOLS), min_size=1), st.lists(st.tuples(st.booleans(), st.sampled_from(SYMBOLS))))
def test_no_series_of_another_timeframe_is_left_out(symbols: set[str], doubtful: list[tuple[bool, str]]) -> None:
    """Whatever is in doubt and whatever fails, each is compared whole before any has its turn again."""
    plan = AuditPlan(seed=3, others=OTHERS)
    plan.watch(SYMBOLS)
    plan.watch(symbols)
    doubts, whole, now_ms = iter(doubtful), list[tuple[str, Timeframe]](), HEAD_MS
    wanted = {(symbol, timeframe) for symbol in symbols for timeframe in OTHERS}
    for _ in range((OTHERS_EVERY * DEEP_EVERY + 1) * len(wanted) + len(doubtful)):
        is_other, doubted = next(doubts, (False, ""))
        plan.doubt([doubted], now_ms, OTHERS[0] if is_other else Timeframe.M5)
        fetch = plan.take(now_ms := max(now_ms, plan.next_ms() or 0))
        if fetch is not None and fetch.timeframe in OTHERS and fetch.limit == DEEP_ROWS:
            whole.append((fetch.symbol, fetch.timeframe))
    assert {*whole} == wanted
    assert len(whole) == len(wanted)

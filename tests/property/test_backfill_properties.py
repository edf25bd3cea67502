"""Whatever memory holds, planned requests make it whole, at the least price."""

from hypothesis import given
from hypothesis import strategies as st

from eliteflow.model.klines_weight import BEST_ROWS, request_weight
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import Fetch, plan_backfill, plan_deepening
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.testing.series import HEAD_MS, make_series

M5 = Timeframe.M5
CAPACITY = 2_048
LATER_MS = HEAD_MS + 9 * M5.ms

runs = st.lists(st.tuples(st.integers(1, 700), st.integers(0, 1_600)), max_size=4)
"""What memory holds: (bars, how many bars before the head they end)."""


def memory(held: list[tuple[int, int]]) -> CandleStore:
    """Return a store with these runs of bars."""
    store = CandleStore(CAPACITY)
    store.reserve(["A"], [M5])
    for bars, back in held:
        store.write("A", M5, make_series("A", bars=bars, head_ms=HEAD_MS - back * M5.ms), requested_ms=LATER_MS)
    return store


def answer(store: CandleStore, fetch: Fetch, listed: int) -> None:
    """Write what the venue answers, which has `listed` bars of the symbol."""
    first_ms = HEAD_MS - (listed - 1) * M5.ms
    bars = min(fetch.limit, max(0, (fetch.end_ms - first_ms) // M5.ms + 1))
    store.write("A", M5, make_series("A", bars=bars, head_ms=fetch.end_ms), requested_ms=LATER_MS)
    if bars < fetch.limit:
        store.note_first_bar("A", M5, fetch.end_ms - (bars - 1) * M5.ms)


@given(runs, st.integers(1, 1_500), st.integers(1, 3_000))
def test_rounds_of_deepening_make_memory_whole(held: list[tuple[int, int]], bars: int, listed: int) -> None:
    """At the best price a row, never more rows than wanted, and at most one answer beyond a listing's first bar."""
    store = memory([(min(length, listed - back), back) for length, back in held if back < listed])
    asked: list[Fetch] = []
    while plan := plan_deepening([store.coverage(M5, ["A"], HEAD_MS, bars)]):
        (fetch,) = plan
        assert fetch not in asked
        assert fetch.limit <= BEST_ROWS
        assert fetch.start_ms >= HEAD_MS - (bars - 1) * M5.ms
        asked.append(fetch)
        answer(store, fetch, listed)
    assert store.coverage(M5, ["A"], HEAD_MS, bars).missing.tolist() == [0]
    assert len(asked) <= -(-bars // BEST_ROWS)
    assert all(request_weight(fetch.limit) <= 2 for fetch in asked)
    assert sum(fetch.start_ms + (fetch.limit - 1) * M5.ms < HEAD_MS - (listed - 1) * M5.ms for fetch in asked) <= 1


@given(runs, st.integers(1, 1_500))
def test_one_request_brings_all_that_a_call_lacks(held: list[tuple[int, int]], bars: int) -> None:
    """From the oldest missing bar to the newest, at the weight of exactly that unless nothing was known."""
    store = memory(held)
    coverage = store.coverage(M5, ["A"], HEAD_MS, bars)
    plan = plan_backfill(coverage, capacity=CAPACITY)
    assert len(plan) == (coverage.missing[0] > 0)
    for fetch in plan:
        answer(store, fetch, listed=3_000)
        span = int(coverage.newest_missing_ms[0] - coverage.oldest_missing_ms[0]) // M5.ms + 1
        assert request_weight(fetch.limit) == request_weight(span)
    assert store.coverage(M5, ["A"], HEAD_MS, bars).missing.tolist() == [0]

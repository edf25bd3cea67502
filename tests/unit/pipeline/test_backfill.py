"""What is asked of the venue for what memory lacks."""

import pytest

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import Fetch, plan_backfill, plan_deepening
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.testing.series import HEAD_MS, make_series

M5 = Timeframe.M5
CAPACITY = 512


def plan(
    held: list[tuple[int, int]],
    bars: int,
    *,
    first_ms: int | None = None,
    include_forming: bool = False,
    spare_rows: int = 0,
) -> list[tuple[int, int]]:
    """Return (limit, bars from head to end) of each fetch for a symbol that holds runs of (bars, bars from head)."""
    store = CandleStore(CAPACITY)
    store.reserve(["BTCUSDT"], [M5])
    for length, back in held:
        series = make_series(bars=length, head_ms=HEAD_MS - back * M5.ms)
        store.write("BTCUSDT", M5, series, requested_ms=HEAD_MS + 9 * M5.ms)
    if first_ms is not None:
        store.note_first_bar("BTCUSDT", M5, first_ms)
    coverage = store.coverage(M5, ["BTCUSDT"], HEAD_MS, bars)
    fetches = plan_backfill(coverage, capacity=CAPACITY, include_forming=include_forming, spare_rows=spare_rows)
    return [(fetch.limit, (HEAD_MS - fetch.end_ms) // M5.ms) for fetch in fetches]


@pytest.mark.parametrize(
    ("held", "bars", "wanted"),
    [
        ([], 50, [(99, 0)]),
        ([], 99, [(99, 0)]),
        ([], 100, [(499, 0)]),
        ([], 499, [(499, 0)]),
        ([], 500, [(CAPACITY, 0)]),
        ([(50, 0)], 50, []),
        ([(99, 0)], 50, []),
        ([(99, 1)], 50, [(1, 0)]),
        ([(99, 3)], 50, [(3, 0)]),
        ([(99, 60)], 50, [(99, 0)]),
        ([(99, 0)], 200, [(101, 99)]),
        ([(99, 2)], 200, [(200, 0)]),
        ([(5, 0), (90, 7)], 50, [(2, 5)]),
    ],
)
def test_only_what_is_missing_is_asked_for(
    held: list[tuple[int, int]], bars: int, wanted: list[tuple[int, int]]
) -> None:
    """An empty series takes what its weight buys, a known one exactly from its oldest missing bar to its newest."""
    assert plan(held, bars) == wanted


def test_a_young_listing_that_is_complete_is_not_asked_for() -> None:
    """Bars before the first one are never asked for again."""
    first_ms = HEAD_MS - 3 * M5.ms
    assert plan([(4, 0)], 50, first_ms=first_ms) == []
    assert plan([(3, 1)], 50, first_ms=first_ms) == [(1, 0)]


@pytest.mark.parametrize(("held", "wanted"), [([], [(99, -1)]), ([(49, 0)], [(1, -1)]), ([(49, 1)], [(2, -1)])])
def test_the_bar_in_progress_comes_with_the_same_answer(
    held: list[tuple[int, int]], wanted: list[tuple[int, int]]
) -> None:
    """One request a series reaches one bar beyond the newest closed one."""
    assert plan(held, 49, include_forming=True) == wanted


def test_a_row_that_the_source_adds_does_not_raise_the_weight() -> None:
    """A source that needs a row for the bar in progress is asked for one less."""
    assert plan([], 50, spare_rows=1) == [(98, 0)]
    assert plan([], 99, spare_rows=1) == [(498, 0)]


@pytest.mark.parametrize(
    ("limit", "back", "is_covered"), [(10, 0, True), (5, 3, True), (11, 0, False), (10, 1, False), (1, -1, False)]
)
def test_one_answer_covers_another_when_it_holds_all_its_bars(limit: int, back: int, is_covered: bool) -> None:
    """Ten bars up to the head hold those of another fetch or not."""
    other = Fetch("BTCUSDT", M5, limit, HEAD_MS - back * M5.ms)
    assert Fetch("BTCUSDT", M5, 10, HEAD_MS).covers(other) is is_covered


def deepening(held: list[tuple[int, int]], bars: int, *, spare_rows: int = 0) -> list[tuple[int, int]]:
    """Return (limit, bars from head to end) of the first round for a symbol that holds runs of (bars, from head)."""
    store = CandleStore(2_048)
    for length, back in held:
        series = make_series(bars=length, head_ms=HEAD_MS - back * M5.ms)
        store.write("BTCUSDT", M5, series, requested_ms=HEAD_MS + 9 * M5.ms)
    plan = plan_deepening([store.coverage(M5, ["BTCUSDT"], HEAD_MS, bars)], spare_rows=spare_rows)
    return [(fetch.limit, (HEAD_MS - fetch.end_ms) // M5.ms) for fetch in plan]


@pytest.mark.parametrize(
    ("held", "bars", "wanted"),
    [
        ([(99, 0)], 499, [(400, 99)]),
        ([(499, 0)], 499, []),
        ([(512, 0)], 499, []),
        ([(98, 1)], 499, [(499, 0)]),  # the newest is missing as well, at the same price
        ([(50, 0), (50, 300)], 499, [(449, 50)]),
        ([], 499, [(499, 0)]),
        ([(99, 0)], 1_500, [(499, 99)]),
        ([(598, 0)], 1_500, [(499, 598)]),
        ([(1_498, 0)], 1_500, [(2, 1_498)]),
    ],
)
def test_history_is_deepened_from_what_is_held_backwards(
    held: list[tuple[int, int]], bars: int, wanted: list[tuple[int, int]]
) -> None:
    """One request a round, never of more rows than cost least."""
    assert deepening(held, bars) == wanted


def test_a_spare_row_leaves_a_deepening_at_its_price() -> None:
    """498 rows and the source's own one are 499."""
    assert deepening([(99, 0)], 1_500, spare_rows=1) == [(498, 99)]


def test_deepening_stops_at_a_listings_first_bar() -> None:
    """A series that is known from its first bar on is as deep as it can be."""
    store = CandleStore(512)
    store.write("BTCUSDT", M5, make_series(bars=120), requested_ms=HEAD_MS + 9 * M5.ms)
    store.note_first_bar("BTCUSDT", M5, HEAD_MS - 119 * M5.ms)
    assert plan_deepening([store.coverage(M5, ["BTCUSDT"], HEAD_MS, 499)]) == []


def test_timeframes_become_deep_one_after_the_other() -> None:
    """In the order of the coverages, and within each in the order of its symbols."""
    store = CandleStore(512)
    wanted = (Timeframe.H1, M5)
    for timeframe in wanted:
        for symbol in ("B", "A"):
            series = make_series(symbol, timeframe, bars=99)
            store.write(symbol, timeframe, series, requested_ms=HEAD_MS + 9 * timeframe.ms)
    plan = plan_deepening(store.coverage(timeframe, ["B", "A"], HEAD_MS, 499) for timeframe in wanted)
    assert [(fetch.timeframe, fetch.symbol) for fetch in plan] == [
        (timeframe, symbol) for timeframe in wanted for symbol in ("B", "A")
    ]

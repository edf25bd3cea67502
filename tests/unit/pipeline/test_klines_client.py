"""Any client with `get_klines` is a source of candles."""

import asyncio

import numpy as np
import pytest

from eliteflow.errors import (
    DataNotReady,
    EliteflowError,
    ExchangeUnreachable,
    MalformedPayload,
    RateLimited,
    UnknownSymbol,
)
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.klines_client import IN_FLIGHT, KlinesClientSource
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import HEAD_MS, make_series

M5 = Timeframe.M5


class RowsClient:
    """A client as users have it: the newest raw rows, the bar in progress last.

    answer, error: returned or raised instead. passing_s: time that passes while the next answer is on its way.
    """

    def __init__(self, clock: ManualClock) -> None:
        self.venue = MemorySource(clock)
        self.clock_of_venue = clock
        self.answer: object = None
        self.error: Exception | None = None
        self.passing_s = 0.0
        self.under_way = self.most_under_way = 0

    async def get_klines(self, symbol: str, interval: str, limit: int) -> list[list[object]]:
        """Return rows, or what the test wants."""
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if self.error is not None:
            raise self.error
        self.clock_of_venue.advance(self.passing_s)
        self.passing_s = 0.0
        if self.answer is not None:
            return self.answer  # type: ignore[return-value]  # a client may return anything
        return rows_of(await self.venue.fetch_series(symbol, Timeframe(interval), limit=limit), interval)


def rows_of(series: Series, interval: str) -> list[list[object]]:
    """Return the candles as the venue writes them."""
    return [
        [
            open_ms,
            *map(repr, bar[:5]),
            open_ms + Timeframe(interval).ms - 1,
            repr(bar[5]),
            int(bar[6]),
            *map(repr, bar[7:]),
            "0",
        ]
        for open_ms, bar in zip(series.open_time_ms.tolist(), series.values.T.tolist(), strict=True)
    ]


@pytest.fixture
def client(clock: ManualClock) -> RowsClient:
    """A client that answers everything."""
    return RowsClient(clock)


@pytest.fixture
def rows_source(client: RowsClient, clock: ManualClock) -> KlinesClientSource:
    """That client as a source."""
    return KlinesClientSource(client, clock)


def head_ms(clock: ManualClock) -> int:
    """Return the open time of the newest closed bar."""
    return M5.newest_closed_ms(clock.now_ms())


async def test_closed_bars_cost_one_row_more(
    rows_source: KlinesClientSource, client: RowsClient, clock: ManualClock
) -> None:
    """The bar in progress is asked for and dropped, since there is no end time."""
    head = head_ms(clock)
    series = await rows_source.fetch_series("BTCUSDT", M5, limit=50, end_ms=head)
    wanted = make_series(bars=50, head_ms=head)
    np.testing.assert_array_equal(series.open_time_ms, wanted.open_time_ms)
    np.testing.assert_array_equal(series.values, wanted.values)
    assert [request.limit for request in client.venue.requests] == [51]
    assert rows_source.spend() == (1, None)


async def test_without_an_end_the_bar_in_progress_is_the_last(
    rows_source: KlinesClientSource, client: RowsClient, clock: ManualClock
) -> None:
    """Exactly as many rows are asked for as are wanted."""
    series = await rows_source.fetch_series("BTCUSDT", M5, limit=3)
    assert series.open_time_ms[-1] == M5.open_time_ms(clock.now_ms())
    assert [request.limit for request in client.venue.requests] == [3]


async def test_a_boundary_passed_on_the_way_costs_a_second_request(
    rows_source: KlinesClientSource, client: RowsClient, clock: ManualClock
) -> None:
    """The oldest bar wanted is never lost, so nobody takes a symbol for younger than it is."""
    head = head_ms(clock)
    client.passing_s = M5.ms / 1000
    series = await rows_source.fetch_series("BTCUSDT", M5, limit=5, end_ms=head)
    assert series.open_time_ms.tolist() == make_series(bars=5, head_ms=head).open_time_ms.tolist()
    assert [request.limit for request in client.venue.requests] == [6, 7]


async def test_a_start_gives_the_first_bars_from_there(rows_source: KlinesClientSource, clock: ManualClock) -> None:
    """As the venue has it with startTime."""
    start_ms = head_ms(clock) - 20 * M5.ms
    series = await rows_source.fetch_series("BTCUSDT", M5, limit=3, start_ms=start_ms)
    assert series.open_time_ms.tolist() == [start_ms, start_ms + M5.ms, start_ms + 2 * M5.ms]


async def test_bars_beyond_its_reach_are_an_error_and_not_fewer_bars(
    rows_source: KlinesClientSource, clock: ManualClock
) -> None:
    """1,500 rows back from now is all that such a client can see."""
    with pytest.raises(DataNotReady, match="1500 closed bars, need 1501"):
        await rows_source.fetch_series("BTCUSDT", M5, limit=1500, end_ms=head_ms(clock))


async def test_a_young_listing_gives_what_it_has(
    rows_source: KlinesClientSource, client: RowsClient, clock: ManualClock
) -> None:
    """Fewer rows than asked for are no reason to ask again."""
    client.venue.listed_ms["NEWUSDT"] = head_ms(clock) - M5.ms
    assert len(await rows_source.fetch_series("NEWUSDT", M5, limit=50, end_ms=head_ms(clock))) == 2
    assert len(client.venue.requests) == 1


class VenueRefusal(Exception):
    """What other libraries raise for a refusal."""

    def __init__(self, code: int) -> None:
        super().__init__(f"APIError(code={code})")
        self.code = code


@pytest.mark.parametrize(
    ("error", "wanted", "sentence"),
    [
        (VenueRefusal(-1121), UnknownSymbol, "'BTCUSDT' is not a trading perpetual"),
        (VenueRefusal(-1003), ExchangeUnreachable, r"VenueRefusal: APIError\(code=-1003\)"),
        (TimeoutError("10 s"), ExchangeUnreachable, "TimeoutError: 10 s"),
        (KeyError("k"), ExchangeUnreachable, "RowsClient cannot be reached: KeyError"),
        (RateLimited("host", 7), RateLimited, "429"),
    ],
)
async def test_whatever_it_raises_becomes_a_typed_error(
    rows_source: KlinesClientSource,
    client: RowsClient,
    error: Exception,
    wanted: type[EliteflowError],
    sentence: str,
) -> None:
    """The client's own error is the cause."""
    client.error = error
    with pytest.raises(wanted, match=sentence) as caught:
        await rows_source.fetch_series("BTCUSDT", M5, limit=5)
    assert error in (caught.value, caught.value.__cause__)


ROW = rows_of(make_series(bars=1), "5m")[0]


@pytest.mark.parametrize(
    "answer",
    [
        {"code": -1},
        [ROW[:8]],
        [[*ROW[:4], "much", *ROW[5:]]],
        [[*ROW[:4], "nan", *ROW[5:]]],
        [[HEAD_MS + 1, *ROW[1:]]],
        [ROW, ROW],
        [None],
        7,
    ],
)
async def test_rows_that_are_none_are_malformed(
    rows_source: KlinesClientSource, client: RowsClient, answer: object
) -> None:
    """The sentence names the call and shows how the answer begins."""
    client.answer = answer
    with pytest.raises(MalformedPayload, match=r"get_klines\(BTCUSDT, 5m\)") as caught:
        await rows_source.fetch_series("BTCUSDT", M5, limit=5)
    assert caught.value.excerpt == repr(answer)[:80]


async def test_requests_under_way_are_bounded(
    rows_source: KlinesClientSource, client: RowsClient, clock: ManualClock
) -> None:
    """However many are wanted at once, a foreign client sees at most 64."""
    async with asyncio.TaskGroup() as tasks:
        for number in range(3 * IN_FLIGHT):
            tasks.create_task(rows_source.fetch_series(f"S{number}", M5, limit=2))
    assert client.most_under_way == IN_FLIGHT


def test_a_source_outlives_its_event_loop(rows_source: KlinesClientSource, client: RowsClient) -> None:
    """Scripts that call `asyncio.run` again and again may keep it."""

    async def many() -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(2 * IN_FLIGHT):
                tasks.create_task(rows_source.fetch_series(f"S{number}", M5, limit=2))

    asyncio.run(many())
    asyncio.run(many())
    assert len(client.venue.requests) == 4 * IN_FLIGHT


async def test_the_caller_learns_when_the_client_is_called(rows_source: KlinesClientSource) -> None:
    """Behind the 64 places, so the wait for one is not counted."""
    left: list[str] = []
    async with asyncio.TaskGroup() as tasks:
        for _ in range(IN_FLIGHT + 1):
            tasks.create_task(rows_source.fetch_series("BTCUSDT", M5, limit=1, on_sent=lambda: left.append("left")))
        await asyncio.sleep(0)
        assert len(left) == IN_FLIGHT
    assert len(left) == IN_FLIGHT + 1

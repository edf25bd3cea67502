"""Every series is fetched once at a time, whoever asks for it."""

import asyncio

import pytest

from eliteflow.errors import EliteflowError, ExchangeUnreachable
from eliteflow.model.priority import Priority
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import Fetch
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.pipeline.tally import Tally
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import HEAD_MS

M5 = Timeframe.M5
FETCH = Fetch("BTCUSDT", M5, 10, HEAD_MS)


@pytest.fixture
def store() -> CandleStore:
    """An empty memory."""
    return CandleStore(64)


@pytest.fixture
def fetcher(source: MemorySource, store: CandleStore, clock: ManualClock) -> SeriesFetcher:
    """A fetcher whose source holds answers back until the gate opens."""
    source.gate = asyncio.Event()
    return SeriesFetcher(source, store, clock)


def opened(source: MemorySource) -> MemorySource:
    """Let all answers through."""
    assert source.gate is not None
    source.gate.set()
    return source


async def test_an_answer_reaches_memory(fetcher: SeriesFetcher, source: MemorySource, store: CandleStore) -> None:
    """And the call's tally has its request and weight."""
    opened(source)
    tally = Tally()
    assert await fetcher.bring(FETCH, tally) is None
    assert store.coverage(M5, ["BTCUSDT"], HEAD_MS, 10).missing.tolist() == [0]
    assert (tally.requests, tally.weight) == (1, 1)


async def test_fewer_bars_than_asked_for_prove_the_first(
    fetcher: SeriesFetcher, source: MemorySource, store: CandleStore
) -> None:
    """An answer without any says that there is none yet."""
    opened(source).listed_ms |= {"NEWUSDT": HEAD_MS - M5.ms, "NEXTUSDT": HEAD_MS + M5.ms}
    for symbol in ("NEWUSDT", "NEXTUSDT"):
        await fetcher.bring(FETCH._replace(symbol=symbol), Tally())
    assert store.coverage(M5, ["NEWUSDT", "NEXTUSDT"], HEAD_MS, 10).missing.tolist() == [0, 0]


async def test_callers_who_need_the_same_share_one_request(fetcher: SeriesFetcher, source: MemorySource) -> None:
    """Whoever came second has sent nothing."""
    tallies = [Tally(), Tally(), Tally()]
    async with asyncio.TaskGroup() as tasks:
        for tally in tallies:
            tasks.create_task(fetcher.bring(FETCH, tally))
        await asyncio.sleep(0)
        assert fetcher.under_way == 1
        opened(source)
    assert len(source.requests) == 1
    assert [tally.requests for tally in tallies] == [1, 0, 0]
    assert fetcher.under_way == 0


async def test_a_shared_failure_is_everybodys(fetcher: SeriesFetcher, source: MemorySource) -> None:
    """A dead venue is not asked once for each caller."""
    source.faults["BTCUSDT"] = ExchangeUnreachable("host", "timed out")
    async with asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(fetcher.bring(FETCH, Tally())) for _ in range(3)]
        await asyncio.sleep(0)
        opened(source)
    assert [call.result() for call in calls] == [source.faults["BTCUSDT"]] * 3
    assert len(source.requests) == 1


async def test_a_longer_need_is_fetched_beside_the_shorter_one(fetcher: SeriesFetcher, source: MemorySource) -> None:
    """Sharing never leaves a caller with less than asked for."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fetcher.bring(FETCH, Tally()))
        tasks.create_task(fetcher.bring(FETCH._replace(limit=20), Tally()))
        await asyncio.sleep(0)
        opened(source)
    assert [request.limit for request in source.requests] == [10, 20]


async def test_an_urgent_caller_does_not_wait_behind_a_less_urgent_one(
    fetcher: SeriesFetcher, source: MemorySource
) -> None:
    """A request of the background may stand in line for minutes; the other way round it is shared."""
    async with asyncio.TaskGroup() as tasks:
        for priority in (Priority.BACKFILL, Priority.INTERACTIVE, Priority.BACKFILL):
            tasks.create_task(fetcher.bring(FETCH, Tally(), priority))
            await asyncio.sleep(0)
        opened(source)
    assert len(source.requests) == 2


async def test_when_the_first_caller_is_cancelled_the_next_takes_over(
    fetcher: SeriesFetcher, source: MemorySource
) -> None:
    """Nobody waits for ever, and nobody is cancelled with somebody else."""
    first = asyncio.create_task(fetcher.bring(FETCH, Tally()))
    second = asyncio.create_task(fetcher.bring(FETCH, Tally()))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    opened(source)
    assert await second is None
    assert len(source.requests) == 2
    assert fetcher.under_way == 0


async def test_a_waiting_caller_may_leave_without_harm(fetcher: SeriesFetcher, source: MemorySource) -> None:
    """The one who leads goes on."""
    first = asyncio.create_task(fetcher.bring(FETCH, Tally()))
    second = asyncio.create_task(fetcher.bring(FETCH, Tally()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second.cancel()
    opened(source)
    assert await first is None
    with pytest.raises(asyncio.CancelledError):
        await second


async def test_a_mistake_in_the_code_is_not_taken_for_the_venues(fetcher: SeriesFetcher, source: MemorySource) -> None:
    """Only errors of eliteflow are outcomes; whoever shares the request tries for himself."""
    source.faults["BTCUSDT"] = ZeroDivisionError()
    opened(source)
    outcomes: list[EliteflowError | BaseException | None] = [
        *await asyncio.gather(*(fetcher.bring(FETCH, Tally()) for _ in range(2)), return_exceptions=True)
    ]
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError, ZeroDivisionError]
    assert fetcher.under_way == 0


async def test_waiting_in_the_queue_is_not_counted_as_fetching(
    fetcher: SeriesFetcher, source: MemorySource, clock: ManualClock
) -> None:
    """A call's time begins when its first request leaves, also for one who shares it."""
    source.line = asyncio.Event()
    leader, early, late = Tally(), Tally(), Tally()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fetcher.bring(FETCH, leader))
        await asyncio.sleep(0)
        tasks.create_task(fetcher.bring(FETCH, early))
        await asyncio.sleep(0)
        clock.advance(30)
        source.line.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.advance(1)
        tasks.create_task(fetcher.bring(FETCH, late))
        await asyncio.sleep(0)
        clock.advance(2)
        opened(source)
    assert [tally.data_s for tally in (leader, early, late)] == [3.0, 3.0, 2.0]


async def test_what_was_never_sent_took_no_time(fetcher: SeriesFetcher, source: MemorySource) -> None:
    """A request that was refused in the queue has no data time."""
    source.line = asyncio.Event()
    source.faults["BTCUSDT"] = ExchangeUnreachable("host", "timed out")
    tally = Tally()
    request = asyncio.create_task(fetcher.bring(FETCH, tally))
    await asyncio.sleep(0)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    assert tally.data_s == 0.0

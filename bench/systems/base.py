"""What every system is: opened untimed, fetched timed, closed untimed; and how users build their frames."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pandas as pd

from bench.array_path import ArrayPath
from bench.job import Job
from bench.truth import Frames, complete, right
from eliteflow.operations.benchmark.old_ways import COLUMNS, NUMBERS

T = TypeVar("T")
Rows = Sequence[Sequence[object]]


class System:
    """A way to fetch a market. `fetch` is what is timed; all three may be coroutines, or block.

    version: of the client, where it is not the module's VERSION.
    compares: whether this round is compared with the venue's truth, which takes longer than it.
    """

    version = ""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.compares = True

    async def open(self) -> None:
        """Get ready: what a program does once, long before it needs a market."""

    async def fetch(self) -> Frames:
        """Return the market."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of everything."""

    async def check(self, found: Frames, as_of_ms: int) -> tuple[int, int, int]:
        """Return how many series were asked for, complete and right. as_of_ms: when `fetch` began."""
        series, whole = len(self.job.symbols) * len(self.job.timeframes), complete(found, self.job)
        return series, whole, right(found, self.job, as_of_ms) if self.compares else whole

    @property
    def parts(self) -> int:
        """How often `fetch` did the same; times are divided by it."""
        return 1

    @property
    def idle_s(self) -> float:
        """How long of `fetch` the venue had nothing to give; it is not counted."""
        return 0.0

    @property
    def extra(self) -> dict[str, float]:
        """Figures of its own."""
        return {}


class PooledSystem(System):
    """A client with one coroutine a series, so many at a time as suits it best; `take` makes something of an answer."""

    in_flight = 256

    async def rows(self, symbol: str, timeframe: str) -> Rows:
        """Return the decoded rows of one series."""
        raise NotImplementedError

    async def fetch(self) -> Frames:
        """Fetch all series through a pool, and end in frames as the job wants them."""
        job, path = self.job, ArrayPath(time.time_ns() // 1_000_000)
        market: dict[str, dict[str, pd.DataFrame]] = {symbol: {} for symbol in job.symbols}

        async def one(series: tuple[str, str]) -> None:
            symbol, timeframe = series
            if job.form == "arrays":
                await self.into_arrays(path, symbol, timeframe)
            else:
                market[symbol][timeframe] = await self.frame(symbol, timeframe)

        every = [(symbol, timeframe) for timeframe in job.timeframes for symbol in job.symbols]
        await pooled(job.in_flight or self.in_flight, one, every)
        return path.frames(job.symbols, job.timeframes, job.limit) if job.form == "arrays" else market

    async def frame(self, symbol: str, timeframe: str) -> pd.DataFrame:
        """Return one series as the client's users have it."""
        return users_frame(await self.rows(symbol, timeframe))

    async def into_arrays(self, path: ArrayPath, symbol: str, timeframe: str) -> None:
        """Put one series into our memory."""
        path.take_rows(symbol, timeframe, await self.rows(symbol, timeframe))


async def pooled(workers: int, work: Callable[[T], Awaitable[None]], items: Sequence[T]) -> None:
    """Do the work for all items, so many at a time, none waiting for a batch to end."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(min(workers, len(items))):
            tasks.create_task(worker())


def users_frame(rows: Rows) -> pd.DataFrame:
    """Return the frame that users build from the venue's rows."""
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame[NUMBERS] = frame[NUMBERS].astype(float)
    frame["open_time"] = pd.to_datetime(frame["open_time"], unit="ms")
    return frame.set_index("open_time")

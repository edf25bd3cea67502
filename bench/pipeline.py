"""How much time the pipeline itself takes, without a venue: `.venv/bin/python bench/pipeline.py`.

Its limits: one process, a source that answers from memory at once, so nothing of network, decoding or the client's
budget is in these figures. 530 symbols × 1h, 15m, 5m; medians, by the clock and of the processor; what else runs on
the machine is in the first alone. A cold fill writes to memory that is new to the process, some 60 MB: where a virtual
machine has to find that, its share of the processor triples.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import numpy as np

from eliteflow.clock import Clock
from eliteflow.config import DataSettings, Settings
from eliteflow.model.priority import Priority
from eliteflow.model.series import Series
from eliteflow.model.spend import Spend
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.series import HEAD_MS, make_series

SYMBOLS = [f"COIN{number}USDT" for number in range(530)]
TIMEFRAMES = ["1h", "15m", "5m"]
NOW_MS = HEAD_MS + Timeframe.H1.ms + 60_000
HISTORY_BARS = 600


class InstantSource:
    """Answers every symbol with a slice of one prepared series for each timeframe."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.requests = 0
        self._series = {
            Timeframe(name): make_series(
                timeframe=name, bars=HISTORY_BARS, head_ms=Timeframe(name).newest_closed_ms(NOW_MS + 3_600_000)
            )
            for name in TIMEFRAMES
        }

    async def fetch_series(
        self,
        symbol: str,
        timeframe: Timeframe,
        *,
        limit: int,
        start_ms: int | None = None,
        end_ms: int | None = None,
        priority: Priority = Priority.INTERACTIVE,
        on_sent: Callable[[], None] | None = None,
    ) -> Series:
        """Return the `limit` bars up to `end_ms`."""
        if on_sent is not None:
            on_sent()
        self.requests += 1
        series = self._series[timeframe]
        stop = int(np.searchsorted(series.open_time_ms, end_ms or NOW_MS, side="right"))
        return series.select(slice(stop - limit, stop))

    def spend(self) -> Spend:
        """Return the number of requests."""
        return Spend(self.requests, None)


def pipeline_over(source: InstantSource) -> UnifiedDataPipeline:
    """Return a new pipeline with the default capacity."""
    return UnifiedDataPipeline(source, settings=Settings(data=DataSettings()))


class Took(NamedTuple):
    """Medians of a duration and of the processor time in it, in milliseconds."""

    ms: float
    cpu_ms: float


async def median_ms(
    rounds: int, work: Callable[[], Awaitable[object]], before: Callable[[], None] | None = None
) -> Took:
    """Return how long `work` takes."""
    times = []
    for _ in range(rounds):
        if before is not None:
            before()
        started, used = time.perf_counter(), time.process_time()
        await work()
        times.append(((time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000))
    return Took(*(statistics.median(column) for column in zip(*times, strict=True)))


def report(name: str, took: Took, aim: str = "") -> None:
    """Print one line."""
    print(f"{name:<62}{took.ms:9.2f} ms, CPU {took.cpu_ms:8.2f} ms   {aim}")  # a script's result


async def cold_fill(limit: int) -> Took:
    """Return how long filling an empty memory takes."""
    clock = ManualClock(NOW_MS)
    pipelines = [pipeline_over(InstantSource(clock)) for _ in range(5)]
    return await median_ms(5, lambda: pipelines.pop().refresh(SYMBOLS, TIMEFRAMES, limit))


async def measure() -> None:
    """Measure everything and print it."""
    report("cold refresh of 1,590 series, 99 bars", await cold_fill(50))
    report("cold refresh of 1,590 series, 499 bars", await cold_fill(499))
    clock = ManualClock(NOW_MS)
    pipeline = pipeline_over(InstantSource(clock))
    await pipeline.refresh(SYMBOLS, TIMEFRAMES, 50)
    report("refresh with nothing to do", await median_ms(15, lambda: pipeline.refresh(SYMBOLS, TIMEFRAMES, 50)))
    batch = await median_ms(15, lambda: pipeline.batch_get_multi_timeframe_data(SYMBOLS, TIMEFRAMES, 50))
    report("second call in the same bar, 1,590 DataFrames of 50 rows", batch, "aim 75")
    after_close = await median_ms(
        5, lambda: pipeline.refresh(SYMBOLS, ["5m"], 50), before=lambda: clock.advance(Timeframe.M5.ms / 1000)
    )
    report("refresh after a close, 530 series of 5m, one bar each", after_close)
    await measure_panels()
    measure_single_write()


async def measure_panels() -> None:
    """Measure reading the market as arrays."""
    clock = ManualClock(NOW_MS)
    pipeline = pipeline_over(InstantSource(clock))
    await pipeline.refresh(SYMBOLS, TIMEFRAMES, 499)

    async def panel() -> None:
        pipeline.panel("5m", SYMBOLS, 499)

    async def panels() -> None:
        for timeframe in TIMEFRAMES:
            pipeline.panel(timeframe, SYMBOLS, 499)

    async def shuffled() -> None:
        pipeline.panel("5m", SYMBOLS[::-1], 499)

    report("panel, OHLCV of 530 × 499", await median_ms(15, panel))
    report("panels of all three timeframes, OHLCV of 1,590 × 499", await median_ms(15, panels), "aim 8")
    report("panel, OHLCV of 530 × 499, symbols in another order", await median_ms(15, shuffled))


def measure_single_write() -> None:
    """Measure taking over one answer."""
    store = CandleStore()
    fill, one = make_series(bars=99), make_series(bars=1)
    for name, series in (("write of 99 bars", fill), ("write of one bar", one)):
        started, used = time.perf_counter(), time.process_time()
        for _ in range(1000):
            store.write("BTCUSDT", Timeframe.M5, series, requested_ms=NOW_MS)
        report(f"store: {name}", Took(time.perf_counter() - started, time.process_time() - used))


if __name__ == "__main__":
    asyncio.run(measure())

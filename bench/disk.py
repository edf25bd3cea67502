"""What the disk cache costs: `.venv/bin/python bench/disk.py`.

Its limits: the file lies in the system's folder for temporary files and stays in the page cache, so loading is what a
restart sees, not the first start after a boot; candles are random numbers; one process, medians of wall-clock and, in
brackets, of processor time, which other work on the machine disturbs less. 530 symbols × 1h, 15m, 5m, 499 bars. Bytes
written are what the process handed to the system (Linux alone counts them), so both the write-ahead log and what is
moved from it into the file.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eliteflow.model.candle import FIELDS
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk_cache import DiskCache

SYMBOLS = tuple(f"COIN{number}USDT" for number in range(530))
TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
BARS = 499
HEAD_MS = 1_763_856_000_000  # 2025-11-23 00:00 UTC
CLOSES_BEFORE_A_FOLD = 63
DAY_MS = Timeframe.D1.ms


class Took(NamedTuple):
    """Milliseconds on the clock and of the processor."""

    wall_ms: float
    cpu_ms: float


def report(name: str, value: float, unit: str) -> None:
    """Print one line."""
    print(f"{name:<72}{value:9.1f} {unit}")


def report_time(name: str, times: Sequence[Took], aim: str = "") -> None:
    """Print one line of medians."""
    wall_ms, cpu_ms = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{name:<72}{wall_ms:9.1f} ms ({cpu_ms:.1f})  {aim}")


async def took(work: Callable[[], Awaitable[object]]) -> Took:
    """Return how long something takes."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    await work()
    return Took((time.perf_counter() - wall_s) * 1000, (time.process_time() - cpu_s) * 1000)


def written_mb() -> float:
    """Return how much this process has handed to the system to write."""
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["wchar"]) / 1e6


def keep_market(cache: DiskCache, numbers: np.random.Generator) -> None:
    """Let every series of the market be kept."""
    for timeframe in TIMEFRAMES:
        times = HEAD_MS + np.arange(1 - BARS, 1) * timeframe.ms
        for symbol in SYMBOLS:
            values = numbers.random((len(FIELDS), BARS))
            cache.keep_series(StoredSeries(symbol, timeframe, times, values, times + timeframe.ms, 0, 0))


def keep_close(cache: DiskCache, timeframe: Timeframe, open_time_ms: int, numbers: np.random.Generator) -> None:
    """Let one close of the market be kept."""
    values, versions = numbers.random((len(FIELDS), len(SYMBOLS))), np.full(len(SYMBOLS), open_time_ms)
    cache.keep_bars(timeframe, open_time_ms, SYMBOLS, values, versions)


async def loads(cache: DiskCache) -> list[Took]:
    """Return how long it takes to hand over every series."""

    async def load() -> None:
        assert sum(1 for _ in cache.load(TIMEFRAMES)) == len(SYMBOLS) * len(TIMEFRAMES)

    return [await took(load) for _ in range(7)]


async def measure(path: Path) -> None:
    """Measure everything and print it."""
    numbers = np.random.default_rng(7)
    cache = cache_at(path)
    await cache.open()
    keep_market(cache, numbers)
    report_time("first fill, 1,590 series", [await took(cache.flush)])
    report("size of the file and its log", cache.snapshot().bytes / 1e6, "MB")
    report_time("load, journal empty", await loads(cache), "aim 100")
    await measure_closes(cache, numbers)
    await measure_day(cache, numbers)
    report("size of the file and its log after that", cache.snapshot().bytes / 1e6, "MB")
    await cache.aclose()
    again = cache_at(path)
    report_time("open", [await took(again.open)])
    await again.aclose()


def cache_at(path: Path) -> DiskCache:
    """Return a cache over the file."""
    return DiskCache(path, venue="bench", capacity_bars=512)


async def measure_closes(cache: DiskCache, numbers: np.random.Generator) -> None:
    """Measure closes until a fold is due, loading before it, and the fold."""
    ticks = []
    for close in range(1, CLOSES_BEFORE_A_FOLD + 1):
        for timeframe in TIMEFRAMES:
            keep_close(cache, timeframe, HEAD_MS + close * timeframe.ms, numbers)
        ticks.append(await took(cache.flush))
    report_time("a close of all three timeframes, 1,590 bars, until committed", ticks)
    report_time(f"load, {CLOSES_BEFORE_A_FOLD} closes of each timeframe in the journal", await loads(cache), "aim 100")
    report_time("fold of all three timeframes, 27 steps with a pause of 20 ms each", [await took(cache.fold)])


async def measure_day(cache: DiskCache, numbers: np.random.Generator) -> None:
    """Measure what a day of closes writes, folds included."""
    started_ms = HEAD_MS + CLOSES_BEFORE_A_FOLD * Timeframe.H1.ms
    before, folds = written_mb(), 0
    for open_time_ms in range(started_ms, started_ms + DAY_MS, Timeframe.M5.ms):
        for timeframe in TIMEFRAMES:
            if open_time_ms % timeframe.ms == 0:
                keep_close(cache, timeframe, open_time_ms, numbers)
        await cache.flush()
        rows = cache.snapshot().journal_rows
        await cache.fold(only_due=True)
        folds += cache.snapshot().journal_rows < rows
    report("written in a day: 408 closes", written_mb() - before, "MB")
    report("folds in a day", folds, "")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder) / "bench.sqlite"))

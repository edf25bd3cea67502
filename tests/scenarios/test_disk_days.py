"""The disk cache around the clock, in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk.disk_file import FOLD_BARS
from eliteflow.pipeline.disk.disk_reader import DiskReader
from eliteflow.pipeline.disk_cache import DiskCache
from eliteflow.testing.series import HEAD_MS, make_stored, series_at

SYMBOLS = tuple(f"COIN{number}USDT" for number in range(6))
TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
CAPACITY = 128


@asynccontextmanager
async def running(path: Path) -> AsyncIterator[DiskCache]:
    """A cache that is tended in the background."""
    async with DiskCache(path, venue="test", capacity_bars=CAPACITY) as cache:
        task = asyncio.create_task(cache.run())
        yield cache
        task.cancel()
        await asyncio.wait([task])


async def live_an_hour(cache: DiskCache, start_ms: int) -> None:
    """Let the closes of an hour be kept, each when it happens."""
    for open_time_ms in range(start_ms, start_ms + Timeframe.H1.ms, Timeframe.M5.ms):
        await asyncio.sleep(Timeframe.M5.ms / 1000)
        for timeframe in TIMEFRAMES:
            if (open_time_ms + Timeframe.M5.ms) % timeframe.ms == 0:
                keep_close(cache, timeframe, open_time_ms + Timeframe.M5.ms - timeframe.ms)


def keep_close(cache: DiskCache, timeframe: Timeframe, open_time_ms: int) -> None:
    """Let one close be kept."""
    bars = [series_at(symbol, timeframe, np.array([open_time_ms])).values for symbol in SYMBOLS]
    cache.keep_bars(timeframe, open_time_ms, SYMBOLS, np.concatenate(bars, axis=1), np.ones(len(SYMBOLS), np.int64))


async def test_two_days_of_closes_stay_whole_through_restarts(tmp_path: Path) -> None:
    """Each hour what a restart would load is what happened; the journal stays short; nothing is lost at the end."""
    path, start_ms = tmp_path / "venue.sqlite", HEAD_MS + Timeframe.H1.ms
    async with running(path) as cache:
        for timeframe in TIMEFRAMES:
            for symbol in SYMBOLS:
                cache.keep_series(make_stored(symbol, timeframe, bars=CAPACITY, head_ms=start_ms - timeframe.ms))
    longest = 0
    for hour in range(48):
        async with running(path) as cache:
            await live_an_hour(cache, start_ms + hour * Timeframe.H1.ms)
            longest = max(longest, cache.snapshot().journal_rows)
        check_restart(path, start_ms + (hour + 1) * Timeframe.H1.ms)
    assert FOLD_BARS <= longest <= 3 * FOLD_BARS


def check_restart(path: Path, now_ms: int) -> None:
    """Every series is there, whole and right, up to the newest close."""
    with DiskReader(path) as reader:
        found = list(reader.series(TIMEFRAMES, CAPACITY))
    assert len(found) == len(SYMBOLS) * len(TIMEFRAMES)
    for stored in found:
        head_ms = now_ms - stored.timeframe.ms
        expected = make_stored(stored.symbol, stored.timeframe, bars=CAPACITY, head_ms=head_ms)
        np.testing.assert_array_equal(stored.open_time_ms, expected.open_time_ms)
        np.testing.assert_array_equal(stored.values, expected.values)

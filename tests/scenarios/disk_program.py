"""A program that writes to a disk cache without end: `python -m tests.scenarios.disk_program PATH FIRST_CLOSE`.

Every bar's numbers follow from its symbol, time and version, so a reader can tell whether they are right. It prints the
number of each close when all of it has been committed. `DISK_BYTES` limits the size of its files, as a full disk would.
"""

import asyncio
import itertools
import logging
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk import disk_fold
from eliteflow.pipeline.disk_cache import DiskCache
from eliteflow.testing.series import HEAD_MS, series_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

SYMBOLS = tuple(f"COIN{number}USDT" for number in range(24))
CAPACITY = 96
M5 = Timeframe.M5
VERSIONS = 3
"""Every close is kept once, and revised twice."""


def numbers_of(symbol: str, times: "NDArray[np.int64]", version: int) -> "NDArray[np.float64]":
    """Return what the bars of a symbol must hold in one version, shape (fields, bars)."""
    return series_at(symbol, "5m", times).values + version


def close_ms(number: int) -> int:
    """Return the open time of a close's bars."""
    return HEAD_MS + number * M5.ms


def keep_close(cache: DiskCache, number: int, version: int) -> None:
    """Let a close be kept in one version."""
    times = np.array([close_ms(number)])
    values = np.concatenate([numbers_of(symbol, times, version) for symbol in SYMBOLS], axis=1)
    cache.keep_bars(M5, close_ms(number), SYMBOLS, values, np.full(len(SYMBOLS), version))


def keep_whole_series(cache: DiskCache, symbol: str, number: int) -> None:
    """Let a series be kept as a fetch would bring it: everything up to a close, in the last version."""
    times = close_ms(number) + np.arange(1 - CAPACITY, 1) * M5.ms
    values, versions = numbers_of(symbol, times, VERSIONS), np.full(CAPACITY, VERSIONS)
    cache.keep_series(StoredSeries(symbol, M5, times, values, versions, 0, 0))


async def write_without_end(path: Path, first: int) -> None:
    """Write whole series, then closes, revisions and folds until killed, or until the disk is full."""
    async with DiskCache(path, venue="test", capacity_bars=CAPACITY) as cache:
        for symbol in SYMBOLS:
            keep_whole_series(cache, symbol, first)
        for number in itertools.count(first):
            for version in range(1, VERSIONS + 1):
                keep_close(cache, number, version)
                await cache.flush()
            keep_whole_series(cache, SYMBOLS[number % len(SYMBOLS)], number)
            await cache.flush()
            if cache.snapshot().last_error is not None:
                break
            print(number, flush=True)  # noqa: T201  # read by whoever kills this
            if number % 3 == 0:
                await cache.fold()


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    if most_bytes := int(os.environ.get("DISK_BYTES", "0")):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    disk_fold.SERIES_AT_ONCE = 5  # so that a fold takes several transactions
    asyncio.run(write_without_end(Path(sys.argv[1]), int(sys.argv[2])))

"""L2 equals a plain dictionary of bars, whatever is kept, forgotten, folded and reopened in whatever order."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.model.candle import FIELDS
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk_cache import DiskCache
from eliteflow.testing.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAPACITY = 12
SYMBOLS = ("A", "B", "币C")
TIMEFRAMES = (Timeframe.M5, Timeframe.H1)

Bar = tuple[int, float]


class KeepSeries(NamedTuple):
    """A fetched series, or a part of one: `bars` bars up to number `last`."""

    symbol: str
    timeframe: Timeframe
    last: int
    bars: int
    version: int
    seed: int
    is_part: bool

    @property
    def times(self) -> "NDArray[np.int64]":
        """The bars' open times."""
        return np.arange(self.last - self.bars + 1, self.last + 1, dtype=np.int64) * self.timeframe.ms


class KeepBars(NamedTuple):
    """A close, a revision, or bars that come late."""

    timeframe: Timeframe
    bar: int
    symbols: tuple[str, ...]
    version: int
    seed: int

    @property
    def open_ms(self) -> int:
        """The bars' open time."""
        return self.bar * self.timeframe.ms


class Forget(NamedTuple):
    """A symbol is delisted."""

    symbol: str


Step = KeepSeries | KeepBars | Forget | str
versions, seeds = st.integers(0, 3), st.integers(0, 1000)
steps = st.one_of(
    st.builds(
        KeepSeries,
        st.sampled_from(SYMBOLS),
        st.sampled_from(TIMEFRAMES),
        st.integers(0, 30),
        st.integers(1, 16),
        versions,
        seeds,
        st.booleans(),
    ),
    st.builds(
        KeepBars,
        st.sampled_from(TIMEFRAMES),
        st.integers(0, 30),
        st.lists(st.sampled_from(SYMBOLS), min_size=1, unique=True).map(tuple),
        versions,
        seeds,
    ),
    st.builds(Forget, st.sampled_from(SYMBOLS)),
    st.sampled_from(["flush", "fold", "reopen"]),
)


def keep(cache: DiskCache, step: KeepSeries | KeepBars | Forget) -> None:
    """Hand one step to the cache; every field of a bar is its seed."""
    if isinstance(step, Forget):
        cache.forget(step.symbol)
    elif isinstance(step, KeepBars):
        count = len(step.symbols)
        values, numbers = np.full((len(FIELDS), count), float(step.seed)), np.full(count, step.version)
        cache.keep_bars(step.timeframe, step.open_ms, step.symbols, values, numbers)
    else:
        values = np.full((len(FIELDS), step.bars), float(step.seed))
        numbers = np.full(step.bars, step.version)
        keep_these = cache.keep_part if step.is_part else cache.keep_series
        keep_these(StoredSeries(step.symbol, step.timeframe, step.times, values, numbers, step.seed, step.version))


class Model:
    """What must be on disk: (symbol, timeframe) → open time → (version, value)."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, Timeframe], dict[int, Bar]] = {}
        self._in_journal: set[Timeframe] = set()

    def keep(self, step: KeepSeries | KeepBars | Forget) -> None:
        """Do what the step says."""
        if isinstance(step, Forget):
            for timeframe in TIMEFRAMES:
                self.series.pop((step.symbol, timeframe), None)
        elif isinstance(step, KeepBars):
            for symbol in step.symbols:
                self._add(symbol, step.timeframe, [step.open_ms], step.version, step.seed)
        else:
            if not step.is_part:
                self.series[step.symbol, step.timeframe] = {}
            self._add(step.symbol, step.timeframe, step.times.tolist(), step.version, step.seed, step.is_part)

    def _add(
        self, symbol: str, timeframe: Timeframe, times: list[int], version: int, seed: int, in_journal: bool = True
    ) -> None:
        if in_journal:
            self._in_journal.add(timeframe)
        bars = self.series.setdefault((symbol, timeframe), {})
        for open_ms in times:
            if bars.get(open_ms, (0, 0.0))[0] <= version:
                bars[open_ms] = version, float(seed)

    def fold(self) -> None:
        """Let series expire of which no bar is within reach of the newest of all."""
        for timeframe in self._in_journal:
            newest = {key: max(bars) for key, bars in self.series.items() if key[1] == timeframe}
            for key, newest_ms in newest.items():
                if newest_ms <= max(newest.values()) - CAPACITY * timeframe.ms:
                    del self.series[key]
        self._in_journal.clear()

    def within_reach(self) -> dict[tuple[str, Timeframe], dict[int, Bar]]:
        """Return what a reader gets: bars at most the capacity back from the newest of their series."""
        return {
            (symbol, timeframe): {
                open_ms: bar for open_ms, bar in bars.items() if open_ms > max(bars) - CAPACITY * timeframe.ms
            }
            for (symbol, timeframe), bars in self.series.items()
        }


def found(cache: DiskCache) -> dict[tuple[str, Timeframe], dict[int, Bar]]:
    """Return what a restart would load."""
    return {
        (stored.symbol, stored.timeframe): dict(
            zip(
                stored.open_time_ms.tolist(),
                zip(stored.version.tolist(), stored.values[0].tolist(), strict=True),
                strict=True,
            )
        )
        for stored in cache.load(TIMEFRAMES)
    }


async def play(path: Path, script: list[Step]) -> None:
    """Do everything to a cache and to its model, and compare them in the end."""
    model, cache = Model(), opened(path)
    await cache.open()
    for step in script:
        if step == "fold":
            await cache.flush()
            await cache.compact()
            model.fold()
        elif step == "reopen":
            await cache.aclose()
            cache = opened(path)
            await cache.open()
        elif isinstance(step, str):
            await cache.flush()
        else:
            keep(cache, step)
            model.keep(step)
    await cache.flush()
    assert found(cache) == model.within_reach()
    await cache.aclose()
    assert cache.snapshot().last_error is None


def opened(path: Path) -> DiskCache:
    """Return a cache over the file."""
    return DiskCache(path, venue="test", capacity_bars=CAPACITY)


@settings(deadline=None, max_examples=int(os.environ.get("ELITEFLOW_DISK_EXAMPLES", "60")))
@given(st.lists(steps, max_size=25))
def test_the_disk_holds_what_a_dictionary_would(script: list[Step]) -> None:
    """Every bar in its winning version, nothing else."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(play(Path(folder) / "store" / "venue.sqlite", script))

"""Memory, a venue and what runs beside them, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from eliteflow.clock import Clock
from eliteflow.model.candle_push import CandlePush
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.testing.instruments import make_instrument
from eliteflow.testing.memory_source import MemorySource, Request
from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.unit.pipeline.live_bars import H1, HOUR_MS, M5, M15, push_of

SYMBOLS = ("AUSDT", "BUSDT", "CUSDT")
INSTRUMENTS = [make_instrument(symbol, step_size="1") for symbol in SYMBOLS]
START_MS = HOUR_MS + H1.ms + 60_000
"""A minute after a full hour."""


class WholeSource(MemorySource):
    """Answers in whole units, as a venue does: only then larger bars follow from their parts."""

    async def fetch_series(self, symbol: str, timeframe: Timeframe, **options: Any) -> Series:
        """Return candles with prices of one decimal and whole volumes."""
        series = await super().fetch_series(symbol, timeframe, **options)
        values = np.concatenate((series.values[:4].round(1), series.values[4:].round()))
        return Series(series.open_time_ms, values)


class VirtualMarket:
    """Three contracts, of which memory has the newest bars, and a venue that answers at once."""

    def __init__(self, clock: Clock, *, bars: int = 99) -> None:
        self.clock = clock
        self.store = CandleStore(512)
        self.larger = LargerBars(self.store, M5, (H1, M15))
        self.larger.use(INSTRUMENTS)
        self.store.observers.append(self.larger)
        self.store.reserve(SYMBOLS, (H1, M15, M5))
        self.source = WholeSource(clock)
        self.fetcher = SeriesFetcher(self.source, self.store, clock)
        self.bars = bars

    async def fill(self, *timeframes: Timeframe) -> None:
        """Bring the newest bars into memory; the requests for it are not counted."""
        for symbol in SYMBOLS:
            for timeframe in timeframes or (M5,):
                series = await self.source.fetch_series(
                    symbol, timeframe, limit=self.bars, end_ms=timeframe.newest_closed_ms(self.clock.now_ms())
                )
                self.store.write(symbol, timeframe, series, requested_ms=self.clock.now_ms())
        self.source.requests.clear()

    @property
    def asked(self) -> list[Request]:
        """What the venue was asked for since this was last looked at."""
        asked, self.source.requests = self.source.requests, []
        return asked

    @property
    def now_s(self) -> float:
        """Seconds since the scenario began."""
        return asyncio.get_running_loop().time()

    @asynccontextmanager
    async def beside(self, job: Coroutine[None, None, None]) -> AsyncIterator[None]:
        """Let something run in the background."""
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(job)
            yield
            task.cancel()

    def push(self, symbol: str, *, trades: float | None = None, is_final: bool = True) -> CandlePush:
        """Return what a stream says of the newest 5m bar that has closed, with whole volumes."""
        bar = (self.clock.now_ms() - HOUR_MS) // M5.ms - is_final
        return push_of(symbol, bar, is_final=is_final, trades=trades)

    async def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)


def play(scenario: Callable[[VirtualMarket], Awaitable[None]], *, start_ms: int = START_MS) -> None:
    """Run a scenario in a loop of its own, in which waiting takes no time."""
    loop = VirtualTimeLoop()
    try:
        loop.run_until_complete(_played(scenario, loop.clock(start_ms)))
    finally:
        loop.close()


async def _played(scenario: Callable[[VirtualMarket], Awaitable[None]], clock: Clock) -> None:
    await scenario(VirtualMarket(clock))

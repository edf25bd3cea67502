"""What runs beside the calls while memory is live: streams, closes, repairs."""

import asyncio
from collections.abc import Sequence

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.model.instrument import Instrument
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.close_barrier import CloseBarrier
from eliteflow.pipeline.gap_repair import GapRepair
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.live_market import LiveMarket
from eliteflow.pipeline.ports import CandleStream
from eliteflow.pipeline.series_fetcher import SeriesFetcher

STREAMED = Timeframe.M5


class Upkeep:
    """Keeps the contracts that are watched current, as long as `run` runs."""

    def __init__(
        self, store: CandleStore, fetcher: SeriesFetcher, stream: CandleStream, clock: Clock, settings: Settings
    ) -> None:
        timeframes = [Timeframe(name) for name in settings.data.timeframes]
        rolled_up = timeframes if settings.data.streams == "5m" else []
        self.larger = LargerBars(store, STREAMED, rolled_up)
        streamed = timeframes if settings.data.streams == "all" else [STREAMED]
        self.gaps = GapRepair(store, fetcher, clock, streamed)
        self.live = LiveMarket(store, stream, self.larger, self.gaps)
        kept = [*streamed, *self.larger.larger]
        self.closes = CloseBarrier(store, fetcher, self.live, clock, settings.close, kept, self.gaps)
        # Larger bars first: whoever follows then finds them complete.
        store.observers += [self.larger, self.closes]

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Say which contracts are kept current from now on."""
        self.live.watch(instruments)

    async def run(self) -> None:
        """Work until cancelled, or until the streams end."""
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(job.run(), name=type(job).__name__) for job in (self.closes, self.gaps)]
            await self.live.run()
            for task in beside:
                task.cancel()

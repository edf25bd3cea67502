"""What runs beside the calls while memory is live: streams, closes, repairs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.model.instrument import Instrument
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.close_barrier import CloseBarrier, CloseSummary
from eliteflow.pipeline.gap_repair import GapRepair, GapSnapshot
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.live_market import LiveMarket
from eliteflow.pipeline.ports import CandleStream
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.telemetry.histogram import HistogramSnapshot

STREAMED = Timeframe.M5


@dataclass(frozen=True, slots=True)
class UpkeepSnapshot:
    """Live memory at one moment.

    watched: symbols that are streamed. closes: the last boundaries, the newest last. revised: bars of streamed or
    rolled-up series that the venue changed after their close. lag: how old pushes were when they came, in seconds.
    """

    watched: int
    gaps: GapSnapshot
    closes: tuple[CloseSummary, ...]
    revised: int
    lag: HistogramSnapshot


def rolled_up(settings: Settings) -> list[Timeframe]:
    """Return the timeframes that follow from the streamed one."""
    return [Timeframe(name) for name in settings.data.timeframes] if settings.data.streams == "5m" else []


class Upkeep:
    """Keeps the contracts that are watched current, as long as `run` runs; a StoreObserver that counts revisions."""

    def __init__(
        self,
        store: CandleStore,
        fetcher: SeriesFetcher,
        stream: CandleStream,
        larger: LargerBars,
        clock: Clock,
        settings: Settings,
    ) -> None:
        everything = [Timeframe(name) for name in settings.data.timeframes]
        streamed = everything if settings.data.streams == "all" else [STREAMED]
        self.gaps = GapRepair(store, fetcher, clock, streamed)
        self.live = LiveMarket(store, stream, larger, self.gaps, clock)
        self.closes = CloseBarrier(
            store, fetcher, self.live, clock, settings.close, [*streamed, *larger.larger], self.gaps
        )
        self._revised = 0
        # The larger bars come first in the store's list: whoever follows finds them complete.
        store.observers += [self.closes, self]

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Say which contracts are kept current from now on."""
        self.live.watch(instruments)

    def series_changed(self, change: SeriesChange) -> None:
        """Count revisions."""
        self._revised += len(change.revised_ms)

    def bar_changed(self, change: BarChange) -> None:
        """Count revisions."""
        self._revised += len(change.revised)

    def snapshot(self) -> UpkeepSnapshot:
        """Return how it is at this moment."""
        closes = tuple(self.closes.summaries)
        lag = self.live.lag.snapshot()
        return UpkeepSnapshot(len(self.live.watched), self.gaps.snapshot(), closes, self._revised, lag)

    async def run(self) -> None:
        """Work until cancelled, or until the streams end."""
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(job.run(), name=type(job).__name__) for job in (self.closes, self.gaps)]
            await self.live.run()
            for task in beside:
                task.cancel()

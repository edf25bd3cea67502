"""What runs beside the calls while memory is live: streams, closes, repairs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.model.instrument import Instrument
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.audit import AuditPlan
from eliteflow.pipeline.auditor import Auditor
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.close_barrier import CloseBarrier, CloseSummary
from eliteflow.pipeline.deepening import Deepening
from eliteflow.pipeline.gap_repair import GapRepair, GapSnapshot
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.live_market import LiveMarket
from eliteflow.pipeline.ports import CandleStream, SeriesSource
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.telemetry.histogram import HistogramSnapshot

STREAMED = Timeframe.M5

DAY_MS = 86_400_000
"""How long a contract that is no longer watched stays in memory."""

GRACE_MS = 10_000
"""How long a stream may be down before memory counts as degraded; replacing a connection takes a second."""


@dataclass(frozen=True, slots=True)
class UpkeepSnapshot:
    """Live memory at one moment.

    watched: symbols that are streamed. down: those whose streams bring nothing.
    closes: the last boundaries, the newest last.
    revised: bars that the venue changed after their close. audits, mismatches: answers compared with memory, and bars
        that differed. lag: how old pushes were when they came, in seconds.
    """

    watched: int
    gaps: GapSnapshot
    closes: tuple[CloseSummary, ...]
    revised: int
    lag: HistogramSnapshot
    down: int = 0
    audits: int = 0
    mismatches: int = 0


def rolled_up(settings: Settings) -> list[Timeframe]:
    """Return the timeframes that follow from the streamed one."""
    return [Timeframe(name) for name in settings.data.timeframes] if settings.data.streams == "5m" else []


class Upkeep:
    """Keeps the contracts that are watched current, as long as `run` runs; a StoreObserver that counts revisions."""

    def __init__(
        self,
        store: CandleStore,
        source: SeriesSource,
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
        others = [timeframe for timeframe in everything if timeframe not in streamed]
        audit = AuditPlan(seed=clock.now_ms(), streamed=streamed, others=others)
        larger.unproved = audit.doubt
        kept = [*streamed, *larger.larger]
        self.closes = CloseBarrier(store, fetcher, self.live, clock, settings.close, kept, self.gaps, audit)
        self.deepening = Deepening(store, fetcher, clock, everything, settings.data.history_bars)
        self.auditor = Auditor(store, source, clock, audit)
        self._store = store
        self._clock = clock
        self._revised = 0
        self._gone_ms: dict[str, int] = {}
        # The larger bars come first in the store's list: whoever follows finds them complete.
        store.observers += [self.closes, self]

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Say which contracts are kept current from now on; others are dropped after a day."""
        before, now_ms = self.live.watched, self._clock.now_ms()
        self.live.watch(instruments)
        gone = set(before) - set(self.live.watched)
        if before != self.live.watched:
            self.closes.forget(gone)
            self.auditor.plan.watch(self.live.watched)
            self.deepening.symbols = self.live.watched
        self._gone_ms |= dict.fromkeys(gone, now_ms)
        for symbol, gone_ms in [*self._gone_ms.items()]:
            if symbol in self.live.watched:
                del self._gone_ms[symbol]
            elif now_ms - gone_ms >= DAY_MS:
                del self._gone_ms[symbol]
                self._store.forget(symbol)

    @property
    def is_degraded(self) -> bool:
        """Whether some streams are down, so that their bars come over REST."""
        return bool(self.live.down(GRACE_MS))

    def series_changed(self, change: SeriesChange) -> None:
        """Count revisions."""
        self._revised += len(change.revised_ms)

    def bar_changed(self, change: BarChange) -> None:
        """Count revisions."""
        self._revised += len(change.revised)

    def snapshot(self) -> UpkeepSnapshot:
        """Return how it is at this moment."""
        return UpkeepSnapshot(
            watched=len(self.live.watched),
            gaps=self.gaps.snapshot(),
            closes=tuple(self.closes.summaries),
            revised=self._revised,
            lag=self.live.lag.snapshot(),
            down=len(self.live.down(GRACE_MS)),
            audits=self.auditor.audits,
            mismatches=self.auditor.mismatches,
        )

    async def run(self) -> None:
        """Work until cancelled, or until the streams end."""
        async with asyncio.TaskGroup() as tasks:
            jobs = (self.closes, self.gaps, self.deepening, self.auditor)
            beside = [tasks.create_task(job.run(), name=type(job).__name__) for job in jobs]
            try:
                await self.live.run()
            finally:
                self.live.interrupted()
                for task in beside:
                    task.cancel()

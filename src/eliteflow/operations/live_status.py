"""The status of a running program, from the snapshots of its parts."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.operations.cycle_watch import CycleWatch
from eliteflow.operations.notifier import Notifier
from eliteflow.operations.ports import Days, Status
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from eliteflow.telemetry.loop_lag import LoopLag


@dataclass(frozen=True, slots=True)
class WatchedParts:
    """The parts of a program whose snapshots make its status."""

    client: BinanceClient
    data_pipeline: UnifiedDataPipeline
    scheduler: UnifiedScheduler


@dataclass(frozen=True, slots=True)
class Watchers:
    """What is seen from outside the parts."""

    cycles: CycleWatch
    lag: LoopLag
    notifier: Notifier
    days: Callable[[Status], Days]


class LiveStatus:
    """A StatusSource; each call asks every part for its snapshot."""

    def __init__(self, settings: Settings, clock: Clock, parts: WatchedParts, watchers: Watchers) -> None:
        self._clock = clock
        self._parts = parts
        self._watchers = watchers
        self._started_s = clock.steady_s()
        self._cycle_every_s = cycle_every_s(settings)
        self._version = version("eliteflow")

    def status(self) -> Status:
        """Return the program at this moment."""
        now_ms = self._clock.now_ms()
        uptime_s = self._clock.steady_s() - self._started_s
        return Status(
            version=self._version,
            started_ms=now_ms - round(uptime_s * 1000),
            now_ms=now_ms,
            cycle_every_s=self._cycle_every_s,
            client=self._parts.client.snapshot(),
            pipeline=self._parts.data_pipeline.snapshot(),
            scheduler=self._parts.scheduler.snapshot(),
            cycles=self._watchers.cycles.snapshot(),
            loop_lag=self._watchers.lag.snapshot(),
            sinks=self._watchers.notifier.snapshot(),
        )

    def days(self, status: Status) -> Days:
        """Return the reports of the days."""
        return self._watchers.days(status)


def cycle_every_s(settings: Settings) -> float:
    """Return the seconds from one cycle's start to the next."""
    return settings.scheduler.interval_s

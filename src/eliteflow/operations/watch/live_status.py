"""The status of a running program, from the snapshots of its parts."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.notices.notifier import Notifier
from eliteflow.operations.supervisor import Supervisor
from eliteflow.operations.watch.cycle_watch import CycleWatch
from eliteflow.operations.watch.ports import Days, GapsStatus, Status, StoreStatus, StreamsStatus
from eliteflow.pipeline.disk_cache import DiskCache
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.pipeline.upkeep import UpkeepSnapshot
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from eliteflow.telemetry.loop_lag import LoopLag


@dataclass(frozen=True, slots=True)
class WatchedParts:
    """The parts of a program whose snapshots make its status. None: it has no such part."""

    client: BinanceClient
    data_pipeline: UnifiedDataPipeline
    scheduler: UnifiedScheduler
    streams: WebSocketManager | None = None
    cache: DiskCache | None = None
    supervisor: Supervisor | None = None


@dataclass(frozen=True, slots=True)
class Watchers:
    """What is seen from outside the parts. started_s: when, on the steady clock."""

    started_s: float
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
        self._cycle_every_s = cycle_every_s(settings)
        self._version = version("eliteflow")

    def status(self) -> Status:
        """Return the program at this moment."""
        now_ms = self._clock.now_ms()
        uptime_s = self._clock.steady_s() - self._watchers.started_s
        pipeline = self._parts.data_pipeline.snapshot()
        upkeep = pipeline.upkeep
        return Status(
            version=self._version,
            started_ms=now_ms - round(uptime_s * 1000),
            now_ms=now_ms,
            cycle_every_s=self._cycle_every_s,
            client=self._parts.client.snapshot(),
            pipeline=pipeline,
            scheduler=self._parts.scheduler.snapshot(),
            cycles=self._watchers.cycles.snapshot(),
            loop_lag=self._watchers.lag.snapshot(),
            failing=self._failing(),
            sinks=self._watchers.notifier.snapshot(),
            closes=() if upkeep is None else upkeep.closes,
            streams=None if upkeep is None else self._streams(upkeep),
            gaps=None if upkeep is None else _gaps(upkeep),
            store=self._store(),
        )

    def days(self, status: Status) -> Days:
        """Return the reports of the days."""
        return self._watchers.days(status)

    def _streams(self, upkeep: UpkeepSnapshot) -> StreamsStatus | None:
        if self._parts.streams is None:
            return None
        streams = self._parts.streams.snapshot()
        return StreamsStatus(
            wanted=streams.symbols,
            live=streams.live,
            down=upkeep.down,
            messages=streams.messages,
            malformed=streams.malformed,
            reconnects=streams.reconnects,
            lag=upkeep.lag,
        )

    def _failing(self) -> dict[str, str]:
        supervisor = self._parts.supervisor
        return {} if supervisor is None else {part: found.reason for part, found in supervisor.failing.items()}

    def _store(self) -> StoreStatus | None:
        if self._parts.cache is None:
            return None
        disk = self._parts.cache.snapshot()
        return StoreStatus(str(disk.path), disk.bytes, disk.series, disk.waiting, disk.written, disk.last_error)


def _gaps(upkeep: UpkeepSnapshot) -> GapsStatus:
    return GapsStatus(upkeep.gaps.open, upkeep.gaps.repaired_total, upkeep.revised, upkeep.mismatches)


def cycle_every_s(settings: Settings) -> float:
    """Return the seconds from one cycle's start to the next."""
    if settings.scheduler.trigger == "interval":
        return settings.scheduler.interval_s
    return min(Timeframe(name).ms for name in settings.data.timeframes) / 1000

"""The status as `/status` gives it and `eliteflow status` reads it."""

from collections.abc import Mapping

from msgspec import Struct

from eliteflow.exchange.weight_budget import WeightSnapshot
from eliteflow.model.breaker import BreakerSnapshot
from eliteflow.operations.watch.ports import Days, GapsStatus, SinkStatus, Status, StoreStatus
from eliteflow.operations.watch.troubles import Trouble, is_ready, troubles
from eliteflow.pipeline.close_barrier import CloseSummary
from eliteflow.pipeline.unified_data_pipeline import PipelineSnapshot
from eliteflow.scheduler.cycle import CycleReport
from eliteflow.scheduler.cycle_failures import FailedSymbol
from eliteflow.scheduler.day_report import DayReport
from eliteflow.telemetry.histogram import HistogramSnapshot

CLOSES_SHOWN = 12
"""The last hour."""


class ReasonDocument(Struct, frozen=True):
    """A trouble. retry_after_s: until it may be over, null where nobody knows."""

    reason: str
    blocks: bool
    message: str
    retry_after_s: float | None


class Spread(Struct, frozen=True):
    """How something that is measured again and again spreads, in seconds."""

    count: int
    mean_s: float
    p50_s: float
    p99_s: float
    largest_s: float


class CyclesDocument(Struct, frozen=True):
    """Cycles since the start. done, total: symbols of the one under way, of the last one if none is."""

    finished: int
    failed: int
    missed: int
    done: int
    total: int
    signals: int
    last_age_s: float | None
    seconds: Mapping[str, Spread]


class DataDocument(Struct, frozen=True):
    """What memory holds. under_way: series being fetched. stats: as `get_stats` of the pipeline has them."""

    symbols: int
    timeframes: tuple[str, ...]
    capacity_bars: int
    under_way: int
    stats: Mapping[str, float]


class StreamsDocument(Struct, frozen=True):
    """Live klines; `lag` from the venue's event time to memory."""

    wanted: int
    live: int
    messages: int
    reconnects: int
    lag: Spread


class StatusDocument(Struct, frozen=True):
    """Everything that a person asks first. Times in UTC milliseconds; null: this program has no such part.

    failed_symbols: the first that failed in the last cycle; `last_cycle.failed` is their number.
    """

    venue: str
    version: str
    ready: bool
    degraded: bool
    reasons: list[ReasonDocument]
    started_ms: int
    now_ms: int
    uptime_s: float
    host: str
    last_cycle: CycleReport | None
    cycles: CyclesDocument
    data: DataDocument
    requests: Mapping[str, int]
    weight: WeightSnapshot
    breaker: BreakerSnapshot
    clock_offset_ms: float
    loop_lag: Spread
    notifications: list[SinkStatus]
    closes: list[CloseSummary]
    streams: StreamsDocument | None
    gaps: GapsStatus | None
    store: StoreStatus | None
    today: DayReport | None
    last_day: DayReport | None
    failed_symbols: list[FailedSymbol] = []


def status_document(status: Status, days: Days) -> StatusDocument:
    """Return the status as a document; no secret can be in it, for no part's snapshot has one."""
    found, client = troubles(status), status.client
    return StatusDocument(
        venue=client.venue,
        version=status.version,
        ready=is_ready(found),
        degraded=bool(found),
        reasons=reason_documents(found),
        started_ms=status.started_ms,
        now_ms=status.now_ms,
        uptime_s=(status.now_ms - status.started_ms) / 1000,
        host=client.host,
        last_cycle=status.scheduler.last_report,
        cycles=_cycles(status),
        data=_data(status.pipeline),
        requests=client.outcomes,
        weight=client.weight,
        breaker=client.breaker,
        clock_offset_ms=client.machine_offset_ms,
        loop_lag=_spread(status.loop_lag),
        notifications=list(status.sinks),
        closes=list(status.closes[-CLOSES_SHOWN:]),
        streams=_streams(status),
        gaps=status.gaps,
        store=status.store,
        today=days.today,
        last_day=days.last_day,
        failed_symbols=list(status.scheduler.failures),
    )


def reason_documents(found: tuple[Trouble, ...]) -> list[ReasonDocument]:
    """Return troubles as documents."""
    return [
        ReasonDocument(trouble.reason.value, trouble.blocks, trouble.message, trouble.retry_after_s)
        for trouble in found
    ]


def _cycles(status: Status) -> CyclesDocument:
    cycles, scheduler = status.cycles, status.scheduler
    last_ms = cycles.last_finished_ms
    return CyclesDocument(
        finished=cycles.seconds["total"].count,
        failed=scheduler.failed,
        missed=scheduler.missed,
        done=cycles.done,
        total=cycles.total,
        signals=cycles.signals,
        last_age_s=None if last_ms is None else (status.now_ms - last_ms) / 1000,
        seconds={phase: _spread(seconds) for phase, seconds in cycles.seconds.items()},
    )


def _data(pipeline: PipelineSnapshot) -> DataDocument:
    return DataDocument(
        pipeline.symbols, pipeline.timeframes, pipeline.capacity_bars, pipeline.under_way, pipeline.stats
    )


def _streams(status: Status) -> StreamsDocument | None:
    if (streams := status.streams) is None:
        return None
    return StreamsDocument(streams.wanted, streams.live, streams.messages, streams.reconnects, _spread(streams.lag))


def _spread(seen: HistogramSnapshot) -> Spread:
    return Spread(seen.count, seen.mean, seen.quantile(0.5), seen.quantile(0.99), seen.largest)

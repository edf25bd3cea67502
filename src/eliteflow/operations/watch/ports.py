"""What a running program tells of itself: one frozen status, from which metrics, health and reports are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from eliteflow.exchange.binance_client import ClientSnapshot
from eliteflow.pipeline.close_barrier import CloseSummary
from eliteflow.pipeline.unified_data_pipeline import PipelineSnapshot
from eliteflow.scheduler.day_report import DayReport
from eliteflow.scheduler.unified_scheduler import SchedulerSnapshot
from eliteflow.telemetry.histogram import HistogramSnapshot


@dataclass(frozen=True, slots=True)
class CyclesStatus:
    """What was seen of the cycles. done, total: symbols of the cycle under way, of the last one if none is.

    first_finished_ms, last_finished_ms: venue time, None before. seconds: `data`, `analysis`, `total` → how long.
    signals: new ones so far. silent: strategies that gave no verdict in the last cycle, with the reason.
    """

    done: int
    total: int
    first_finished_ms: int | None
    last_finished_ms: int | None
    seconds: Mapping[str, HistogramSnapshot]
    signals: int
    silent: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StreamsStatus:
    """Live klines. wanted, live: symbols whose stream is wanted, and proven alive. lag: seconds, event to memory.

    down: symbols whose stream has brought nothing for longer than it takes to replace a connection.
    malformed: messages among all that could not be read.
    """

    wanted: int
    live: int
    down: int
    messages: int
    malformed: int
    reconnects: int
    lag: HistogramSnapshot


@dataclass(frozen=True, slots=True)
class GapsStatus:
    """What was missing or differed. open: series that lack bars. The others count since the program began."""

    open: int
    repaired: int
    revised: int
    mismatches: int


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The disk cache. waiting, written: changes. failure: why nothing is written, None while all is well."""

    path: str
    bytes: int
    series: int
    waiting: int
    written: int
    failure: str | None


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """One receiver of notifications. label: its service, without any token. waiting: notices not sent yet.

    sent, failed: messages. dropped: notices that were more than the queue holds. failure: why it fails at present.
    """

    label: str
    sent: int
    failed: int
    dropped: int
    waiting: int
    failure: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """A running program at one instant. Times are the venue's, UTC milliseconds.

    cycle_every_s: seconds from one cycle's start to the next. None: this program has no such part.
    closes: the last bar closes, in order. failing: parts that keep ending and are begun again, with the reason.
    """

    version: str
    started_ms: int
    now_ms: int
    cycle_every_s: float
    client: ClientSnapshot
    pipeline: PipelineSnapshot
    scheduler: SchedulerSnapshot
    cycles: CyclesStatus
    loop_lag: HistogramSnapshot
    failing: Mapping[str, str] = field(default_factory=dict)
    sinks: tuple[SinkStatus, ...] = ()
    closes: tuple[CloseSummary, ...] = ()
    streams: StreamsStatus | None = None
    gaps: GapsStatus | None = None
    store: StoreStatus | None = None


class Days(NamedTuple):
    """The UTC day so far, None before the venue's time is known; and the last one that is over."""

    today: DayReport | None
    last_day: DayReport | None


class StatusSource(Protocol):
    """Whoever can be asked how the program is; cheap, and without waiting."""

    def status(self) -> Status:
        """Return the status at this moment."""

    def days(self, status: Status) -> Days:
        """Return the reports of the days, the present one as of `status`."""

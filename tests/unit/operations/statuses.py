"""The status of a program that is well, for tests that make one thing in it amiss."""

from dataclasses import replace

from eliteflow.exchange.binance_client import ClientSnapshot
from eliteflow.exchange.in_flight_limit import InFlightSnapshot
from eliteflow.exchange.weight_budget import WeightSnapshot
from eliteflow.model.breaker import BreakerSnapshot, Circuit
from eliteflow.model.spend import Spend
from eliteflow.operations.watch.ports import (
    CyclesStatus,
    Days,
    GapsStatus,
    SinkStatus,
    Status,
    StoreStatus,
    StreamsStatus,
)
from eliteflow.pipeline.close_barrier import CloseSummary
from eliteflow.pipeline.gap_repair import GapSnapshot
from eliteflow.pipeline.pipeline_stats import PipelineStats
from eliteflow.pipeline.unified_data_pipeline import PipelineSnapshot
from eliteflow.pipeline.upkeep import UpkeepSnapshot
from eliteflow.scheduler.unified_scheduler import SchedulerSnapshot
from eliteflow.telemetry.histogram import Histogram, HistogramSnapshot
from eliteflow.telemetry.metrics import CYCLE_S, LOOP_LAG_S, REQUEST_S, STREAM_LAG_S
from tests.unit.operations.outcomes import REPORT

NOW_MS = 1_795_510_810_000  # 2026-11-24 09:00:10 UTC


def seen(bounds: tuple[float, ...], *values: float) -> HistogramSnapshot:
    """A histogram of these values."""
    histogram = Histogram(bounds)
    for value in values:
        histogram.observe(value)
    return histogram.snapshot()


CLIENT = ClientSnapshot(
    environment="emulator",
    venue="SIMULATED",
    host="127.0.0.1:1",
    spend=Spend(66, 101),
    outcomes={"ok": 64, "unreachable": 2},
    took=seen(REQUEST_S, 0.12, 0.13),
    weight=WeightSnapshot(2400, 2160, 105, 30, 1, 2, 0.0, InFlightSnapshot(256, 256, is_fixed=False, loads=())),
    breaker=BreakerSnapshot("127.0.0.1:1", Circuit.CLOSED, 0.0),
    refusal=None,
    is_clock_synchronised=True,
    machine_offset_ms=-250.0,
)
STATS = PipelineStats(batches=4, whole_batches=3, l1_hits=30, l1_misses=10, l2_hits=20)
UPKEEP = UpkeepSnapshot(530, GapSnapshot(0, 0, 3), (), 2, seen(STREAM_LAG_S, 0.02, 0.04))
CYCLES = CyclesStatus(
    done=530,
    total=530,
    first_finished_ms=NOW_MS - 600_000,
    last_finished_ms=NOW_MS - 4_000,
    seconds={phase: seen(CYCLE_S, 0.07, 0.9) for phase in ("data", "analysis", "total")},
    signals=5,
    silent={},
)
WELL = Status(
    version="0.1.0",
    started_ms=NOW_MS - 700_000,
    now_ms=NOW_MS,
    cycle_every_s=300.0,
    client=CLIENT,
    pipeline=PipelineSnapshot(530, ("1h", "15m", "5m"), 512, 0, NOW_MS, STATS.as_dict(), UPKEEP),
    scheduler=SchedulerSnapshot(2, 1, 3, replace(REPORT, symbols=530, succeeded=530, failed=0)),
    cycles=CYCLES,
    loop_lag=seen(LOOP_LAG_S, 0.0004, 0.0004, 0.03),
)
CLOSE = CloseSummary(NOW_MS - 10_000, 1590, {2: 0.9, 3: 0.99, 5: 1.0, 10: 1.0}, 0, 0, 3, 12, 3.4)
WHOLE = replace(
    WELL,
    sinks=(SinkStatus("discord", 7, 1, 2, 0, None), SinkStatus("json", 1, 4, 0, 3, "no answer")),
    closes=(CLOSE,),
    streams=StreamsStatus(530, 530, 0, 9_000, 2, 1, seen(STREAM_LAG_S, 0.02, 0.04)),
    gaps=GapsStatus(open=0, repaired=3, revised=2, mismatches=1),
    store=StoreStatus("/data/candles.db", 24_000_000, 1590, 0, 9_540, failure=None),
)


class FixedSource:
    """A StatusSource that always says the same."""

    def __init__(self, status: Status = WELL, days: Days = Days(None, None)) -> None:  # noqa: B008  # never changes
        self.now = status
        self.of_days = days

    def status(self) -> Status:
        """Return the status that was set."""
        return self.now

    def days(self, status: Status) -> Days:
        """Return the days that were given."""
        return self.of_days

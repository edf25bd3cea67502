"""The value of every metric at one instant, from the status of the program. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from eliteflow.model.breaker import Circuit
from eliteflow.operations.watch.ports import Status
from eliteflow.operations.watch.troubles import Reason, Trouble, is_ready, troubles
from eliteflow.telemetry.histogram import HistogramSnapshot

CIRCUITS = {Circuit.CLOSED: 0, Circuit.HALF_OPEN: 1, Circuit.OPEN: 2}


class Reading(NamedTuple):
    """One value of a metric. labels: values in the order of the metric's label names."""

    metric: str
    value: float | HistogramSnapshot
    labels: tuple[str, ...] = ()


def readings(status: Status) -> Iterator[Reading]:
    """Yield what the parts of this program know; a metric of a part that it has not is left out, not 0."""
    yield from _program(status, troubles(status))
    yield from _client(status)
    yield from _data(status)
    yield from _cycles(status)
    for read in (_closes, _streams, _gaps):
        yield from read(status)
    yield Reading("loop_lag_seconds", status.loop_lag)
    for result in ("sent", "failed", "dropped"):
        yield Reading("notifications_total", sum(getattr(sink, result) for sink in status.sinks), (result,))


def _program(status: Status, found: tuple[Trouble, ...]) -> Iterator[Reading]:
    yield Reading("build_info", 1, (status.version, status.client.venue))
    yield Reading("ready", is_ready(found))
    yield Reading("degraded", bool(found))
    present = {trouble.reason for trouble in found}
    for reason in Reason:
        yield Reading("trouble", reason in present, (reason.value,))


def _client(status: Status) -> Iterator[Reading]:
    client = status.client
    for outcome, count in client.outcomes.items():
        yield Reading("requests_total", count, (outcome,))
    yield Reading("request_seconds", client.took)
    yield Reading("weight_used", client.weight.spent)
    yield Reading("weight_limit", client.weight.limit)
    yield Reading("weight_others_peak", client.weight.others_peak)
    yield Reading("requests_in_flight", client.weight.in_flight)
    yield Reading("requests_waiting", client.weight.waiting)
    yield Reading("breaker_state", CIRCUITS[client.breaker.circuit])
    yield Reading("clock_offset_seconds", client.machine_offset_ms / 1000)


def _data(status: Status) -> Iterator[Reading]:
    stats = status.pipeline.stats
    yield Reading("cache_lookups_total", stats["l1_hits"], ("l1", "hit"))
    yield Reading("cache_lookups_total", stats["l2_hits"] + stats["l1_misses"], ("l1", "miss"))
    if status.store is not None:
        yield Reading("cache_lookups_total", stats["l2_hits"], ("l2", "hit"))
        yield Reading("cache_lookups_total", stats["l1_misses"], ("l2", "miss"))
    complete = round(stats["batch_success_rate"] * stats["batches"])
    yield Reading("batches_total", complete, ("complete",))
    yield Reading("batches_total", stats["batches"] - complete, ("partial",))
    yield Reading("series", status.pipeline.symbols * len(status.pipeline.timeframes))


def _cycles(status: Status) -> Iterator[Reading]:
    scheduler, cycles = status.scheduler, status.cycles
    if (report := scheduler.last_report) is not None:
        yield Reading("symbols", report.succeeded, ("succeeded",))
        yield Reading("symbols", report.failed, ("failed",))
    yield Reading("cycles_total", cycles.seconds["total"].count, ("finished",))
    yield Reading("cycles_total", scheduler.failed, ("failed",))
    yield Reading("cycles_total", scheduler.missed, ("missed",))
    if cycles.last_finished_ms is not None:
        yield Reading("last_cycle_time_seconds", cycles.last_finished_ms / 1000)
    for phase, seconds in cycles.seconds.items():
        yield Reading("cycle_seconds", seconds, (phase,))
    yield Reading("signals_total", cycles.signals)


def _closes(status: Status) -> Iterator[Reading]:
    if status.closes:
        for after_s, share in status.closes[-1].final_after.items():
            yield Reading("bars_final_ratio", share, (str(after_s),))


def _streams(status: Status) -> Iterator[Reading]:
    if (streams := status.streams) is not None:
        yield Reading("stream_messages_total", streams.messages)
        yield Reading("stream_malformed_total", streams.malformed)
        yield Reading("streams_live", streams.live)
        yield Reading("streams_wanted", streams.wanted)
        yield Reading("stream_reconnects_total", streams.reconnects)
        yield Reading("stream_lag_seconds", streams.lag)


def _gaps(status: Status) -> Iterator[Reading]:
    if (gaps := status.gaps) is not None:
        yield Reading("gaps_open", gaps.open)
        yield Reading("gaps_repaired_total", gaps.repaired)
        yield Reading("bars_revised_total", gaps.revised)
        yield Reading("audit_mismatches_total", gaps.mismatches)

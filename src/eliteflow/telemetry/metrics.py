"""Every metric: its name, kind, labels and meaning, in one place.

Nothing is counted here. The parts count for themselves and hand out frozen snapshots; `operations/readings.py` turns
these into values when somebody scrapes, so there is no global registry, and a hot path pays nothing for being watched.
"""

from enum import StrEnum
from typing import NamedTuple

PREFIX = "eliteflow_"

STREAM_LAG_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Buckets of `stream_lag_seconds`, from the venue's event time to memory."""

CYCLE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Buckets of `cycle_seconds`."""

LOOP_LAG_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Buckets of `loop_lag_seconds`."""


class Kind(StrEnum):
    """Prometheus's own kinds."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """One metric. name: without the prefix `eliteflow_`. labels: with the values that each may have, for people."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str:
        """The name as it is scraped; those of a histogram's series have a suffix more."""
        return PREFIX + self.name

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels in their order."""
        return tuple(name for name, _ in self.labels)


def _counter(name: str, meaning: str, **labels: str) -> Metric:
    return Metric(name, Kind.COUNTER, meaning, tuple(labels.items()))


def _gauge(name: str, meaning: str, **labels: str) -> Metric:
    return Metric(name, Kind.GAUGE, meaning, tuple(labels.items()))


def _histogram(name: str, meaning: str, **labels: str) -> Metric:
    return Metric(name, Kind.HISTOGRAM, meaning, tuple(labels.items()))


OUTCOMES = "ok, unreachable, banned, rate_limited, restricted, denied, rejected, malformed, cancelled"

METRICS = {
    metric.name: metric
    for metric in (
        _gauge("info", "1; what runs", version="of eliteflow", venue="its name in reports, SIMULATED for an emulator"),
        _gauge("start_time_seconds", "when the program started, Unix time of the venue's clock"),
        _gauge("ready", "1 while `/readyz` answers 200"),
        _gauge("degraded", "1 while something is amiss: any `trouble`"),
        _gauge("trouble", "1 while it lasts", reason="those of docs/runbook.md"),
        _counter("requests_total", "REST requests by what became of them", outcome=OUTCOMES),
        _gauge("weight_used", "weight spent in the present clock minute by this address, as far as is known"),
        _gauge("weight_limit", "the venue's limit in a clock minute"),
        _gauge("weight_others_peak", "the most that strangers on the address spent in one minute lately"),
        _gauge("requests_in_flight", "REST requests under way"),
        _gauge("requests_waiting", "REST requests that wait for weight or a connection"),
        _gauge("breaker_state", "circuit breaker: 0 closed, 1 half open, 2 open"),
        _gauge("clock_offset_seconds", "how far the venue's time is ahead of the machine's"),
        _counter("cache_lookups_total", "series looked for", layer="l1 memory, l2 disk", result="hit, miss"),
        _counter("batches_total", "batches by whether all their symbols came", result="complete, partial"),
        _gauge("symbols", "contracts of the last cycle", result="succeeded, failed"),
        _gauge("series", "series that memory holds"),
        _gauge("bars_final_ratio", "share of the last close's bars that were final in time", after="2, 3, 5, 10 s"),
        _gauge("gaps_open", "gaps found and not repaired yet"),
        _counter("gaps_repaired_total", "gaps filled from REST"),
        _counter("bars_revised_total", "closed bars that the venue changed afterwards"),
        _counter("audit_mismatches_total", "bars that an audit found to differ from the venue's"),
        _counter("stream_messages_total", "messages of all streams"),
        _gauge("streams_live", "symbols whose stream is proven alive"),
        _gauge("streams_wanted", "symbols whose stream is wanted"),
        _counter("stream_reconnects_total", "connections lost and opened again"),
        _histogram("stream_lag_seconds", "from the venue's event time to our memory"),
        _counter("cycles_total", "cycles by how they ended", result="finished, failed, missed"),
        _gauge("last_cycle_time_seconds", "venue time of the last finished cycle, Unix time"),
        _histogram("cycle_seconds", "seconds of a cycle", phase="data, analysis, total"),
        _counter("signals_total", "new signals"),
        _histogram("loop_lag_seconds", "how late the event loop wakes those who slept"),
        _counter("notifications_total", "messages by what became of them", result="sent, failed, dropped"),
    )
}

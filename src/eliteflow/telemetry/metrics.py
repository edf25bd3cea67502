"""Every metric: its name, kind and labels, in one place; what it means stands in `messages/explanations/*.toml`.

Nothing is counted here. The parts count for themselves and hand out frozen snapshots; `operations/watch/readings.py`
turns these into values when somebody scrapes, so there is no global registry, and a hot path pays nothing for being
watched.
"""

from enum import StrEnum
from typing import NamedTuple

from eliteflow.messages.explanations import explained

PREFIX = "eliteflow_"

STREAM_LAG_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Buckets of `stream_lag_seconds`, from the venue's event time to memory."""

REQUEST_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
"""Buckets of `request_seconds`, from a request's leaving to the end of its answer."""

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
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str:
        """The name as it is scraped; those of a histogram's series have a suffix more."""
        return PREFIX + self.name

    @property
    def meaning(self) -> str:
        """What it means, in the process's language."""
        return explained("metric")[self.name].means

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels in their order."""
        return tuple(name for name, _ in self.labels)


def _counter(name: str, **labels: str) -> Metric:
    return Metric(name, Kind.COUNTER, tuple(labels.items()))


def _gauge(name: str, **labels: str) -> Metric:
    return Metric(name, Kind.GAUGE, tuple(labels.items()))


def _histogram(name: str, **labels: str) -> Metric:
    return Metric(name, Kind.HISTOGRAM, tuple(labels.items()))


OUTCOMES = "ok, unreachable, banned, rate_limited, restricted, denied, rejected, malformed, cancelled"

METRICS = {
    metric.name: metric
    for metric in (
        _gauge("build_info", version="of eliteflow", venue="its name in reports, SIMULATED for an emulator"),
        _gauge("ready"),
        _gauge("degraded"),
        _gauge("trouble", reason="those of docs/runbook.md"),
        _counter("requests_total", outcome=OUTCOMES),
        _histogram("request_seconds"),
        _gauge("weight_used"),
        _gauge("weight_limit"),
        _gauge("weight_others_peak"),
        _gauge("requests_in_flight"),
        _gauge("requests_waiting"),
        _gauge("breaker_state"),
        _gauge("clock_offset_seconds"),
        _counter("cache_lookups_total", layer="l1 memory, l2 disk", result="hit, miss"),
        _counter("batches_total", result="complete, partial"),
        _gauge("symbols", result="succeeded, failed"),
        _gauge("series"),
        _gauge("bars_final_ratio", after="2, 3, 5, 10 s"),
        _gauge("gaps_open"),
        _counter("gaps_repaired_total"),
        _counter("bars_revised_total"),
        _counter("audit_mismatches_total"),
        _counter("stream_messages_total"),
        _counter("stream_malformed_total"),
        _gauge("streams_live"),
        _gauge("streams_wanted"),
        _counter("stream_reconnects_total"),
        _histogram("stream_lag_seconds"),
        _counter("cycles_total", result="finished, failed, missed"),
        _gauge("last_cycle_time_seconds"),
        _histogram("cycle_seconds", phase="data, analysis, total"),
        _counter("signals_total"),
        _histogram("loop_lag_seconds"),
        _counter("notifications_total", result="sent, failed, dropped"),
    )
}

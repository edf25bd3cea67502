"""The metrics as Prometheus reads them."""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import inf

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from eliteflow.operations.watch.ports import Status
from eliteflow.operations.watch.readings import Reading, readings
from eliteflow.telemetry import metrics
from eliteflow.telemetry.histogram import HistogramSnapshot
from eliteflow.telemetry.metrics import METRICS, Kind

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily

_PROCESS = ProcessCollector(registry=None)  # memory, processor time, open files, under their usual names


def exposition(status: Status, accept: str = "") -> tuple[bytes, str]:
    """Return the scrape and its content type. accept: the header of the request; OpenMetrics where it asks for that."""
    encode, content_type = choose_encoder(accept)
    return encode(_Scrape(status)), content_type


class _Scrape(Collector):
    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        yield from families(readings(self._status))
        yield from _PROCESS.collect()


def families(found: Iterable[Reading]) -> Iterator[Family]:
    """Return the readings by metric, in the order of the declarations; metrics without a reading are left out."""
    made: dict[str, Family] = {}
    for reading in found:
        if reading.metric not in made:
            made[reading.metric] = _family(METRICS[reading.metric])
        _add(made[reading.metric], reading)
    return (made[name] for name in METRICS if name in made)


def _family(metric: metrics.Metric) -> Family:
    match metric.kind:
        case Kind.COUNTER:
            return CounterMetricFamily(metric.full_name, metric.meaning, labels=metric.label_names)
        case Kind.GAUGE:
            return GaugeMetricFamily(metric.full_name, metric.meaning, labels=metric.label_names)
        case Kind.HISTOGRAM:
            return HistogramMetricFamily(metric.full_name, metric.meaning, labels=metric.label_names)


def _add(family: Family, reading: Reading) -> None:
    if isinstance(family, HistogramMetricFamily):
        assert isinstance(reading.value, HistogramSnapshot)
        family.add_metric(reading.labels, _buckets(reading.value), reading.value.total)
    else:
        assert not isinstance(reading.value, HistogramSnapshot)
        family.add_metric(reading.labels, reading.value)


def _buckets(seen: HistogramSnapshot) -> list[tuple[str, float]]:
    """Return the cumulative counts by upper bound, as Prometheus has them."""
    return [
        ("+Inf" if bound == inf else str(float(bound)), count)
        for bound, count in zip(seen.bounds, accumulate(seen.counts), strict=True)
    ]

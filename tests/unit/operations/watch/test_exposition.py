"""Prometheus's own parser reads what is scraped."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from eliteflow.operations.watch.exposition import exposition
from eliteflow.telemetry.metrics import METRICS
from tests.unit.operations.statuses import WHOLE


def samples(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Labels and values by the name of the series."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_every_metric_comes_under_its_full_name_with_its_labels() -> None:
    """Histograms as buckets, sum and count, the rest as one series for each set of labels."""
    body, content_type = exposition(WHOLE)
    found = samples(body.decode())
    assert content_type.startswith("text/plain")
    for metric in METRICS.values():
        name = metric.full_name if metric.full_name in found else f"{metric.full_name}_count"
        assert all(labels.keys() == set(metric.label_names) for labels, _ in found[name])


def test_buckets_are_cumulative_and_end_at_infinity() -> None:
    """As Prometheus wants them: three wakings, two of them within 1 ms."""
    found = samples(exposition(WHOLE)[0].decode())
    buckets = {labels["le"]: value for labels, value in found["eliteflow_loop_lag_seconds_bucket"]}
    assert (buckets["0.001"], buckets["0.05"], buckets["+Inf"]) == (2, 3, 3)
    assert found["eliteflow_loop_lag_seconds_count"] == [({}, 3)]


def test_the_process_is_measured_too() -> None:
    """Memory and processor time, under the names that every dashboard knows."""
    found = samples(exposition(WHOLE)[0].decode())
    [(_, bytes_held)] = found["process_resident_memory_bytes"]
    assert bytes_held > 1_000_000


def test_who_asks_for_openmetrics_gets_it() -> None:
    """And its stricter parser accepts it."""
    body, content_type = exposition(WHOLE, "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    families = parse_openmetrics(body.decode())  # type: ignore[no-untyped-call]  # the parser ships no types
    assert any(family.name == "eliteflow_cycles" for family in families)

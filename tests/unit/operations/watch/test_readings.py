"""Every declared metric has a value where its part is there."""

from dataclasses import replace

from eliteflow.errors import RestrictedLocation
from eliteflow.exchange.standstill import Refusal
from eliteflow.operations.watch.ports import Status
from eliteflow.operations.watch.readings import Reading, readings
from eliteflow.operations.watch.troubles import Reason
from eliteflow.telemetry.histogram import HistogramSnapshot
from eliteflow.telemetry.metrics import METRICS, Kind
from tests.unit.operations.statuses import CLIENT, NOW_MS, WELL, WHOLE


def values(status: Status) -> dict[tuple[str, tuple[str, ...]], object]:
    """Readings by metric and labels."""
    return {(reading.metric, reading.labels): reading.value for reading in readings(status)}


def test_every_declared_metric_is_read_from_a_whole_program() -> None:
    """None is declared for nobody, and none comes undeclared."""
    assert {reading.metric for reading in readings(WHOLE)} == METRICS.keys()


def test_labels_and_kinds_are_those_declared() -> None:
    """One value for each label; histograms are histograms, and each labelled series comes once."""
    found: list[Reading] = list(readings(WHOLE))
    for reading in found:
        metric = METRICS[reading.metric]
        assert len(reading.labels) == len(metric.labels)
        assert isinstance(reading.value, HistogramSnapshot) == (metric.kind is Kind.HISTOGRAM)
    assert len(values(WHOLE)) == len(found)


def test_a_part_that_is_not_there_has_no_value_rather_than_a_false_zero() -> None:
    """A program without streams has no stream lag."""
    absent = METRICS.keys() - {reading.metric for reading in readings(WELL)}
    assert absent == {
        *("stream_messages_total", "stream_malformed_total", "stream_lag_seconds", "stream_reconnects_total"),
        *("streams_live", "streams_wanted"),
        *("gaps_open", "gaps_repaired_total", "bars_revised_total", "audit_mismatches_total", "bars_final_ratio"),
    }
    assert ("cache_lookups_total", ("l2", "hit")) not in values(WELL)


def test_values_are_those_of_the_parts() -> None:
    """A few of each part."""
    found = values(WHOLE)
    assert found["requests_total", ("unreachable",)] == 2
    assert (found["weight_used", ()], found["weight_limit", ()], found["weight_others_peak", ()]) == (105, 2400, 30)
    assert (found["batches_total", ("complete",)], found["batches_total", ("partial",)]) == (3, 1)
    assert found["series", ()] == 1590
    lookups = [found["cache_lookups_total", labels] for labels in (("l1", "hit"), ("l1", "miss"), ("l2", "hit"))]
    assert lookups == [30, 30, 20]
    assert found["bars_final_ratio", ("2",)] == 0.9
    assert found["cycles_total", ("missed",)] == 3
    assert found["notifications_total", ("failed",)] == 5
    assert found["clock_offset_seconds", ()] == -0.25
    assert found["breaker_state", ()] == 0


def test_each_reason_is_a_series_from_the_first_scrape_on() -> None:
    """So that an alert on it can end."""
    client = replace(CLIENT, refusal=Refusal(RestrictedLocation("venue"), NOW_MS + 1))
    found = values(replace(WELL, client=client))
    troubles = {labels[0]: value for (metric, labels), value in found.items() if metric == "trouble"}
    assert troubles == {reason.value: reason is Reason.RESTRICTED for reason in Reason}
    assert (found["ready", ()], found["degraded", ()]) == (False, True)

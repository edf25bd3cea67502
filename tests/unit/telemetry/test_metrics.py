"""The declarations keep to what Prometheus wants of names."""

import re

from eliteflow.telemetry.metrics import METRICS, Kind

DESIGNED = {
    "requests_total": ("outcome",),
    "weight_used": (),
    "weight_limit": (),
    "cache_lookups_total": ("layer", "result"),
    "batches_total": ("result",),
    "bars_final_ratio": ("after",),
    "gaps_open": (),
    "gaps_repaired_total": (),
    "bars_revised_total": (),
    "audit_mismatches_total": (),
    "stream_messages_total": (),
    "stream_lag_seconds": (),
    "cycle_seconds": ("phase",),
    "loop_lag_seconds": (),
    "breaker_state": (),
    "degraded": (),
}


def test_names_follow_the_conventions() -> None:
    """Counters end with `_total`, others do not; a label has no reserved name."""
    for metric in METRICS.values():
        assert re.fullmatch(r"eliteflow_[a-z][a-z0-9_]*", metric.full_name)
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
        assert not {"le", "quantile", "job", "instance"} & set(metric.label_names)


def test_what_people_have_on_their_dashboards_keeps_its_name() -> None:
    """These names and labels are part of the contract."""
    assert {name: METRICS[name].label_names for name in DESIGNED} == DESIGNED

"""Dashboard, alerts and runbook speak of metrics, labels and reasons that there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
import yaml
from tools import write_dashboard

from eliteflow.config import documented_settings
from eliteflow.operations.watch.troubles import BLOCKING, Reason
from eliteflow.telemetry.events import EVENTS
from eliteflow.telemetry.metrics import METRICS, Kind

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
ALERTS = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((ROOT / "deploy/grafana/eliteflow.json").read_text("utf-8"))
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
# What Prometheus itself, and prometheus-client for the process, add.
OTHERS = {"up", "process_start_time_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total"}
COMMON_LABELS = {"job", "instance", "le"}
SERIES = {
    name: metric
    for metric in METRICS.values()
    for name in (
        [f"{metric.full_name}_{suffix}" for suffix in ("bucket", "sum", "count")]
        if metric.kind is Kind.HISTOGRAM
        else [metric.full_name]
    )
}


def selectors(query: str) -> Iterator[promql_parser.VectorSelector]:
    """Yield each series that a query asks for; raise for a query that Prometheus would refuse."""
    found: list[promql_parser.VectorSelector] = []

    def visit(expression: promql_parser.Expr) -> None:
        if isinstance(expression, promql_parser.VectorSelector):
            found.append(expression)

    promql_parser.walk(promql_parser.parse(query.replace("$__rate_interval", "5m")), visit)
    yield from found


def labels_of(query: str) -> set[str]:
    """The labels by which a query groups."""
    return {label.strip() for group in re.findall(r"\bby \(([^)]*)\)", query) for label in group.split(",")}


@pytest.mark.parametrize("query", [*QUERIES, *(alert["expr"] for alert in ALERTS)])
def test_every_query_asks_for_what_there_is(query: str) -> None:
    """It parses, its series are declared, and so are their labels."""
    for selector in selectors(query):
        assert selector.name in SERIES.keys() | OTHERS
        metric = SERIES.get(selector.name or "")
        known = COMMON_LABELS | set(metric.label_names if metric else ())
        assert {matcher.name for matcher in selector.matchers.matchers} <= known
        assert labels_of(query) <= known


def test_every_declared_metric_is_on_the_dashboard() -> None:
    """None is measured for nobody."""
    shown = {
        SERIES[selector.name].name for query in QUERIES for selector in selectors(query) if selector.name in SERIES
    }
    assert shown == METRICS.keys()


def test_the_dashboard_is_as_its_tool_writes_it() -> None:
    """`python tools/write_dashboard.py` would change nothing."""
    assert write_dashboard.PAGE.read_text("utf-8") == write_dashboard.rendered()


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    """Grafana shows each of them whole."""
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < write_dashboard.WIDTH


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    """And links to it."""
    sections = re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE)
    names = [alert["alert"] for alert in ALERTS]
    assert sections == names
    assert [alert["annotations"]["runbook"] for alert in ALERTS] == [
        f"docs/runbook.md#{name.lower()}" for name in names
    ]


@pytest.mark.parametrize(
    "section", RUNBOOK.partition("## Reasons")[0].split("\n### ")[1:], ids=lambda text: text.split()[0]
)
def test_a_section_says_what_it_means_what_to_check_and_what_to_do(section: str) -> None:
    """In this order, and an alert that it points to exists."""
    assert re.findall(r"^\*\*(\w+)\.\*\* \S", section, re.MULTILINE) == ["Meaning", "Check", "Action"]
    assert set(re.findall(r"Eliteflow\w+", section)) <= {alert["alert"] for alert in ALERTS}


def test_every_reason_is_in_the_runbook_as_it_weighs() -> None:
    """Those that make the market useless are marked, and each leads to an alert's section."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (✗?) ?\|", RUNBOOK, re.MULTILINE))
    assert list(rows) == [reason.value for reason in Reason]
    assert {reason for reason, mark in rows.items() if mark} == {reason.value for reason in BLOCKING}


def test_the_runbook_names_events_and_settings_that_there_are() -> None:
    """Whatever it tells people to look for can be found."""
    known = EVENTS.keys() | {setting.path for setting in documented_settings()}
    assert set(re.findall(r"`([a-z]+\.[a-z_]+)(?: = [^`]*)?`", RUNBOOK)) <= known


def test_alerts_name_reasons_and_values_that_there_are() -> None:
    """A misspelt reason would never fire."""
    for alert in ALERTS:
        for found in re.findall(r'reason=~?"([^"]*)"', alert["expr"]):
            assert set(found.split("|")) <= {reason.value for reason in Reason}
        assert alert["labels"]["severity"] in ("critical", "warning", "info")

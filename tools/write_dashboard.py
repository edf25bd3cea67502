"""Writes deploy/grafana/eliteflow.json: `python tools/write_dashboard.py`; with `--check` only compares.

The dashboard is made of what stands below, so that a metric is named in one line and the rest looks the same.
"""

import json
import sys
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parent.parent / "deploy" / "grafana" / "eliteflow.json"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH, HEIGHT, STAT_HEIGHT = 24, 7, 4
GREEN_FROM, RED_FROM = ("red", "green"), ("green", "red")


class Panel(NamedTuple):
    """One panel. queries: legend → PromQL. width: of 24. turns: value from which its colour is the second one.

    words: what a value is called.
    """

    title: str
    queries: dict[str, str]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    turns: tuple[float, tuple[str, str]] | None = None
    about: str = ""
    words: tuple[str, ...] = ()
    height: int = HEIGHT


def quantiles(metric: str, by: str = "") -> dict[str, str]:
    """The median and the 99th percentile of a histogram."""
    labels = f"le, {by}" if by else "le"
    shown = f" {{{{{by}}}}}" if by else ""
    return {
        f"p{share * 100:.0f}{shown}": (
            f"histogram_quantile({share}, sum by ({labels}) (rate(eliteflow_{metric}_bucket[$__rate_interval])))"
        )
        for share in (0.5, 0.99)
    }


ROWS = {
    "At a glance": (
        Panel("Ready", {"": "eliteflow_ready"}, kind="stat", width=3, turns=(1, GREEN_FROM), words=("no", "yes")),
        Panel("Amiss", {"": "eliteflow_degraded"}, kind="stat", width=3, turns=(1, RED_FROM), words=("no", "yes")),
        Panel("Venue, version", {"{{venue}} {{version}}": "eliteflow_build_info"}, kind="stat", width=6),
        Panel("Up for", {"": "time() - process_start_time_seconds"}, "s", "stat", 4),
        Panel("Last cycle ago", {"": "time() - eliteflow_last_cycle_time_seconds"}, "s", "stat", 4, (660, RED_FROM)),
        Panel("New signals, 24 h", {"": "increase(eliteflow_signals_total[24h])"}, kind="stat", width=4),
        Panel(
            "What is amiss",
            {"{{reason}}": "eliteflow_trouble"},
            kind="state-timeline",
            width=24,
            height=12,
            turns=(1, RED_FROM),
            words=("", "amiss"),
        ),
    ),
    "Market": (
        Panel(
            "Bars final after a close",
            {"+{{after}} s": "eliteflow_bars_final_ratio"},
            "percentunit",
            about="How many of the bars of the last close were final so many seconds after it.",
        ),
        Panel("From the venue to memory", quantiles("stream_lag_seconds"), "s"),
        Panel("Streams", {"wanted": "eliteflow_streams_wanted", "live": "eliteflow_streams_live"}),
        Panel("Messages", {"a second": "rate(eliteflow_stream_messages_total[$__rate_interval])"}),
        Panel(
            "Gaps and differences, 1 h",
            {
                "gaps open": "eliteflow_gaps_open",
                "gaps repaired": "increase(eliteflow_gaps_repaired_total[1h])",
                "bars revised": "increase(eliteflow_bars_revised_total[1h])",
                "audit mismatches": "increase(eliteflow_audit_mismatches_total[1h])",
                "reconnects": "increase(eliteflow_stream_reconnects_total[1h])",
                "malformed": "increase(eliteflow_stream_malformed_total[1h])",
            },
        ),
        Panel("In memory", {"series": "eliteflow_series", "symbols {{result}}": "eliteflow_symbols"}),
    ),
    "Cycles": (
        Panel("A cycle takes", quantiles("cycle_seconds", by="phase"), "s"),
        Panel("Cycles, 1 h", {"{{result}}": "increase(eliteflow_cycles_total[1h])"}),
        Panel(
            "Found in cache",
            {
                "{{layer}}": 'sum by (layer) (rate(eliteflow_cache_lookups_total{result="hit"}[$__rate_interval]))'
                " / sum by (layer) (rate(eliteflow_cache_lookups_total[$__rate_interval]))"
            },
            "percentunit",
        ),
        Panel("Batches, 1 h", {"{{result}}": "increase(eliteflow_batches_total[1h])"}),
        Panel("Notifications, 1 h", {"{{result}}": "increase(eliteflow_notifications_total[1h])"}),
    ),
    "Venue": (
        Panel(
            "Weight in a minute",
            {
                "limit": "eliteflow_weight_limit",
                "used": "eliteflow_weight_used",
                "others, peak": "eliteflow_weight_others_peak",
            },
        ),
        Panel("Requests", {"{{outcome}}": "rate(eliteflow_requests_total[$__rate_interval])"}, "reqps"),
        Panel("An answer takes", quantiles("request_seconds"), "s"),
        Panel(
            "Under way",
            {"in flight": "eliteflow_requests_in_flight", "waiting": "eliteflow_requests_waiting"},
        ),
        Panel(
            "Circuit breaker",
            {"breaker": "eliteflow_breaker_state"},
            kind="state-timeline",
            turns=(1, RED_FROM),
            words=("closed", "half open", "open"),
        ),
        Panel("Venue's clock ahead of ours", {"": "eliteflow_clock_offset_seconds"}, "s"),
    ),
    "Process": (
        Panel("Event loop late by", quantiles("loop_lag_seconds"), "s"),
        Panel("Memory", {"resident": "process_resident_memory_bytes"}, "bytes"),
        Panel("Processor", {"cores": "rate(process_cpu_seconds_total[$__rate_interval])"}),
    ),
}


def dashboard() -> dict[str, object]:
    """Return the dashboard as Grafana imports it."""
    return {
        "title": "eliteflow",
        "uid": "eliteflow",
        "tags": ["eliteflow"],
        "schemaVersion": 41,
        "refresh": "10s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc",
        "editable": True,
        "graphTooltip": 1,
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus", "hide": 0}
            ]
        },
        "panels": _placed(),
    }


def _placed() -> list[dict[str, object]]:
    """Put rows and panels one after another, as many beside each other as fit."""
    placed: list[dict[str, object]] = []
    top = 0
    for title, panels in ROWS.items():
        placed.append(_row(title, len(placed) + 1, top))
        top, left, tallest = top + 1, 0, 0
        for panel in panels:
            if left + panel.width > WIDTH:
                top, left, tallest = top + tallest, 0, 0
            height = STAT_HEIGHT if panel.kind == "stat" else panel.height
            place = {"x": left, "y": top, "w": panel.width, "h": height}
            placed.append(_panel(panel, len(placed) + 1, place))
            left, tallest = left + panel.width, max(tallest, height)
        top += tallest
    return placed


def _row(title: str, number: int, top: int) -> dict[str, object]:
    place = {"x": 0, "y": top, "w": WIDTH, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, object]:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "gridPos": place,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": _look(panel), "overrides": []},
        "options": _options(panel),
        "targets": [
            {"refId": "ABCDEFGH"[letter], "expr": query, "legendFormat": legend, "datasource": SOURCE}
            for letter, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def _look(panel: Panel) -> dict[str, object]:
    names = {str(value): {"text": word, "index": value} for value, word in enumerate(panel.words)}
    return {
        "unit": panel.unit,
        "color": {"mode": "palette-classic" if panel.kind == "timeseries" else "thresholds"},
        "thresholds": _thresholds(panel),
        "mappings": [{"type": "value", "options": names}] if names else [],
    }


def _thresholds(panel: Panel) -> dict[str, object]:
    if panel.turns is None:
        return {"mode": "absolute", "steps": [{"color": "blue", "value": None}]}
    value, (before, after) = panel.turns
    return {"mode": "absolute", "steps": [{"color": before, "value": None}, {"color": after, "value": value}]}


def _options(panel: Panel) -> dict[str, object]:
    match panel.kind:
        case "stat":
            is_name = "{{" in "".join(panel.queries)
            return {"textMode": "name" if is_name else "value", "colorMode": "background" if panel.turns else "none"}
        case "state-timeline":
            return {"showValue": "auto", "mergeValues": True, "legend": {"displayMode": "list", "placement": "bottom"}}
    return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}


def rendered() -> str:
    """Return the file's content."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the dashboard, or with `--check` say whether it differs."""
    if "--check" in sys.argv:
        return int(PAGE.read_text("utf-8") != rendered())
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(rendered(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

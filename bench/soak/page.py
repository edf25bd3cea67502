"""The report of a run: claims, faults, closes, curves."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.soak.findings import Findings, lag_quantile
from bench.soak.plots import Band, Panel, Points, figure
from bench.soak.samples import Sample, mean_since
from bench.soak.timetable import Course
from eliteflow.errors import utc_text


def write(findings: Findings, page: Path, conditions: Sequence[str]) -> None:
    """Write the report, and its figure beside it."""
    picture = page.with_suffix(".svg")
    picture.write_text(drawn(findings), "utf-8")
    page.write_text("\n".join(_lines(findings, picture.name, conditions)) + "\n", "utf-8")


def drawn(findings: Findings) -> str:
    """Return the curves of a run."""
    numbered = enumerate(findings.courses, 1)
    bands = [Band(course.fault.begins_s / 60, course.fault.ends_s / 60, str(number)) for number, course in numbered]
    return figure(_panels(findings), bands, findings.samples[-1].at_s / 60)


def _lines(findings: Findings, picture: str, conditions: Sequence[str]) -> Iterator[str]:
    yield "# A soak run, live\n"
    yield from (f"- {condition}" for condition in conditions)
    yield f"- {findings.symbols} contracts, {findings.minutes:.1f} minutes, ready after {findings.ready_s:.1f} s\n"
    yield "| | wanted | found | |\n| --- | --- | --- | --- |"
    for claim in findings.claims():
        yield f"| {claim.what} | {claim.wanted} | {claim.found} | {'yes' if claim.holds else '**no**'} |"
    yield "\n## What went wrong, and when it was over\n"
    yield "Times in minutes and seconds since the timetable's begin; a scrape every 5 s saw them.\n"
    yield "| | fault | from | to | shown by | seen at | over at |\n| --- | --- | --- | --- | --- | --- | --- |"
    for number, course in enumerate(findings.courses, 1):
        yield f"| {number} | {course.fault.name} | {_course(course)} |"
    yield "\n## Closes\n"
    yield (
        "Milliseconds after the close. *venue*: when its last final kline reached a witness with a connection of its "
        "own. *out*: when the cycle was finished. *own*: the time between, where nothing but streams was waited for. "
        "*faults*: those in force, by their numbers above.\n"
    )
    yield "| close | faults | venue | out | own | cycle | requests | fetched | missing | signals |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for close in findings.closes:
        values = (
            close.heard_ms,
            close.out_ms,
            close.own_ms,
            round(close.cycle_ms),
            close.requests,
            close.fetched,
            close.missing,
        )
        cells = " | ".join("–" if value is None else f"{value:,}" for value in values)
        faults = ", ".join(map(str, findings.faults_at(close))) or "–"
        yield f"| {utc_text(close.boundary_ms)} | {faults} | {cells} | {close.signals} |"
    yield f"\n![curves]({picture})\n\nThe bands are the faults, by their numbers above."
    if findings.compared.unlike:
        yield "\n## Bars that differ\n"
        yield from (f"- {one}" for one in findings.compared.unlike[:20])


def _course(course: Course) -> str:
    fault = course.fault
    times = [fault.begins_s, fault.ends_s, course.shown_s, course.over_s]
    begins, ends, shown, over = (
        "**never**" if one is None else f"{int(one) // 60}:{int(one) % 60:02}" for one in times
    )
    return f"{begins} | {ends} | `{fault.metric}` | {shown} | {over}"


def _panels(findings: Findings) -> list[Panel]:
    samples = findings.samples
    last = {mark: _closes(samples, mark) for mark in ("2", "3", "5", "10")}
    return [
        Panel("memory, MB", {"resident": [(one.at_s / 60, one.resident_mb) for one in samples]}),
        Panel(
            "processor, % of a core",
            {"program": _rate(samples, "processor_s", 100), "venue": _rate(samples, "venue_processor_s", 100)},
        ),
        Panel(
            "event loop late by, ms", {"p99 so far": _lag(samples), "mean": _mean(samples, "loop_lag_seconds", 1000)}
        ),
        Panel("streams late by, ms", {"mean": _mean(samples, "stream_lag_seconds", 1000)}),
        Panel("an answer takes, ms", {"mean": _mean(samples, "request_seconds", 1000)}),
        Panel("bars final after a close, %", {f"+{mark} s": curve for mark, curve in last.items()}, 100),
        Panel(
            "weight in a minute",
            {"used": _gauge(samples, "weight_used"), "others' peak": _gauge(samples, "weight_others_peak")},
        ),
        Panel("requests a second", {"ok": _counted(samples, "requests_total ok"), "failed": _failed(samples)}),
        Panel("symbols", {"live": _gauge(samples, "streams_live"), "wanted": _gauge(samples, "streams_wanted")}),
        Panel("amiss", {"gaps open": _gauge(samples, "gaps_open"), "degraded": _gauge(samples, "degraded")}),
    ]


def _gauge(samples: Sequence[Sample], name: str) -> Points:
    return [(one.at_s / 60, one[name]) for one in samples]


def _closes(samples: Sequence[Sample], mark: str) -> Points:
    return [
        (one.at_s / 60, 100 * one[f"bars_final_ratio {mark}"])
        for one in samples
        if f"bars_final_ratio {mark}" in one.values
    ]


def _rate(samples: Sequence[Sample], name: str, times: float) -> Points:
    return [
        (now.at_s / 60, times * (getattr(now, name) - getattr(before, name)) / (now.at_s - before.at_s))
        for before, now in itertools.pairwise(samples)
    ]


def _counted(samples: Sequence[Sample], name: str) -> Points:
    pairs = itertools.pairwise(samples)
    return [(now.at_s / 60, (now[name] - before[name]) / (now.at_s - before.at_s)) for before, now in pairs]


def _failed(samples: Sequence[Sample]) -> Points:
    names = [name for name in samples[-1].values if name.startswith("requests_total ") and not name.endswith(" ok")]
    curves = [_counted(samples, name) for name in names]
    return [(points[0][0], sum(value for _, value in points)) for points in zip(*curves, strict=True)]


def _mean(samples: Sequence[Sample], name: str, times: float) -> Points:
    pairs = itertools.pairwise(samples)
    return [(now.at_s / 60, times * mean_since(before.values, now.values, name)) for before, now in pairs]


def _lag(samples: Sequence[Sample]) -> Points:
    return [(one.at_s / 60, lag_quantile(one, 0.99) * 1000) for one in samples if one["loop_lag_seconds_count"]]


def today() -> str:
    """Return the date."""
    return datetime.now(UTC).date().isoformat()

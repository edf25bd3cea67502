"""Writes the figures of docs/performance.md and of the pages that quote it, and its plots, from one file of results.

A page has marked places, `<!-- figures: cold -->` … `<!-- end -->`; the words between them are written by people.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from bench.plots import bars, lines, shown
from bench.results import PUBLISHED, ColumnResult, Results, TableResult, read_results, write_results
from bench.rounds import Measured

ROOT = Path(__file__).parent.parent
PLOTS = ROOT / "docs/performance"
PAGES = (ROOT / "docs/performance.md", ROOT / "README.md", ROOT / "README.zh-CN.md")
MARKED = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
WIDE = ("cold", "limits")


def publish(results: Results) -> None:
    """Write everything that shows figures."""
    write_results(results, PUBLISHED)
    for path, content in rendered(results).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")


def rendered(results: Results) -> dict[Path, str]:
    """Return the content of every file that shows figures, as it has to be."""
    files = {PLOTS / f"{name}.svg": plot for name, plot in plots(results).items()}
    for path in PAGES:
        files[path] = MARKED.sub(
            lambda found: f"{found[1]}{figures(results, found[2])}\n{found[3]}", path.read_text("utf-8")
        )
    return files


def published() -> Results:
    """Return the figures that are quoted now."""
    return read_results(PUBLISHED)


def figures(results: Results, name: str) -> str:
    """Return what stands in a marked place: a scenario's table, or one of FIGURES."""
    if name in FIGURES:
        return FIGURES[name](results)
    table = results.table(name)
    return "Not measured yet." if table is None else write_table(table)


def write_table(table: TableResult) -> str:
    """Return one scenario as a Markdown table with its date."""
    if table.key in WIDE:
        written = "\n\n".join(_wide(column) for column in table.columns)
    elif table.key == "symbols":
        written = _by_column(table)
    else:
        written = _by_system(table)
    return f"{written}\n\nMeasured {table.date} UTC."


def plots(results: Results) -> dict[str, str]:
    """Return the plots by name."""
    found = {}
    if (cold := results.table("cold")) is not None:
        rows = [(_label(one), one.market_s) for one in cold.columns[0].measured if not one.error]
        found["cold"] = bars(
            "Cold fetch of 530 × 3 × 50 at 120 ms", sorted(rows, key=lambda row: row[1]), "s", "eliteflow"
        )
    if (counts := results.table("symbols")) is not None:
        curves = {
            name: [(column.symbols, column.of(name, form).market_s * 1000) for column in counts.columns]
            for name, form in _systems(counts)
        }
        found["symbols"] = lines("From 50 to 2,000 symbols", "symbols", curves, "ms")
    return found


def exponent(table: TableResult, name: str, form: str) -> float:
    """Return the fitted power of the number of symbols with which a system's time grows, by least squares."""
    times = [column.of(name, form).market_s for column in table.columns]
    return float(np.polyfit(np.log([column.symbols for column in table.columns]), np.log(times), 1)[0])


def _wide(column: ColumnResult) -> str:
    fastest = next(one for one in column.measured if one.name == "eliteflow")
    head = ("system", "s", "fastest–slowest", "CPU s", "peak MB", "requests", "weight", "429 and 418", "connections")
    rows = [_row((*head, "complete", "right", "× eliteflow")), _row(["---"] * 12)]
    rows += [_row(_figures(one, fastest)) for one in column.measured]
    return "\n".join(rows)


def _figures(one: Measured, reference: Measured) -> list[str]:
    counted = [f"{count:,}" for count in (one.requests, one.weight, one.refused, one.connections)]
    if one.error:
        return [_label(one), f"failed: {_first_words(one.error)}", *[""] * 3, *counted, *[""] * 3]
    spread = (
        f"{shown(min(one.wall_s) * one.scale)}–{shown(max(one.wall_s) * one.scale)}" if len(one.wall_s) > 1 else "–"
    )
    counts = (one.requests, one.weight, one.refused, one.connections)
    whole = one.series * one.scale
    return [
        _label(one),
        shown(one.market_s),
        spread,
        shown(one.market_cpu_s),
        shown(one.peak_mb),
        *(f"{count * (one.scale if place < 2 else 1):,}" for place, count in enumerate(counts)),
        f"{one.complete * one.scale:,}/{whole:,}",
        f"{one.right * one.scale:,}",
        f"{one.market_s / reference.market_s:.1f}",
    ]


def _by_system(table: TableResult) -> str:
    rows = [_row(("system", *(column.label for column in table.columns))), _row(["---"] * (len(table.columns) + 1))]
    for name, form in _systems(table):
        cells = [_cell(column, name, form) for column in table.columns]
        rows.append(_row((f"{name}, in arrays" if form == "arrays" and table.key != "indicators" else name, *cells)))
    return "\n".join(rows)


def _by_column(table: TableResult) -> str:
    systems = _systems(table)
    rows = [_row(("symbols", *(f"{name}, ms" for name, _ in systems))), _row(["---"] * (len(systems) + 1))]
    rows += [
        _row((column.label, *(shown(column.of(*system).market_s * 1000) for system in systems)))
        for column in table.columns
    ]
    rows.append(_row(("fitted exponent", *(f"{exponent(table, *system):.2f}" for system in systems))))
    return "\n".join(rows)


def _cell(column: ColumnResult, name: str, form: str) -> str:
    one = next((one for one in column.measured if (one.name, one.form) == (name, form)), None)
    if one is None:
        return "–"
    if one.error:
        return f"failed: {_first_words(one.error)}"
    wrong = "" if one.complete == one.right == one.series else f", {one.right}/{one.series} right"
    time = f"{shown(one.market_s)} s" if one.market_s >= 1 else f"{shown(one.market_s * 1000)} ms"
    return f"{time} ({shown(one.market_cpu_s)} s CPU){wrong}"


def _systems(table: TableResult) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one.name, one.form) for column in table.columns for one in column.measured))


def _in_flight(results: Results) -> str:
    table = results.table("in_flight")
    if table is None:
        return "Not measured yet."
    worse = []
    for column in table.columns:
        best = min(one.market_s for one in column.measured if one.name != "self-tuned")
        worse.append(f"{column.of('self-tuned').market_s / best - 1:+.0%} at {column.label}")
    return f"Self-tuned against the best fixed number: {', '.join(worse)}."


def _machine(results: Results) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    versions = ", ".join(f"{name} {found}" for name, found in results.versions.items())
    return f"Machine: {machine}, shared with other work. Versions: {versions}."


def _users_ways(words: Mapping[str, str], head: tuple[str, ...]) -> Callable[[Results], str]:
    def write(results: Results) -> str:
        cold, later = results.table("cold"), results.table("later")
        assert cold is not None
        assert later is not None
        column = cold.columns[0]
        gathered = column.of("serial, 3 gathered")
        measured = [column.of(name) for name in words if name != "second call in the same bar"]
        measured.append(later.columns[0].of("second call in the same bar"))
        rows = [_row(head), _row(["---"] * len(head))]
        for label, one in zip(words.values(), measured, strict=True):
            spread = (
                "–" if len(one.wall_s) < 2 else f"{min(one.wall_s) * one.scale:.2f}–{max(one.wall_s) * one.scale:.2f}"
            )
            rows.append(_row((label, f"{one.market_s:.2f}", spread, f"{gathered.market_s / one.market_s:.1f}×")))
        return "\n".join(rows)

    return write


def _label(one: Measured) -> str:
    return f"{one.name}, in arrays" if one.form == "arrays" else one.name


def _first_words(error: str) -> str:
    return error.splitlines()[0].partition(", url=")[0].replace("|", "/")[:90]


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


FIGURES: Mapping[str, Callable[[Results], str]] = {
    "machine": _machine,
    "in_flight_remark": _in_flight,
    "ways": _users_ways(
        {
            "serial": "serial (a tenth of the market × 10)",
            "serial, 3 gathered": "serial, 3 timeframes gathered (a tenth × 10)",
            "64 gathered, batch by batch": "64 symbols gathered, batch after batch",
            "eliteflow": "eliteflow, first call",
            "second call in the same bar": "eliteflow, second call in the same bar, no request",
        },
        ("way", "seconds", "fastest–slowest", "against 3 gathered"),
    ),
    "ways_zh": _users_ways(
        {
            "serial": "串行（取十分之一的市场 × 10）",
            "serial, 3 gathered": "串行，3 个周期并发（十分之一 × 10）",
            "64 gathered, batch by batch": "64 个合约并发，逐批进行",
            "eliteflow": "eliteflow，首次调用",
            "second call in the same bar": "eliteflow，同一根 K 线内再次调用，不发请求",
        },
        ("方式", "秒", "最快–最慢", "相对于 3 并发"),
    ),
}

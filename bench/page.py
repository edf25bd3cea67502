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
SECOND_CALL = "second call in the same bar"
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
    elif table.key == "streams":
        written = _streams(table)
    else:
        written = _by_system(table)
    plural = "round" if table.rounds == 1 else "rounds, medians"
    return f"{written}\n\nMeasured {table.date} UTC, {table.rounds} {plural}{_exceptions(table)}."


def _exceptions(table: TableResult) -> str:
    """Return who had fewer rounds, and who fetched a part of the market."""
    measured = [one for column in table.columns for one in column.measured if not one.error]
    said: dict[str, dict[str, None]] = {}
    for one in measured:
        if len(one.wall_s) < table.rounds:
            said.setdefault(f"{len(one.wall_s)} of", {})[one.name] = None
        if one.scale > 1:
            said.setdefault(f"1/{one.scale} of the market times {one.scale} by", {})[one.name] = None
    return "".join(f"; {words} {' / '.join(names)}" for words, names in said.items())


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


def _streams(table: TableResult) -> str:
    flood, paced = table.columns
    head = ("client", "flood, messages a second", "of a core", "messages a CPU second", "of a core at 6,360 a second")
    rows = [_row((*head, "peak MB")), _row(["---"] * 6)]
    for name, form in _systems(table):
        fast, slow = flood.of(name, form), paced.of(name, form)
        if fast.error or slow.error:
            rows.append(_row((name, f"failed: {_first_words(fast.error or slow.error)}", *[""] * 4)))
            continue
        sent = fast.extra["sent"]
        shares = [f"{one.market_cpu_s / one.market_s:.0%}" for one in (fast, slow)]
        rates = [f"{sent / seconds:,.0f}" for seconds in (fast.market_s, fast.market_cpu_s)]
        rows.append(_row((name, rates[0], shares[0], rates[1], shares[1], shown(fast.peak_mb))))
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


def _profiles(results: Results) -> str:
    if not results.profiles:
        return "Not measured yet."
    named = {
        "cold": "cold fill, a request",
        "messages": "message to memory, a message",
        "signals": "close to signals, a symbol",
    }
    rows = [_row(("path", "µs of the processor", "of that")), _row(["---"] * 3)]
    for path, name in named.items():
        shares = dict(results.profiles[path])
        took_us = shares.pop("µs")
        parts = sorted(shares.items(), key=lambda share: -share[1])
        rows.append(_row((name, shown(took_us), ", ".join(f"{part} {share:.0%}" for part, share in parts if share))))
    return "\n".join(rows)


def _machine(results: Results) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    versions = ", ".join(f"{name} {found}" for name, found in results.versions.items())
    return f"Machine: {machine}, shared with other work. Versions: {versions}."


def _users_ways(words: Mapping[str, str], head: tuple[str, ...], note: str) -> Callable[[Results], str]:
    def write(results: Results) -> str:
        cold, later = results.table("cold"), results.table("later")
        if cold is None or later is None:
            return "Not measured yet."
        column = cold.columns[0]
        gathered = column.of("serial, 3 gathered")
        measured = [column.of(name) for name in words if name != SECOND_CALL]
        measured.append(later.columns[0].of(SECOND_CALL))
        rows = [_row(head), _row(["---"] * len(head))]
        for label, one in zip(words.values(), measured, strict=True):
            spread = (
                "–" if len(one.wall_s) < 2 else f"{min(one.wall_s) * one.scale:.2f}–{max(one.wall_s) * one.scale:.2f}"
            )
            rows.append(_row((label, f"{one.market_s:.2f}", spread, f"{gathered.market_s / one.market_s:.1f}×")))
        return "\n".join([*rows, "", note.format(date=cold.date[:10], rounds=cold.rounds, machine=results.machine)])

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
    "profiles": _profiles,
    "ways": _users_ways(
        {
            "serial": "serial (a tenth of the market × 10)",
            "serial, 3 gathered": "serial, 3 timeframes gathered (a tenth × 10)",
            "64 gathered, batch by batch": "64 symbols gathered, batch after batch",
            "eliteflow": "eliteflow, first call",
            "second call in the same bar": "eliteflow, second call in the same bar, no request",
        },
        ("way", "seconds", "fastest–slowest", "against 3 gathered"),
        "`make bench-peers`, {machine[processor]}, {machine[cores]} shared cores, Python {machine[python]}, {date}; "
        "median of {rounds} (serial ways: 1 or 2).",
    ),
    "ways_zh": _users_ways(
        {
            "serial": "逐个获取（市场的十分之一 × 10）",
            "serial, 3 gathered": "逐个合约，3个K线周期并行（十分之一 × 10）",
            "64 gathered, batch by batch": "64 个合约并行，批次依次",
            "eliteflow": "eliteflow，第一次调用",
            "second call in the same bar": "eliteflow，同一根 K 线内第二次调用，不发请求",
        },
        ("做法", "秒", "最快–最慢", "相对「3个K线周期并行」"),
        "`make bench-peers`，{machine[processor]}，{machine[cores]} 个共享核心，Python {machine[python]}，{date}；"
        "{rounds} 轮的中位数（逐个获取：1 或 2 轮）。",
    ),
}

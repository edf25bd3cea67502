"""What all tables share: the venue's name, text of a table, CSV, cells of numbers."""

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eliteflow.errors import utc_text
from eliteflow.messages import text
from eliteflow.model.venue import SIMULATED

NAMED = 20
"""Contracts without a closed bar that a line names."""

UNBOUNDED = 100_000
"""Columns where there is no edge: whoever reads a pipe or a file wants each row whole, on a line of its own."""


def venue_label(venue: str) -> str:
    """Return the venue's name as people read it; an emulator's always says that the market is simulated."""
    return text("terminal.simulated") if venue == SIMULATED else venue


def title_of(key: str, venue: str, **fields: object) -> str:
    """Return the sentence `key` with the venue's name as a table's title: its brackets are text to rich."""
    return escape(text(key, venue=venue_label(venue), **fields))


def columns_of(stream: TextIO) -> int | None:
    """Return how many columns a table on `stream` may have: None, as many as it shows, for a terminal; else any."""
    return None if stream.isatty() else UNBOUNDED


def table_text(table: Table, *lines: str) -> str:
    """Return a table as text for standard output, with lines below it; only a terminal's edge folds its cells."""
    console = Console(file=io.StringIO(), width=columns_of(sys.stdout))
    with console.capture() as capture:
        console.print(table)
    return capture.get() + "".join(f"{line}\n" for line in lines)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows, the head first, as CSV."""
    lines = io.StringIO()
    csv.writer(lines).writerows(map(csv_value, row) for row in rows)
    return lines.getvalue()


def csv_value(value: object) -> object:
    """Return a truth value as `true` or `false`, as JSON and TOML write it; anything else as it is."""
    return str(value).lower() if isinstance(value, bool) else value


def number_cell(value: float) -> str:
    """Return a number as a table shows it: whole ones whole, others in eight digits, a dash where there is none."""
    if not isfinite(value):
        return "–"
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.8g}"


def time_cell(time_ms: int) -> str:
    """Return a bar's time as a table shows it, to the minute: `2026-11-23 09:05`."""
    return utc_text(time_ms)[:16]


def short_time_cell(time_ms: int) -> str:
    """Return the same without its year, where columns are narrow: `11-23 09:05`."""
    return time_cell(time_ms)[5:]


def without_bars_lines(symbols: Sequence[str]) -> list[str]:
    """Return the line that names the first `NAMED` contracts without a closed bar; none if there are none."""
    if not symbols:
        return []
    more = [f"… +{len(symbols) - NAMED}"] if len(symbols) > NAMED else []
    return [text("terminal.without_bars", symbols=", ".join((*symbols[:NAMED], *more)))]

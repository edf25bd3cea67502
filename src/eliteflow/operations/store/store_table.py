"""The candles on disk as people and programs read them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from eliteflow.errors import utc_text
from eliteflow.messages import text
from eliteflow.operations.store.store_survey import Fault, Gap, Survey, TimeframeSurvey
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import csv_text, table_text, time_cell, venue_label

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class StoreTable:
    """What one file holds. bytes: its size, with SQLite's log. rows: how many gaps a table shows, None for all."""

    venue: str
    path: Path
    bytes: int
    journal_rows: int
    survey: Survey
    rows: int | None = None

    def render(self, output_format: str) -> str:
        """Return it as `table`, `json` (times in UTC milliseconds) or `csv` (one line for each timeframe)."""
        return {"json": self._json, "csv": self._csv}.get(output_format, self._table)()

    def _json(self) -> str:
        return json_of(
            {
                "venue": self.venue,
                "path": str(self.path),
                "bytes": self.bytes,
                "journal_rows": self.journal_rows,
                "timeframes": [coverage._asdict() for coverage in self.survey.coverage],
                "gaps": [gap._asdict() for gap in self.survey.gaps],
            }
        )

    def _csv(self) -> str:
        return csv_text([("venue", *TimeframeSurvey._fields), *((self.venue, *row) for row in self.survey.coverage)])

    def _table(self) -> str:
        table = Table(title=text("store.title", venue=venue_label(self.venue)), title_justify="left")
        for column in ("timeframe", "series", "bars", "each", "oldest", "newest", "behind", "missing"):
            table.add_column(text(f"store.{column}"), justify="left" if column == "timeframe" else "right")
        for row in self.survey.coverage:
            each = f"{row.fewest}–{row.most}"
            numbers = (f"{row.series}", f"{row.bars}", each, time_cell(row.oldest_ms), time_cell(row.newest_ms))
            table.add_row(row.timeframe, *numbers, f"{row.behind}", f"{row.missing}")
        size = text("store.size", path=self.path, megabytes=self.bytes / MEGABYTE, journal_rows=self.journal_rows)
        return table_text(table, *_some(map(_gap_line, self.survey.gaps), self.rows), size)


@dataclass(frozen=True, slots=True)
class VerdictTable:
    """What is wrong with the candles of a file. damaged: how many series and closes fail their checksum."""

    venue: str
    path: Path
    series: int
    damaged: int
    faults: tuple[Fault, ...]
    rows: int | None = None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is."""
        return not self.damaged and not self.faults

    def render(self, output_format: str) -> str:
        """Return it as lines for people, `json` (times in UTC milliseconds) or `csv` (one line for each fault)."""
        return {"json": self._json, "csv": self._csv}.get(output_format, self._lines)()

    def _json(self) -> str:
        head = {"venue": self.venue, "path": str(self.path), "series": self.series, "damaged": self.damaged}
        return json_of(head | {"faults": [fault._asdict() for fault in self.faults]})

    def _csv(self) -> str:
        return csv_text([("venue", *Fault._fields), *((self.venue, *fault) for fault in self.faults)])

    def _lines(self) -> str:
        key = "store.sound" if self.is_sound else "store.unsound"
        summary = text(
            key, venue=venue_label(self.venue), series=self.series, damaged=self.damaged, faults=len(self.faults)
        )
        return "".join(f"{line}\n" for line in (*_some(map(_fault_line, self.faults), self.rows), summary))


def _some(lines: Iterable[str], rows: int | None) -> Iterator[str]:
    every = list(lines)
    yield from every[:rows]
    if rows is not None and len(every) > rows:
        yield text("store.more", count=len(every) - rows)


def _gap_line(gap: Gap) -> str:
    fields = gap._asdict() | {"first": utc_text(gap.first_missing_ms)}
    return text("store.gap", **fields)


def _fault_line(fault: Fault) -> str:
    what = text(f"fault.{fault.kind}")
    fields = fault._asdict() | {"what": what, "first": utc_text(fault.open_time_ms)}
    return text("store.fault", **fields)

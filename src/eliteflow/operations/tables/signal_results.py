"""What became of the signals that ledgers hold: a record for each strategy, and every signal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.analysis.strategy_record import StrategyRecord, records
from eliteflow.errors import ConfigError
from eliteflow.messages import text
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import csv_text, number_cell, short_time_cell, table_text, venue_label
from eliteflow.operations.tables.signal_lines import SIDE_STYLE
from eliteflow.scheduler.ledger_file import SUFFIX, LedgerContents, read_ledger

ENDING_STYLE = {"target": "green", "stop": "red"}
SIGNAL_COLUMNS = ("strategy", "symbol", "side", "timeframe", "bar_ms", "entry", "stop", "target", "strength")
COLUMNS = ("venue", *SIGNAL_COLUMNS, "filled", "bars", "ending", "ended_ms", "out", "result_r", "is_ambiguous")


KINDS = {
    **dict.fromkeys(("venue", "strategy", "symbol", "side", "timeframe", "ending"), "text"),
    "bar_ms": "time",
    "ended_ms": "time",
    "bars": "count",
    "is_ambiguous": "flag",
    "reasons": "texts",
    "values": "numbers",
}
"""What a column of the Parquet file holds; every other one numbers."""


@dataclass(frozen=True, slots=True)
class SignalResults:
    """The ledgers of a folder. rows: of the table of signals, None for all."""

    folder: Path
    ledgers: Sequence[LedgerContents]
    rows: int | None = None

    @classmethod
    def read(cls, folder: Path, rows: int | None = None) -> "SignalResults":
        """Return what all ledgers of a folder hold; raise LedgerUnusable for one that cannot be read."""
        return cls(folder, [read_ledger(path) for path in sorted(folder.glob(f"*{SUFFIX}"))], rows)

    def render(self, output_format: str) -> str:
        """Return them as `table` of records and newest signals, `json` with reasons and values, or `csv`."""
        return {"json": self._json, "csv": self._csv}.get(output_format, self._table)()

    def write_parquet(self, path: Path) -> None:
        """Write every signal as one row; raise ConfigError if the file cannot be written."""
        import pyarrow as pa
        from pyarrow import parquet

        fields = [*self._fields()]
        columns = {name: [row[name] for row in fields] for name in COLUMNS}
        columns["reasons"] = [row["reasons"] for row in fields]
        columns["values"] = [[*one.signal.values.items()] for ledger in self.ledgers for one in ledger.signals]
        kinds = {"text": pa.string(), "time": pa.timestamp("ms", tz="UTC"), "count": pa.int64(), "flag": pa.bool_()}
        kinds |= {"texts": pa.list_(pa.string()), "numbers": pa.map_(pa.string(), pa.float64())}
        schema = pa.schema([(name, kinds.get(KINDS.get(name, ""), pa.float64())) for name in columns])
        table = pa.table(columns, schema=schema)
        try:
            parquet.write_table(table, path)
        except OSError as error:
            raise ConfigError("--out", text("config.unwritable", path=path, reason=error.strerror)) from error

    def _fields(self) -> Iterator[dict[str, object]]:
        for ledger in self.ledgers:
            for one in ledger.signals:
                yield _fields(ledger.venue, one)

    def _json(self) -> str:
        found = [
            {"venue": ledger.venue, "records": [one._asdict() for one in records(ledger.signals)]}
            for ledger in self.ledgers
        ]
        return json_of({"folder": str(self.folder), "ledgers": found, "signals": [*self._fields()]})

    def _csv(self) -> str:
        return csv_text([COLUMNS, *([row[name] for name in COLUMNS] for row in self._fields())])

    def _table(self) -> str:
        if not any(ledger.signals for ledger in self.ledgers):
            return text("results.none", folder=self.folder)
        newest = sorted(self._newest(), key=lambda pair: -pair[1].signal.bar_ms)
        shown = newest[: self.rows]
        lines = [text("terminal.hidden", count=hidden)] if (hidden := len(newest) - len(shown)) else []
        return table_text(_records_table(self.ledgers)) + table_text(
            _signals_table(shown), *lines, text("results.legend")
        )

    def _newest(self) -> Iterator[tuple[str, FollowedSignal]]:
        return ((ledger.venue, one) for ledger in self.ledgers for one in ledger.signals)


def _fields(venue: str, one: FollowedSignal) -> dict[str, object]:
    signal, course = one.signal, one.course
    return {
        "venue": venue,
        **{name: getattr(signal, name) for name in SIGNAL_COLUMNS},
        **{name: getattr(course, name) for name in ("filled", "bars", "ending", "ended_ms", "out", "is_ambiguous")},
        "result_r": one.result_r,
        "reasons": signal.reasons,
        "values": signal.values,
    }


def _records_table(ledgers: Iterable[LedgerContents]) -> Table:
    table = Table(title=text("results.title"), title_justify="left", title_style="bold")
    for name in ("strategy", "venue", *StrategyRecord._fields[1:]):
        table.add_column(text(f"results.{name}"), justify="left" if name in ("strategy", "venue") else "right")
    for ledger in ledgers:
        for record in records(ledger.signals):
            counts = (str(count) for count in record[1:8])
            rate = "–" if record.hit_rate is None else f"{record.hit_rate:.1%}"
            sums = (_r_cell(record.expectancy_r), _r_cell(record.total_r))
            table.add_row(escape(record.strategy), venue_label(ledger.venue), *counts, rate, *sums)
    return table


def _signals_table(shown: Sequence[tuple[str, FollowedSignal]]) -> Table:
    table = Table(title=text("results.signals_title"), title_justify="left", title_style="bold")
    for name in ("bar", "symbol", "strategy", "side"):
        table.add_column(text(f"results.{name}"), overflow="fold")
    for name in ("filled", "stop_price", "target_price", "ending", "out", "result_r"):
        table.add_column(text(f"results.{name}"), justify="right")
    for venue, one in shown:
        table.add_row(*_cells(venue, one))
    return table


def _cells(venue: str, one: FollowedSignal) -> Iterator[str]:
    signal, course = one.signal, one.course
    yield short_time_cell(signal.bar_ms)
    yield signal.symbol
    yield f"{escape(signal.strategy)} {escape(f'[{venue_label(venue)}]')}"
    yield f"[{SIDE_STYLE[signal.side]}]{text(f'side.{signal.side}')}[/]"
    yield "–" if course.filled is None else number_cell(course.filled)
    yield number_cell(signal.stop)
    yield number_cell(signal.target)
    name = course.ending or "open"
    mark = "*" if course.is_ambiguous else ""
    yield f"[{ENDING_STYLE.get(name, 'dim')}]{text(f'ending.{name}')}{mark}[/]"
    yield "–" if course.out is None else number_cell(course.out)
    yield _r_cell(one.result_r)


def _r_cell(value: float | None) -> str:
    return "–" if value is None else f"[{'green' if value > 0 else 'red'}]{value:+.2f} R[/]"

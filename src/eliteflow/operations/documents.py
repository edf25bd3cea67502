"""Results as files and documents: JSON, CSV, or the table's text."""

import csv
import io
import sys
from pathlib import Path

import msgspec

from eliteflow.errors import ConfigError, EliteflowError
from eliteflow.messages import text
from eliteflow.model.market_row import MarketRow
from eliteflow.scheduler.cycle import CycleOutcome


def outcome_json(outcome: CycleOutcome) -> str:
    """Return one document with `report`, `errors` (symbol → type, message, fields) and `rows`."""
    document = {
        "report": outcome.report.fields(),
        "errors": {symbol: error_fields(error) for symbol, error in outcome.errors.items()},
        "rows": [row._asdict() for row in outcome.rows],
    }
    return json_of(document)


def outcome_csv(outcome: CycleOutcome) -> str:
    """Return the rows of the market table, with the venue in the first column so that simulated rows say so."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(("venue", *MarketRow._fields))
    writer.writerows((outcome.report.venue, *row) for row in outcome.rows)
    return lines.getvalue()


def error_fields(error: EliteflowError) -> dict[str, object]:
    """Return an error as JSON shows it."""
    return {"type": type(error).__name__, "message": str(error)} | dict(error.fields)


def write(document: str, out: Path | None) -> None:
    """Write a document to `out`, whole or not at all, or to standard output; raise ConfigError if that fails."""
    if out is None:
        sys.stdout.write(document if document.endswith("\n") else document + "\n")
        sys.stdout.flush()
        return
    draft = out.with_name(f".{out.name}.part")
    try:
        draft.write_text(document, "utf-8")
        draft.replace(out)
    except OSError as error:
        raise ConfigError("--out", text("config.unwritable", path=out, reason=error.strerror)) from error


def json_of(document: object) -> str:
    """Return any result as an indented JSON document."""
    return msgspec.json.format(msgspec.json.encode(document)).decode()

"""Results as files and documents: JSON, CSV, or the table's text."""

import os
import sys
from pathlib import Path

import msgspec

from eliteflow.errors import ConfigError, EliteflowError
from eliteflow.messages import text
from eliteflow.model.market_row import MarketRow
from eliteflow.operations.tables.rendering import csv_text
from eliteflow.operations.tables.signal_lines import strategy_fields
from eliteflow.scheduler.cycle import CycleOutcome


def outcome_json(outcome: CycleOutcome) -> str:
    """Return one document with `report`, `errors`, `rows`, `market`, and what the strategies found: docs/report.md."""
    rows = [row._asdict() for row in outcome.rows]
    market = {timeframe: regime.whole._asdict() for timeframe, regime in outcome.regimes.items()}
    return json_of(head_fields(outcome) | {"rows": rows, "market": market} | strategy_fields(outcome))


def outcome_csv(outcome: CycleOutcome) -> str:
    """Return the rows of the market table, with the venue in the first column so that simulated rows say so."""
    rows = ((outcome.report.venue, *row) for row in outcome.rows)
    return csv_text([("venue", *MarketRow._fields), *rows])


def head_fields(outcome: CycleOutcome) -> dict[str, object]:
    """Return `report` and `errors` (symbol → type, message, fields) as JSON shows them."""
    errors = {symbol: error_fields(error) for symbol, error in outcome.errors.items()}
    return {"report": outcome.report.fields(), "errors": errors}


def error_fields(error: EliteflowError) -> dict[str, object]:
    """Return an error as JSON shows it."""
    return {"type": type(error).__name__, "message": str(error)} | dict(error.fields)


def write(document: str, out: Path | None) -> None:
    """Write a document to `out`, whole or not at all, or to standard output; raise ConfigError if that fails."""
    if out is None:
        sys.stdout.write(document if document.endswith("\n") else document + "\n")
        sys.stdout.flush()
        return
    check_writable(out)
    draft = out.with_name(f".{out.name}.part")
    try:
        draft.write_text(document, "utf-8")
        draft.replace(out)
    except OSError as error:
        raise ConfigError("--out", text("config.unwritable", path=out, reason=error.strerror)) from error


def check_writable(out: Path | None) -> None:
    """Raise ConfigError now for a file that could not be written after a long run.

    A device or a folder is refused: a file that takes the place of `/dev/null` would be a disaster.
    """
    if out is None:
        return
    if out.exists() and not out.is_file():
        raise ConfigError("--out", text("config.unwritable", path=out, reason=text("config.no_file")))
    if not os.access(out.parent, os.W_OK):
        reason = text("config.folder_unwritable", folder=out.parent)
        raise ConfigError("--out", text("config.unwritable", path=out, reason=reason))


def json_of(document: object) -> str:
    """Return any result as an indented JSON document."""
    return msgspec.json.format(msgspec.json.encode(document)).decode()

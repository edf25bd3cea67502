"""What doctor found, as table, JSON or CSV."""

from rich.markup import escape
from rich.table import Table

from eliteflow.messages import text
from eliteflow.operations.doctor.diagnosis import Diagnosis, Finding, State
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import csv_text, table_text, title_of

STYLES = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red", State.SKIPPED: "dim"}
FIELDS = ("check", "state", "found", "advice")


def render(diagnosis: Diagnosis, output_format: str) -> str:
    """Return a diagnosis as `table`, `json` or `csv`."""
    if output_format == "json":
        checks = [dict(zip(FIELDS, _row(finding), strict=True)) for finding in diagnosis.findings]
        return json_of({"venue": diagnosis.venue, "exit_status": diagnosis.exit_status, "checks": checks})
    if output_format == "csv":
        rows = ((diagnosis.venue, *_row(finding)) for finding in diagnosis.findings)
        return csv_text([("venue", *FIELDS), *rows])
    return _table(diagnosis)


def _row(finding: Finding) -> tuple[str, str, str, str | None]:
    return finding.check, finding.state.value, finding.found, finding.advice


def _table(diagnosis: Diagnosis) -> str:
    table = Table(title=title_of("doctor.title", diagnosis.venue), title_justify="left")
    for column in FIELDS:
        table.add_column(text(f"doctor.{column}_column"), overflow="fold")
    for finding in diagnosis.findings:
        state = f"[{STYLES[finding.state]}]{text(f'doctor.{finding.state}')}[/]"
        table.add_row(text(f"doctor.{finding.check}"), state, escape(finding.found), escape(finding.advice or ""))
    return table_text(table, _last_line(diagnosis))


def _last_line(diagnosis: Diagnosis) -> str:
    if diagnosis.exit_status:
        return text("doctor.ended", status=diagnosis.exit_status)
    has_warning = any(finding.state is State.WARNING for finding in diagnosis.findings)
    return text("doctor.warned" if has_warning else "doctor.fine")

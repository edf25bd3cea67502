"""The signals of one cycle as a document of their own."""

from dataclasses import dataclass

from eliteflow.messages import text
from eliteflow.operations.tables.documents import head_fields, json_of
from eliteflow.operations.tables.rendering import table_text, venue_label
from eliteflow.operations.tables.signal_lines import signal_table, signals_csv, strategy_fields, strategy_lines
from eliteflow.scheduler.cycle import CycleOutcome


@dataclass(frozen=True, slots=True)
class SignalTable:
    """The signals of one cycle. rows: of the table, None for all."""

    outcome: CycleOutcome
    rows: int | None = None

    def render(self, output_format: str) -> str:
        """Return them as `table` with the funnels, `json` with report and errors, or `csv`."""
        return {"json": self._json, "csv": self._csv}.get(output_format, self._table)()

    def _json(self) -> str:
        return json_of(head_fields(self.outcome) | strategy_fields(self.outcome))

    def _csv(self) -> str:
        return signals_csv(self.outcome)

    def _table(self) -> str:
        lines = strategy_lines(self.outcome, self.rows)
        if not self.outcome.signals:
            return "\n".join((text("signals.none", venue=venue_label(self.outcome.report.venue)), *lines))
        return table_text(signal_table(self.outcome, self.rows), *lines)

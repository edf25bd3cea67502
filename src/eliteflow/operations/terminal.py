"""What a person sees of the cycles: the log, a progress bar below it, the market table at the end."""

import logging
import sys
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from eliteflow.messages import text
from eliteflow.model.breaker import Circuit
from eliteflow.model.market_row import MarketRow
from eliteflow.operations.tables.rendering import columns_of, title_of, venue_label, without_bars_lines
from eliteflow.operations.tables.signal_lines import signal_table, strategy_lines
from eliteflow.scheduler.cycle import CycleOutcome, CycleReport
from eliteflow.telemetry import log

TREND_STYLE = {"up": "green", "down": "red"}


class Terminal:
    """Shows log, bar and table on `stream`, standard output by default.

    quiet: neither bar nor table; the log's lines remain. rows: how many of the table's rows, None for all.
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False, rows: int | None = 20) -> None:
        stream = stream or sys.stdout
        self._console = Console(file=stream, width=columns_of(stream), highlight=False, emoji=False)
        self._quiet = quiet
        self._rows = rows
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    @property
    def is_interactive(self) -> bool:
        """Whether a person watches: a terminal, no pipe."""
        return self._console.is_terminal

    def log_handler(self) -> logging.Handler:
        """Return a handler that writes above the progress bar."""
        return _ConsoleHandler(self._console)

    def cycle_started(self, cycle: int, total: int) -> None:
        """Show an empty bar, on a terminal."""
        if self._console.is_terminal and not self._quiet:
            self._bar = _progress_bar(self._console)
            self._task = self._bar.add_task(text("terminal.cycle", cycle=cycle), total=total)
            self._bar.start()

    def batch_finished(self, symbols: int) -> None:
        """Advance the bar."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, symbols)

    def cycle_finished(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def show(self, outcome: CycleOutcome) -> None:
        """Print the ranked market, the signals if there are any, each strategy's funnel, and the report."""
        if not self._quiet:
            self._console.print(_market_table(outcome.report, outcome.rows[: self._rows]))
            if hidden := len(outcome.rows) - len(outcome.rows[: self._rows]):
                self._console.print(text("terminal.hidden", count=hidden), style="dim")
            self._console.print(text("terminal.legend"), style="dim")
            if outcome.signals:
                self._console.print(signal_table(outcome, self._rows))
            for line in (*strategy_lines(outcome, self._rows), *_report_lines(outcome)):
                self._console.print(line, soft_wrap=True, markup=False)


class _ConsoleHandler(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(self.format(record), markup=False, soft_wrap=True)


def log_to(terminal: Terminal | None, log_format: str, level: str) -> None:
    """Write the log above the terminal's bar as text, or as JSON; without a terminal to standard error."""
    handler = terminal.log_handler() if terminal is not None else logging.StreamHandler(sys.stderr)
    log.configure(handler, log_format, level)


def _progress_bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


def _market_table(report: CycleReport, rows: Sequence[MarketRow]) -> Table:
    table = Table(title=title_of("table.title", report.venue), title_justify="left", title_style="bold")
    table.add_column("#", justify="right", style="dim")
    for name in MarketRow._fields:
        if name != "converged":
            table.add_column(text(f"table.{name}"), justify="left" if name == "symbol" else "right")
    for rank, row in enumerate(rows, 1):
        table.add_row(str(rank), *_cells(row))
    return table


def _cells(row: MarketRow) -> list[str]:
    mark = "" if row.converged else "~"
    return [
        row.symbol,
        "–" if row.price is None else f"{row.price:.10g}",
        "–" if row.change_pct is None else f"[{'green' if row.change_pct >= 0 else 'red'}]{row.change_pct:+.2f}%[/]",
        *(_trend_cell(trend) for trend in (row.trend_1h, row.trend_15m, row.trend_5m)),
        f"{mark}{row.strength:.2f}",
        "–" if row.adx_1h is None else f"{mark}{row.adx_1h:.1f}",
    ]


def _trend_cell(trend: str | None) -> str:
    if trend is None:
        return "–"
    return f"[{TREND_STYLE.get(trend, 'dim')}]{text(f'trend.{trend}')}[/]"


def _report_lines(outcome: CycleOutcome) -> list[str]:
    report = outcome.report
    line = text("terminal.report", **report.fields() | {"venue": venue_label(report.venue)})
    if report.breaker != Circuit.CLOSED:
        line += " · " + text(f"terminal.breaker_{report.breaker}", retry_after_s=report.breaker_retry_after_s)
    lines = [line]
    for symbol, error in list(outcome.errors.items())[:10]:
        lines.append(text("terminal.failure", symbol=symbol, reason=error))
    if len(outcome.errors) > 10:
        lines.append(text("terminal.more_failures", count=len(outcome.errors) - 10))
    return lines + without_bars_lines(outcome.without_bars)

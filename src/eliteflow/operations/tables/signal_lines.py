"""Signals and funnels as people and programs read them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from eliteflow.messages import text
from eliteflow.model.signal import Signal
from eliteflow.operations.tables.rendering import csv_text, number_cell, title_of
from eliteflow.scheduler.cycle import CycleOutcome

if TYPE_CHECKING:
    from eliteflow.analysis.signal_outcome import FollowedSignal
    from eliteflow.analysis.verdict import Funnel

SIDE_STYLE = {"long": "green", "short": "red"}
COLUMNS = ("symbol", "strategy", "side", "entry", "stop", "target", "reward_risk", "strength")
TEXT_COLUMNS = ("symbol", "strategy", "side")
CSV_COLUMNS = (
    *("venue", "strategy", "symbol", "side", "timeframe", "bar_ms", "entry", "stop", "target"),
    *("reward_risk", "strength", "is_new", "reasons"),
)


def signals_csv(outcome: CycleOutcome) -> str:
    """Return the signals as CSV, their reasons in one column."""
    rows = [{**found, "reasons": _joined(signal)} for found, signal in _pairs(outcome)]
    return csv_text([CSV_COLUMNS, *([row[name] for name in CSV_COLUMNS] for row in rows)])


def strategy_fields(outcome: CycleOutcome) -> dict[str, object]:
    """Return what JSON shows of the strategies: `signals`, each one's `funnel`, why some are `silent`, and `ended`."""
    return {
        "signals": [fields for fields, _ in _pairs(outcome)],
        "funnel": {name: funnel._asdict() for name, funnel in outcome.funnels.items()},
        "silent": {name: str(silence) for name, silence in outcome.judgement.silences.items()},
        "ended": [_ended_fields(outcome.report.venue, one) for one in outcome.ended],
    }


def _ended_fields(venue: str, one: "FollowedSignal") -> dict[str, object]:
    names = ("strategy", "symbol", "side", "timeframe", "bar_ms")
    fields = {name: getattr(one.signal, name) for name in names}
    end = {name: getattr(one.course, name) for name in ("ending", "ended_ms", "filled", "out", "is_ambiguous")}
    return {"venue": venue, **fields, **end, "result_r": one.result_r}


def signal_table(outcome: CycleOutcome, rows: int | None) -> Table:
    """Return at most `rows` signals, None for all; those fed by an emulator say so in the title."""
    title = title_of("signals.title", outcome.report.venue)
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in COLUMNS:
        is_text = name in TEXT_COLUMNS
        table.add_column(text(f"signals.{name}"), justify="left" if is_text else "right", overflow="fold")
    for signal in outcome.signals[:rows]:
        table.add_row(*_cells(signal))
    return table


def strategy_lines(outcome: CycleOutcome, rows: int | None) -> list[str]:
    """Return what belongs below the table of signals.

    How many were left out, the reasons of those shown, each strategy's funnel, what to do where it had no data, and
    which strategies are silent.
    """
    lines = _reason_lines(outcome.signals[:rows])
    if hidden := len(outcome.signals) - len(outcome.signals[:rows]):
        lines.insert(0, text("signals.hidden", count=hidden))
    for strategy, funnel in outcome.funnels.items():
        lines.append(_funnel_line(strategy, funnel))
        if funnel.total and not funnel.data:
            lines.append(text("funnel.no_data"))
    return lines + [str(silence) for silence in outcome.judgement.silences.values()]


def _reason_lines(signals: Sequence[Signal]) -> list[str]:
    """Return each set of rules once: the signals of a strategy have the same reasons, and differ in the values."""
    reasons = dict.fromkeys((signal.strategy, _joined(signal)) for signal in signals if signal.reasons)
    return [text("signals.reasons", strategy=strategy, reasons=joined) for strategy, joined in reasons]


def _funnel_line(strategy: str, funnel: "Funnel") -> str:
    steps = " → ".join(f"{text(f'funnel.{step}')} {count}" for step, count in funnel._asdict().items())
    return text("funnel.line", strategy=strategy, steps=steps)


def _cells(signal: Signal) -> list[str]:
    return [
        signal.symbol,
        escape(signal.strategy),
        f"[{SIDE_STYLE[signal.side]}]{text(f'side.{signal.side}')}[/]",
        *(number_cell(price) for price in (signal.entry, signal.stop, signal.target)),
        f"{signal.reward_risk:.2f}",
        f"{signal.strength:.2f}",
    ]


def _joined(signal: Signal) -> str:
    return "; ".join(signal.reasons)


def _pairs(outcome: CycleOutcome) -> list[tuple[dict[str, object], Signal]]:
    venue, new = outcome.report.venue, outcome.judgement.new_signals
    return [(_fields(signal, venue, is_new=signal in new), signal) for signal in outcome.signals]


def _fields(signal: Signal, venue: str, *, is_new: bool) -> dict[str, object]:
    names = ("strategy", "symbol", "side", "timeframe", "bar_ms", "entry", "stop", "target", "reward_risk", "strength")
    fields = {name: getattr(signal, name) for name in names}
    return {"venue": venue, **fields, "is_new": is_new, "reasons": signal.reasons, "values": signal.values}

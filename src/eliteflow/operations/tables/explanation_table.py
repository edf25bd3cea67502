"""Why a symbol has a signal, or has none: every rule with the values it was judged on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from eliteflow.analysis.verdict import Check, Explanation
from eliteflow.errors import InvalidArgument, UnknownSymbol
from eliteflow.messages import find_text, text
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import csv_text, number_cell, table_text, title_of
from eliteflow.scheduler.cycle import CycleOutcome


@dataclass(frozen=True, slots=True)
class ExplanationTable:
    """The explanations of one symbol by strategy, with the venue they came from. trouble: why its data is missing."""

    venue: str
    symbol: str
    explanations: Mapping[str, Explanation]
    trouble: str | None = None
    silences: Sequence[str] = ()

    @classmethod
    def of(cls, outcome: CycleOutcome, symbol: str, trading: Collection[str]) -> "ExplanationTable":
        """Return what a cycle's verdicts say of one symbol.

        trading: all contracts of the venue. Raises UnknownSymbol for one that is none of them, and InvalidArgument for
        one that the cycle did not look at.
        """
        name = symbol.upper()
        verdicts, silences = outcome.judgement.verdicts, outcome.judgement.silences
        if any(name not in verdict.symbols for verdict in verdicts.values()):
            if name not in trading:
                raise UnknownSymbol.among(name, trading)
            raise InvalidArgument("--why", found=name, wanted=text("why.among"))
        explanations = {strategy: verdict.explain(name) for strategy, verdict in verdicts.items()}
        trouble = str(outcome.errors[name]) if name in outcome.errors else None
        return cls(outcome.report.venue, name, explanations, trouble, [str(silence) for silence in silences.values()])

    def render(self, output_format: str) -> str:
        """Return it as `table`, `json` or `csv`."""
        return {"json": self._json, "csv": self._csv}.get(output_format, self._table)()

    def _json(self) -> str:
        strategies = {name: _fields(found) for name, found in self.explanations.items()}
        return json_of({"venue": self.venue, "symbol": self.symbol, "error": self.trouble, "strategies": strategies})

    def _csv(self) -> str:
        head = ("venue", "symbol", "strategy", "step", "rule", "passed", "values")
        rows = [
            (self.venue, self.symbol, strategy, check.step, check.rule, check.passed, _values(check))
            for strategy, found in self.explanations.items()
            for check in found.checks
        ]
        return csv_text([head, *rows])

    def _table(self) -> str:
        parts = [self._one(strategy, found) for strategy, found in self.explanations.items()]
        lines = [line for line in (self.trouble, *self.silences) if line]
        return "\n".join((*parts, *lines))

    def _one(self, strategy: str, found: Explanation) -> str:
        title = title_of("why.title", self.venue, symbol=self.symbol, strategy=strategy)
        table = Table(title=title, title_justify="left", title_style="bold")
        for column in ("step", "rule", "values", "holds"):
            table.add_column(text(f"why.{column}"), overflow="fold")
        for check in found.checks:
            mark = f"[green]{text('why.yes')}[/]" if check.passed else f"[red]{text('why.no')}[/]"
            table.add_row(text(f"funnel.{check.step}"), escape(_rule(check)), escape(_values(check)), mark)
        return table_text(table, _answer(found))


def _answer(found: Explanation) -> str:
    """Return in one sentence whether there is a signal, and if not, which rule stood against it."""
    if found.signal is not None:
        return text("why.signal", symbol=found.symbol, side=text(f"side.{found.signal.side}"))
    failed = found.failed
    assert failed is not None
    reason = find_text(f"rule.{failed.name}")
    sentence = text("why.in_words", words=reason, rule=failed.rule) if reason else failed.rule
    return text("why.failed", symbol=found.symbol, rule=sentence, values=_values(failed))


def _rule(check: Check) -> str:
    sentence = find_text(f"rule.{check.name}")
    return f"{sentence}\n  {check.rule}" if sentence else check.rule


def _values(check: Check) -> str:
    return ", ".join(f"{name} = {number_cell(value)}" for name, value in check.values.items())


def _fields(found: Explanation) -> dict[str, object]:
    failed = found.failed
    return {
        "has_signal": found.signal is not None,
        "failed": failed.rule if failed else None,
        "checks": [check._asdict() for check in found.checks],
    }

"""Writes the tables of docs/*.md that mirror the code: `python tools/write_docs.py`; with `--check` only compares."""

import inspect
import logging
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

import eliteflow
from eliteflow import messages
from eliteflow.cli import cli
from eliteflow.config import documented_settings
from eliteflow.messages.explanations import explained
from eliteflow.operations.explain import error_kinds
from eliteflow.operations.watch.troubles import BLOCKING, Reason
from eliteflow.scheduler.cycle import CycleReport
from eliteflow.telemetry.events import EVENTS
from eliteflow.telemetry.metrics import METRICS

DOCS = Path(__file__).parent.parent / "docs"
SECTION = re.compile(r"docs/runbook\.md (Eliteflow\w+)")
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings() -> str:
    """Every key with its default, what it accepts and what it means."""
    rows = [
        (f"`{key.path}`", f"`{key.default_text or 'not set'}`", _escaped(key.wanted), _escaped(key.meaning))
        for key in documented_settings()
    ]
    return _table(("key", "default", "accepts", "meaning"), rows)


def events() -> str:
    """Every event with its level, fields and English sentence."""
    rows = [
        (
            f"`{name}`",
            logging.getLevelName(event.level).lower(),
            _code(event.fields),
            _escaped(messages.template(f"log.{name}")),
        )
        for name, event in EVENTS.items()
    ]
    return _table(("event", "level", "fields", "in English"), rows)


def event_meanings() -> str:
    """What every event means and what to do about it."""
    return _table(("event", "meaning", "what to do"), _explanation_rows("event", EVENTS))


def metrics() -> str:
    """Every metric with its kind, labels and meaning."""
    meanings = explained("metric")
    rows = [
        (
            f"`{metric.full_name}`",
            metric.kind.value,
            "; ".join(f"`{name}`: {values}" for name, values in metric.labels) or "–",
            _escaped(meanings[name].means),
            _escaped(meanings[name].advice or "–"),
        )
        for name, metric in METRICS.items()
    ]
    return _table(("metric", "kind", "labels", "meaning", "what to do"), rows)


def reasons() -> str:
    """Every reason why a program is not well; those that make `/readyz` answer 503 are marked."""
    rows = [
        (name, "✗" if reason in BLOCKING else "", means, SECTION.sub(_link, advice))
        for reason, (name, means, advice) in zip(Reason, _explanation_rows("reason", Reason), strict=True)
    ]
    return _table(("reason", "", "meaning", "what to do"), rows)


def _link(section: re.Match[str]) -> str:
    return f"[{section[1]}](#{section[1].lower()})"


def exit_statuses() -> str:
    """Every exit status."""
    return _table(("status", "meaning", "what to do"), _explanation_rows("exit_status", explained("exit_status")))


def errors_by_status() -> str:
    """Every error class with the exit status of a program that ends with it."""
    kinds = sorted(error_kinds().values(), key=lambda kind: (kind.exit_status, kind.__name__))
    rows = _explanation_rows("error", [kind.__name__ for kind in kinds])
    return _table(
        ("status", "error", "meaning", "what to do"),
        [(str(kind.exit_status), *row) for kind, row in zip(kinds, rows, strict=True)],
    )


def commands() -> str:
    """Every command with the options that only some commands have."""
    return "\n\n".join(_command(name, command) for name, command in sorted(cli.commands.items()))


def common_options() -> str:
    """The options of every command that speaks to a venue."""
    return _table(("option", "meaning"), _option_rows(cli.commands["trends"], set()))


def exports() -> str:
    """Every public name with its home and first sentence."""
    rows = []
    for name in eliteflow.__all__:
        thing = getattr(eliteflow, name)
        sentence = (inspect.getdoc(thing) or "").splitlines()[0]
        rows.append((f"`{name}`", f"`{thing.__module__}`", _escaped(sentence)))
    return _table(("name", "home", "what it is"), rows)


def cycle_report() -> str:
    """Every field of the report, in order."""
    rows = [(f"`{name}`", f"`{getattr(kind, '__name__', kind)}`") for name, kind in CycleReport.__annotations__.items()]
    return _table(("field", "type"), rows)


TABLES: dict[str, Callable[[], str]] = {
    table.__name__: table
    for table in (
        *(settings, event_meanings, events, metrics, reasons, exit_statuses, errors_by_status),
        *(commands, common_options, exports, cycle_report),
    )
}


def rendered(page: str) -> str:
    """Return a page with every marked table as the code has it now."""
    messages.set_language("en")
    return MARKED.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", page)


def _command(name: str, command: click.Command) -> str:
    arguments = "".join(f" {p.human_readable_name}" for p in command.params if isinstance(p, click.Argument))
    names = {param.name for param in command.params}
    common: set[str | None] = {param.name for param in cli.commands["trends"].params}
    has_common = common <= names
    lines = [f"### `eliteflow {name}{arguments}`", messages.template(f"cli.{name}")]
    if has_common:
        lines[-1] += " Takes the common options."
    if rows := _option_rows(command, common if has_common else set()):
        lines.append(_table(("option", "meaning"), rows))
    return "\n\n".join(lines)


def _option_rows(command: click.Command, without: set[str | None]) -> list[tuple[str, str]]:
    context = click.Context(command)
    options = [p for p in command.params if isinstance(p, click.Option) and p.name not in without]
    records = [option.get_help_record(context) for option in options]
    return [(f"`{_escaped(found[0])}`", _escaped(found[1])) for found in records if found]


def _explanation_rows(kind: str, names: Iterable[str]) -> list[tuple[str, str, str]]:
    found = explained(kind)
    return [(f"`{name}`", _escaped(found[name].means), _escaped(found[name].advice or "–")) for name in names]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in words)


def _escaped(sentence: str) -> str:
    return sentence.replace("|", r"\|").replace("\n", " ")


def main() -> int:
    """Write the pages, or with `--check` name those that differ from the code."""
    stale = []
    for path in sorted(DOCS.glob("*.md")):
        page = path.read_text("utf-8")
        if (fresh := rendered(page)) != page:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(fresh, "utf-8")
    if stale:
        print("differ from the code:" if "--check" in sys.argv else "written:", *stale)
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())

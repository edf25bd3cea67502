"""What is told to people who do not watch: a notice for each occasion, in their language. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from eliteflow.config import Tidings
from eliteflow.messages import text
from eliteflow.model.signal import Signal
from eliteflow.operations.notices.trouble_news import News
from eliteflow.operations.tables.rendering import number_cell, venue_label
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.scheduler.day_report import DayReport


class Notice(NamedTuple):
    """One occasion. kind: by which people choose what they are told. title: one line. lines: what else there is."""

    kind: Tidings
    title: str
    lines: tuple[str, ...] = ()


def signal_notices(outcome: CycleOutcome) -> Iterator[Notice]:
    """Yield the new signals of a cycle as one notice, the strongest first; nothing where there are none."""
    if found := outcome.judgement.new_signals:
        ranked = sorted(found, key=lambda signal: (-signal.strength, signal.symbol))
        title = text("notice.signals", count=len(found), venue=venue_label(outcome.report.venue))
        yield Notice("signals", title, tuple(map(_signal_line, ranked)))


def trouble_notices(news: News, venue: str) -> Iterator[Notice]:
    """Yield what began and what is over as one notice; it says when nothing is amiss any more."""
    began = [text("notice.began", message=trouble.message) for trouble in news.entered]
    over = [text("notice.over", message=ended.trouble.message, lasted_s=ended.lasted_s) for ended in news.left]
    if not began and not over:
        return
    is_well = not news.entered and not news.still
    title = text("notice.well" if is_well else "notice.trouble", venue=venue_label(venue))
    yield Notice("trouble", title, (*began, *over))


def day_notice(report: DayReport) -> Notice:
    """Return the report of a day."""
    fields = report.fields()
    lines = [text(f"notice.day_{part}", **fields) for part in ("cycles", "data", "signals")]
    if report.closes:
        lines.insert(2, text("notice.day_closes", **fields))
    return Notice("day", text("notice.day", day=report.day, venue=venue_label(report.venue)), tuple(lines))


def _signal_line(signal: Signal) -> str:
    return text(
        "notice.signal",
        symbol=signal.symbol,
        side=text(f"side.{signal.side}"),
        entry=number_cell(signal.entry),
        stop=number_cell(signal.stop),
        target=number_cell(signal.target),
        reward_risk=signal.reward_risk,
        strength=signal.strength,
        strategy=signal.strategy,
    )

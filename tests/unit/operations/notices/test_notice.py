"""What people far away are told."""

from dataclasses import replace

import pytest

from eliteflow import messages
from eliteflow.operations.notices.notice import day_notice, signal_notices, trouble_notices
from eliteflow.operations.notices.trouble_news import Ended, News
from eliteflow.operations.watch.troubles import Reason, Trouble
from eliteflow.scheduler.day_report import Counters, DayTally
from tests.unit.operations.judgements import JUDGED, VERDICT
from tests.unit.operations.outcomes import OUTCOME, REPORT
from tests.unit.operations.statuses import NOW_MS, WHOLE

BANNED = Trouble(Reason.BANNED, "banned until noon")


def test_new_signals_of_a_cycle_are_one_notice() -> None:
    """Those that an earlier cycle found are not told again; a cycle without any tells nothing."""
    [notice] = signal_notices(JUDGED)
    assert notice.kind == "signals"
    assert notice.title == "eliteflow [SIMULATED]: 1 new signals"
    assert len(VERDICT.signals) == 2
    [line] = notice.lines
    assert line.startswith("BTCUSDT long eager: entry 100, stop ")
    assert list(signal_notices(OUTCOME)) == []


@pytest.mark.parametrize(
    ("news", "title", "lines"),
    [
        (News((BANNED,), (), 0), "eliteflow [SIMULATED]: something is amiss", ("begun: banned until noon",)),
        (
            News((), (Ended(BANNED, 120.4),), 1),
            "eliteflow [SIMULATED]: something is amiss",
            ("over after 120 s: banned until noon",),
        ),
        (
            News((), (Ended(BANNED, 120.4),), 0),
            "eliteflow [SIMULATED]: all is well again",
            ("over after 120 s: banned until noon",),
        ),
    ],
)
def test_troubles_are_told_when_they_begin_and_when_they_are_over(
    news: News, title: str, lines: tuple[str, ...]
) -> None:
    """All is well only when nothing else goes on."""
    [notice] = trouble_notices(news, "SIMULATED")
    assert notice == ("trouble", title, lines)


def test_nothing_new_is_no_notice() -> None:
    """Whatever goes on."""
    assert list(trouble_notices(News((), (), 2), "SIMULATED")) == []


def test_the_day_is_told_in_a_few_lines() -> None:
    """Closes only where they were watched."""
    tally = DayTally(NOW_MS, Counters())
    tally.add_cycle(REPORT)
    lines = day_notice(tally.report(NOW_MS + 60_000, "SIMULATED", Counters(failed=1))).lines
    assert lines[0] == "1 cycles, 1 failed, 0 missed; mean 0.900 s, p99 0.900 s; not ready for 0 s"
    assert len(lines) == 3
    tally.add_closes(WHOLE.closes)
    lines = day_notice(tally.report(NOW_MS + 60_000, "SIMULATED", Counters())).lines
    assert lines[2] == "1 closes, final after 2 s 90.00%, 3 s 99.00%, 5 s 100.00%, 10 s 100.00%"


def test_a_simulated_market_is_named_in_every_title_and_language() -> None:
    """Nobody takes a rehearsal for a signal."""
    messages.set_language("zh-CN")
    tally = DayTally(NOW_MS, Counters())
    titles = [
        *(notice.title for notice in signal_notices(JUDGED)),
        *(notice.title for notice in trouble_notices(News((BANNED,), (), 0), "SIMULATED")),
        day_notice(tally.report(NOW_MS, "SIMULATED", Counters())).title,
    ]
    assert len(titles) == 3
    assert all("[模拟行情]" in title for title in titles)
    assert "production" in next(signal_notices(replace(JUDGED, report=replace(REPORT, venue="production")))).title

"""One day after another."""

from dataclasses import replace

from eliteflow.operations.watch.day_book import DayBook
from eliteflow.operations.watch.ports import Status
from eliteflow.operations.watch.troubles import Reason, Trouble
from eliteflow.scheduler.day_report import DAY_MS
from tests.unit.operations.outcomes import REPORT
from tests.unit.operations.statuses import CLIENT, NOW_MS, WELL, WHOLE

BLOCKED = (Trouble(Reason.BANNED, "banned"),)
BORNE = (Trouble(Reason.GAPS_OPEN, "gaps"),)
MIDNIGHT_MS = NOW_MS - NOW_MS % DAY_MS + DAY_MS


def at(now_ms: int, status: Status = WELL) -> Status:
    """A program that has run for 700 s."""
    return replace(status, now_ms=now_ms, started_ms=now_ms - 700_000)


def test_the_first_day_counts_from_the_start_of_the_program() -> None:
    """Cycles that were finished before the first look are in it."""
    book = DayBook()
    book.add_cycle(REPORT)
    assert book.days(at(NOW_MS)) == (None, None)
    assert book.add_status(at(NOW_MS), BLOCKED) is None
    today = book.days(at(NOW_MS)).today
    assert today is not None
    assert (today.cycles, today.watched_s, today.down_s) == (1, 700, 700)


def test_only_time_that_was_of_no_use_counts_as_down() -> None:
    """What others stand in for does not."""
    book = DayBook()
    for second, found in enumerate(((), BLOCKED, BLOCKED, BORNE, ())):
        book.add_status(replace(WELL, now_ms=NOW_MS + second * 1000), found)
    today = book.days(replace(WELL, now_ms=NOW_MS + 4000)).today
    assert today is not None
    assert today.down_s == 2


def test_a_day_ends_with_the_first_status_after_midnight() -> None:
    """Its report is returned once and kept; the next day begins with what was counted until then."""
    book = DayBook()
    book.add_status(at(MIDNIGHT_MS - 1000, WHOLE), BLOCKED)
    book.add_cycle(REPORT)
    report = book.add_status(at(MIDNIGHT_MS + 400, WHOLE), BLOCKED)
    assert report is not None
    assert (report.day, report.cycles, report.closes, report.gaps) == ("2026-11-24", 1, 1, 3)
    assert report.down_s == 701
    today, last_day = book.days(at(MIDNIGHT_MS + 500, WHOLE))
    assert last_day == report
    assert today is not None
    assert (today.day, today.cycles, today.gaps) == ("2026-11-25", 0, 0)
    assert book.add_status(at(MIDNIGHT_MS + 1400, WHOLE), ()) is None


def test_no_day_begins_before_the_venues_time_is_known() -> None:
    """The machine may be three days wrong."""
    unsynchronised = replace(CLIENT, is_clock_synchronised=False)
    book = DayBook()
    assert book.add_status(replace(WELL, client=unsynchronised, now_ms=NOW_MS - 3 * DAY_MS), BLOCKED) is None
    assert book.add_status(at(NOW_MS), ()) is None
    assert book.days(at(NOW_MS)).last_day is None

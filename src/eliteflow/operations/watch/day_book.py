"""Keeps the report of the present UTC day, and of the last one."""

from eliteflow.operations.watch.ports import Days, Status
from eliteflow.operations.watch.troubles import Trouble, is_ready
from eliteflow.scheduler.cycle import CycleReport
from eliteflow.scheduler.day_report import DAY_MS, Counters, DayReport, DayTally


class DayBook:
    """Adds up one day after another, told of every cycle, and of the status every second or so.

    It begins with the first status that knows the venue's time, for the time since the program's start; a day ends
    with the first status after midnight UTC.
    """

    def __init__(self) -> None:
        self._tally: DayTally | None = None
        self._early: list[CycleReport] = []
        self._seen_ms = 0
        self._last_day: DayReport | None = None

    def add_cycle(self, report: CycleReport) -> None:
        """Count a finished cycle in the day that goes on."""
        if self._tally is None:
            self._early.append(report)
        else:
            self._tally.add_cycle(report)

    def add_status(self, status: Status, found: tuple[Trouble, ...]) -> DayReport | None:
        """Count the time since the last call as `found` has it; return the day's report if that time ended a day."""
        if self._tally is None:
            if not status.client.is_clock_synchronised:
                return None
            self._tally = self._first_day(status)
        if not is_ready(found):
            self._tally.add_down((min(status.now_ms, self._tally.end_ms) - self._seen_ms) / 1000)
        self._tally.add_closes(status.closes)
        self._seen_ms = status.now_ms
        if status.now_ms < self._tally.end_ms:
            return None
        self._last_day = _report(self._tally, status)
        self._tally = DayTally(status.now_ms, counters(status))
        return self._last_day

    def days(self, status: Status) -> Days:
        """Return the day as it stands, None before the venue's time is known, and the last one that is over."""
        return Days(None if self._tally is None else _report(self._tally, status), self._last_day)

    def _first_day(self, status: Status) -> DayTally:
        self._seen_ms = max(status.started_ms, status.now_ms - status.now_ms % DAY_MS)
        tally = DayTally(self._seen_ms, Counters())
        for report in self._early:
            tally.add_cycle(report)
        self._early.clear()
        return tally


def _report(tally: DayTally, status: Status) -> DayReport:
    return tally.report(status.now_ms, status.client.venue, counters(status))


def counters(status: Status) -> Counters:
    """Return what the parts have counted since the program began."""
    scheduler, gaps = status.scheduler, status.gaps
    if gaps is None:
        return Counters(scheduler.failed, scheduler.missed)
    found = gaps.repaired + gaps.open
    return Counters(scheduler.failed, scheduler.missed, found, gaps.repaired, gaps.revised, gaps.mismatches)

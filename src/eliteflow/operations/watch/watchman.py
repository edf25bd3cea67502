"""Looks at a running program again and again, and says what is worth saying: in the log and to people far away."""

import asyncio

from eliteflow.clock import Clock
from eliteflow.operations.notices.notice import day_notice, signal_notices, trouble_notices
from eliteflow.operations.notices.notifier import Notifier
from eliteflow.operations.notices.trouble_news import News, TroubleNews
from eliteflow.operations.watch.day_book import DayBook
from eliteflow.operations.watch.ports import Days, Status, StatusSource
from eliteflow.operations.watch.troubles import troubles
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.telemetry.log import EventLog

LOOK_EVERY_S = 1.0


class Watchman:
    """Tells of troubles and their end, of new signals, and of each day after midnight UTC."""

    def __init__(self, clock: Clock, notifier: Notifier) -> None:
        self._clock = clock
        self._notifier = notifier
        self._days = DayBook()
        self._news = TroubleNews()
        self._log = EventLog("Watchman")

    async def run(self, source: StatusSource) -> None:
        """Look every second until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look(source.status())

    def look(self, status: Status) -> None:
        """Take in the status at its moment."""
        found = troubles(status)
        if report := self._days.add_status(status, found):
            self._log.write("day.finished", **report.fields())
            self._notifier.tell(day_notice(report))
        news = self._news.of(found, self._clock.steady_s())
        self._write(news)
        for notice in trouble_notices(news, status.client.venue):
            self._notifier.tell(notice)

    def take_outcome(self, outcome: CycleOutcome) -> None:
        """Take in a finished cycle."""
        self._days.add_cycle(outcome.report)
        for notice in signal_notices(outcome):
            self._notifier.tell(notice)

    def days(self, status: Status) -> Days:
        """Return the day so far, and the last one that is over."""
        return self._days.days(status)

    def _write(self, news: News) -> None:
        for trouble in news.entered:
            self._log.write("degraded.entered", reason=trouble.reason.value, message=trouble.message)
        for ended in news.left:
            self._log.write("degraded.left", reason=ended.trouble.reason.value, lasted_s=ended.lasted_s)

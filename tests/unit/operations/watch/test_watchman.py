"""What is worth saying is said once, in the log and far away."""

import asyncio
import logging
from dataclasses import replace

import pytest

from eliteflow.clock import Clock
from eliteflow.config import NotifySettings
from eliteflow.operations.notices.notifier import Notifier
from eliteflow.operations.watch.watchman import Watchman
from eliteflow.scheduler.day_report import DAY_MS
from tests.unit.operations.judgements import JUDGED
from tests.unit.operations.notices.sinks import Inbox
from tests.unit.operations.outcomes import REPORT
from tests.unit.operations.statuses import CLIENT, CYCLES, NOW_MS, WELL, FixedSource

MIDNIGHT_MS = NOW_MS - NOW_MS % DAY_MS + DAY_MS
STALLED = replace(WELL, cycles=replace(CYCLES, last_finished_ms=NOW_MS - 3_600_000))


class Watched:
    """A watchman with a receiver, whose notifications are sent at once."""

    def __init__(self, clock: Clock) -> None:
        self.inbox = Inbox()
        self.notifier = Notifier(NotifySettings(min_interval_s=1), [self.inbox], clock)
        self.watchman = Watchman(clock, self.notifier)


async def test_a_trouble_is_said_when_it_begins_and_when_it_is_over(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Two lines and two messages, however long it lasts."""
    caplog.set_level(logging.INFO, "eliteflow")
    watched, source = Watched(clock), FixedSource()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(watched.watchman.run(source)), tasks.create_task(watched.notifier.run())]
        await asyncio.sleep(10)
        source.now = STALLED
        await asyncio.sleep(120)
        source.now = WELL
        await asyncio.sleep(10)
        for task in running:
            task.cancel()
    assert [record.getMessage() for record in caplog.records] == [
        "amiss (stalled): no cycle has finished for 3600 s; one is due every 300 s",
        "no longer amiss: stalled, it lasted 120 s",
    ]
    assert watched.inbox.titles == [
        "eliteflow [SIMULATED]: something is amiss",
        "eliteflow [SIMULATED]: all is well again",
    ]


async def test_each_day_is_reported_after_midnight(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """One event, one message, and `/status` has it."""
    caplog.set_level(logging.INFO, "eliteflow")
    watched, current = Watched(clock), replace(CYCLES, last_finished_ms=MIDNIGHT_MS - 2000)
    before = replace(WELL, now_ms=MIDNIGHT_MS - 1000, started_ms=MIDNIGHT_MS - 701_000, cycles=current)
    watched.watchman.look(before)
    watched.watchman.take_outcome(JUDGED)
    after = replace(before, now_ms=MIDNIGHT_MS + 10)
    watched.watchman.look(after)
    [record] = caplog.records
    assert record.getMessage().startswith("day 2026-11-24 [SIMULATED]: 1 cycles, 1 failed, 3 missed, mean 0.900 s")
    last_day = watched.watchman.days(after).last_day
    assert last_day is not None
    assert (last_day.cycles, last_day.signals) == (1, 1)
    [sink] = watched.notifier.snapshot()
    assert sink.waiting == 2  # the signal, and the day


async def test_new_signals_are_told(clock: Clock) -> None:
    """With the cycle that found them."""
    watched = Watched(clock)
    watched.watchman.take_outcome(replace(JUDGED, report=replace(REPORT, signals=1)))
    [sink] = watched.notifier.snapshot()
    assert sink.waiting == 1


async def test_a_start_is_no_news(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The first fill, and the time before the venue's clock is known."""
    caplog.set_level(logging.INFO, "eliteflow")
    watched = Watched(clock)
    filling = replace(CYCLES, first_finished_ms=None, last_finished_ms=None)
    watched.watchman.look(replace(WELL, cycles=filling, client=replace(CLIENT, is_clock_synchronised=False)))
    watched.watchman.look(replace(WELL, cycles=filling))
    watched.watchman.look(WELL)
    assert caplog.records == []
    [sink] = watched.notifier.snapshot()
    assert sink.waiting == 0

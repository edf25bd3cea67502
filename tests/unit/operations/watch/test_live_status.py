"""The status is what the parts say of themselves at that moment."""

import asyncio

import pytest

from eliteflow.clock import Clock
from eliteflow.config import DataSettings, SchedulerSettings, Settings, Trigger
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.notices.notifier import Notifier
from eliteflow.operations.supervisor import Failing
from eliteflow.operations.watch.cycle_watch import CycleWatch
from eliteflow.operations.watch.live_status import LiveStatus, WatchedParts, Watchers, cycle_every_s
from eliteflow.operations.watch.ports import Days
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.telemetry.loop_lag import LoopLag
from tests.unit.operations.notices.sinks import Inbox
from tests.unit.operations.statuses import NOW_MS
from tests.unit.operations.watch.watched_program import SETTINGS, parts_at


def status_of(clock: Clock, parts: WatchedParts) -> LiveStatus:
    """A source over the parts, watched from now on."""
    outcomes: list[CycleOutcome] = []
    notifier = Notifier(SETTINGS.notify, [Inbox("discord")], clock)
    watchers = Watchers(
        clock.steady_s(), CycleWatch(clock, outcomes.append), LoopLag(clock), notifier, lambda _: Days(None, None)
    )
    return LiveStatus(SETTINGS, clock, parts, watchers)


async def test_every_part_is_asked_anew_for_each_status(clock: Clock) -> None:
    """Time passes, requests are sent, parts fail."""
    parts = parts_at(clock)
    source = status_of(clock, parts)
    before = source.status()
    await parts.client.synchronise_clock()
    await asyncio.sleep(10)
    assert parts.supervisor is not None
    parts.supervisor.failing["disk cache"] = Failing(2, "OSError: full")
    after = source.status()
    assert (before.client.outcomes["ok"], after.client.outcomes["ok"]) == (0, 4)
    assert after.now_ms == pytest.approx(NOW_MS + 10_000, abs=200)
    assert after.started_ms == pytest.approx(NOW_MS, abs=200)
    assert (before.failing, after.failing) == ({}, {"disk cache": "OSError: full"})
    assert [sink.label for sink in after.sinks] == ["discord"]


async def test_parts_that_a_program_has_not_are_none(clock: Clock) -> None:
    """Over REST alone there are no streams, gaps and closes."""
    status = status_of(clock, parts_at(clock)).status()
    assert (status.streams, status.gaps, status.store, status.closes) == (None, None, None, ())


@pytest.mark.parametrize(("trigger", "seconds"), [("close", 900), ("interval", 7)])
def test_a_cycle_is_due_with_each_close_or_interval(trigger: Trigger, seconds: float) -> None:
    """The shortest bar decides."""
    settings = Settings(
        scheduler=SchedulerSettings(trigger=trigger, interval_s=7),
        data=DataSettings(timeframes=(Timeframe.H1, Timeframe.M15)),
    )
    assert cycle_every_s(settings) == seconds

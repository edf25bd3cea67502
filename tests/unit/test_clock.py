"""Venue time: carried on by a steady clock, whatever the machine's own clock does."""

import asyncio

import pytest

from eliteflow.clock import Clock, TimeSample

NOON_MS = 1_763_899_200_000


class Machine:
    """A machine whose two clocks a test turns."""

    def __init__(self, wall_ms: int = NOON_MS) -> None:
        self.wall_ms = wall_ms
        self.steady_s = 1000.0

    def clock(self) -> Clock:
        return Clock(wall_ms=lambda: self.wall_ms, steady_s=lambda: self.steady_s)


def test_machine_time_is_used_until_the_venue_has_been_asked() -> None:
    """A clock that was never synchronised tells the machine's time, and says that it does."""
    clock = Machine().clock()
    assert clock.now_ms() == NOON_MS
    assert not clock.is_synchronised
    assert "machine time" in repr(clock)


def test_a_machine_three_days_wrong_tells_the_venues_time() -> None:
    """After one question the venue's time is right to half a round trip, and the machine's error is known."""
    machine = Machine(wall_ms=NOON_MS - 3 * 86_400_000)
    clock = machine.clock()
    clock.synchronise([TimeSample(sent_s=999.9, received_s=1000.0, server_ms=NOON_MS)])
    assert clock.now_ms() == NOON_MS + 50
    assert round(clock.machine_offset_ms) == 3 * 86_400_000 + 50


def test_the_median_of_the_samples_ignores_one_slow_answer() -> None:
    """One answer that was held up on its way back does not shift the time."""
    clock = Machine().clock()
    good = [TimeSample(sent_s=999.9, received_s=1000.0, server_ms=NOON_MS - 50)] * 2
    slow = TimeSample(sent_s=990.0, received_s=1000.0, server_ms=NOON_MS)
    clock.synchronise([*good, slow])
    assert clock.now_ms() == NOON_MS


def test_setting_the_machine_clock_while_running_changes_nothing() -> None:
    """The venue's time goes on by the steady clock alone."""
    machine = Machine()
    clock = machine.clock()
    clock.synchronise([TimeSample(1000.0, 1000.0, NOON_MS)])
    machine.wall_ms += 3_600_000
    machine.steady_s += 2
    assert clock.now_ms() == NOON_MS + 2000


async def test_sleeping_until_a_past_moment_returns_at_once() -> None:
    """There is nothing to wait for when the moment has come."""
    clock = Machine().clock()
    async with asyncio.timeout(1):
        await clock.sleep_until(NOON_MS)


async def test_sleeping_goes_on_when_a_timer_fires_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment is judged by the venue's time, not by how long was slept."""
    machine = Machine()
    slept: list[float] = []

    async def short_sleep(delay_s: float) -> None:
        slept.append(delay_s)
        machine.steady_s += delay_s / 2 if len(slept) == 1 else delay_s

    monkeypatch.setattr(asyncio, "sleep", short_sleep)
    await machine.clock().sleep_until(NOON_MS + 1000)
    assert slept == [1.0, 0.5]


def test_the_age_of_the_time_is_known() -> None:
    """So whoever keeps it right knows when to ask anew; the machine's own clock is told apart."""
    machine = Machine()
    clock = machine.clock()
    machine.steady_s += 3_600
    assert clock.age_s == 3_600
    clock.synchronise([TimeSample(machine.steady_s, machine.steady_s, NOON_MS + 5)])
    assert clock.age_s == 0
    assert (clock.now_ms(), clock.machine_ms()) == (NOON_MS + 5, NOON_MS)

"""Parts that end are begun again, and the others never notice."""

import pytest

from eliteflow.errors import ExchangeUnreachable
from eliteflow.operations.supervisor import CALM_S, Supervisor, reason_of
from eliteflow.testing.manual_clock import ManualClock

START_MS = 1_000_000


class Part:
    """Works for some seconds at a time, then fails; after the last time it returns."""

    def __init__(self, clock: ManualClock, *works_s: float) -> None:
        self._clock = clock
        self._works_s = list(works_s)
        self.begun_s: list[float] = []

    async def run(self) -> None:
        """Work once."""
        self.begun_s.append((self._clock.now_ms() - START_MS) / 1000)
        if not self._works_s:
            return
        self._clock.advance(self._works_s.pop(0))
        raise ExchangeUnreachable("host", "connection reset")


async def test_a_part_is_begun_again_later_each_time() -> None:
    """After 1, 2, 4 … seconds, at most a minute."""
    clock = ManualClock(START_MS)
    part = Part(clock, *([0.0] * 8))
    await Supervisor(clock).keep("part", part.run)
    assert part.begun_s == [0, 1, 3, 7, 15, 31, 63, 123, 183]


async def test_a_part_that_worked_for_long_begins_again_at_once() -> None:
    """What happened before is forgotten after five minutes of work."""
    clock = ManualClock(START_MS)
    part = Part(clock, 0.0, 0.0, CALM_S)
    supervisor = Supervisor(clock)
    await supervisor.keep("part", part.run)
    assert part.begun_s == [0, 1, 3, 3 + CALM_S + 1]
    assert supervisor.failing == {}


async def test_who_keeps_failing_is_named_with_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    """In the log once for each time, and for whoever asks."""
    clock = ManualClock(START_MS)
    supervisor = Supervisor(clock)
    seen: list[tuple[int, str]] = []

    async def job() -> None:
        if "part" in supervisor.failing:
            seen.append((supervisor.failing["part"].times, supervisor.failing["part"].reason))
            return
        raise ExceptionGroup("tasks", [ValueError("no such row")])

    await supervisor.keep("part", job)
    assert seen == [(1, "ValueError: no such row")]
    assert "part failed (1 in a row) and is begun again in 1 s: ValueError: no such row" in caplog.text


def test_the_first_cause_of_a_group_is_the_reason() -> None:
    """However deep it lies."""
    inner = ExceptionGroup("inner", [KeyError("x"), ValueError("y")])
    assert reason_of(ExceptionGroup("outer", [inner])) == "KeyError: 'x'"

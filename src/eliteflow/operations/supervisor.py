"""Keeps the parts of a program that goes on for months running: what ends with an error is begun again."""

from collections.abc import Callable, Coroutine
from typing import NamedTuple

from eliteflow.clock import Clock
from eliteflow.telemetry.log import EventLog

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
CALM_S = 300.0
"""A part that has worked for so long is taken for well again."""


class Failing(NamedTuple):
    """A part that keeps ending. times: in a row. reason: of the last time."""

    times: int
    reason: str


class Supervisor:
    """Begins parts again that end with an error, later each time; what else runs goes on meanwhile.

    failing: parts that have ended and not yet worked for five minutes since.
    """

    def __init__(self, clock: Clock) -> None:
        self.failing: dict[str, Failing] = {}
        self._clock = clock
        self._log = EventLog("Supervisor")

    async def keep(self, name: str, job: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run `job` until it returns by itself or is cancelled."""
        while True:
            started_s = self._clock.steady_s()
            try:
                await job()
            except Exception as error:  # noqa: BLE001  # whatever ends a part, the others must go on and it must return
                await self._pause(name, error, worked_s=self._clock.steady_s() - started_s)
            else:
                self.failing.pop(name, None)
                return

    async def _pause(self, name: str, error: Exception, *, worked_s: float) -> None:
        before = self.failing.get(name)
        times = 1 if before is None or worked_s >= CALM_S else before.times + 1
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (times - 1))
        self.failing[name] = Failing(times, reason_of(error))
        self._log.write("part.failed", part=name, reason=reason_of(error), times=times, again_s=pause_s)
        await self._clock.sleep_until(self._clock.now_ms() + round(pause_s * 1000))


def reason_of(error: BaseException) -> str:
    """Return in one line what went wrong, the first cause of a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"

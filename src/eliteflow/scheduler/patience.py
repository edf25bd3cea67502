"""Waiting for a venue that gives a program nothing at present: it refuses, has banned the address, or is away."""

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError
from eliteflow.telemetry.log import EventLog

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
TELL_EVERY_S = 600.0
_VENUES_DOING = (3, 4, 5, 6)


class Patience:
    """Waits between attempts, as long as the venue says or longer each time, and says every ten minutes how long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._log = EventLog("UnifiedScheduler")

    async def wait(self, error: EliteflowError) -> None:
        """Return when the next attempt makes sense; raise `error` if the user has to change something first."""
        if error.exit_status not in _VENUES_DOING:
            raise error
        self._failures += 1
        until_ms = self._clock.now_ms() + round(pause_s(error, self._failures) * 1000)
        while (left_ms := until_ms - self._clock.now_ms()) > 0:
            self._log.write("run.waiting", wait_s=left_ms / 1000, reason=str(error))
            await self._clock.sleep_until(self._clock.now_ms() + min(left_ms, round(TELL_EVERY_S * 1000)))

    def rewarded(self) -> None:
        """Note that an attempt has succeeded."""
        self._failures = 0


def pause_s(error: EliteflowError, failures: int) -> float:
    """Return the seconds until the next attempt after `failures` in a row: as the venue says, else longer each time.

    At least a second, so that nothing can make a program turn in circles.
    """
    if error.retry_after_s is not None:
        return max(1.0, error.retry_after_s)
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (failures - 1))

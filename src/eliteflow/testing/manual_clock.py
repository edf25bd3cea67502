"""Venue time that passes only when a test, or somebody who waits, moves it."""

from eliteflow.clock import Clock


class ManualClock(Clock):
    """A clock that stands still. Whoever waits for a time moves it there at once.

    slept_until_ms: every time that was waited for, in order.
    """

    def __init__(self, now_ms: int) -> None:
        self._time_ms = now_ms
        self.slept_until_ms: list[int] = []
        super().__init__(wall_ms=lambda: self._time_ms, steady_s=lambda: self._time_ms / 1000)

    def now_ms(self) -> int:
        """Return the time that was set."""
        return self._time_ms

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._time_ms += round(seconds * 1000)

    async def sleep_until(self, time_ms: int) -> None:
        """Move to `time_ms` if that lies ahead."""
        if time_ms > self._time_ms:
            self.slept_until_ms.append(time_ms)
            self._time_ms = time_ms

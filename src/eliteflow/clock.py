"""Venue time: the only clock that decides about bars."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple


class TimeSample(NamedTuple):
    """One question for the venue's time: sent and received on the steady clock, the answer in UTC milliseconds."""

    sent_s: float
    received_s: float
    server_ms: int


class Clock:
    """The venue's time, carried on by a steady clock between two synchronisations.

    Until the first `synchronise` it is the machine's own time. A machine clock that is wrong, or is set
    while the program runs, changes nothing afterwards.
    """

    def __init__(self, wall_ms: Callable[[], int] | None = None, steady_s: Callable[[], float] | None = None) -> None:
        self._wall_ms = wall_ms or _machine_ms
        self._steady_s = steady_s or _steady_s
        self._anchor_ms = float(self._wall_ms())
        self._anchor_s = self._steady_s()
        self.is_synchronised = False

    def __repr__(self) -> str:
        state = f"machine is {-self.machine_offset_ms:+.0f} ms off" if self.is_synchronised else "machine time"
        return f"<Clock {self.now_ms()} ms, {state}>"

    def now_ms(self) -> int:
        """Return the venue's time in UTC milliseconds."""
        return int(self._anchor_ms + (self._steady_s() - self._anchor_s) * 1000)

    def steady_s(self) -> float:
        """Return seconds on a clock that never jumps, for durations only."""
        return self._steady_s()

    def machine_ms(self) -> int:
        """Return what the machine takes for UTC; for comparing it with itself, never for a decision about bars."""
        return self._wall_ms()

    @property
    def machine_offset_ms(self) -> float:
        """How far the venue's time is ahead of the machine's, in milliseconds."""
        return self.now_ms() - self._wall_ms()

    @property
    def age_s(self) -> float:
        """Seconds since the last synchronisation; without one, since the clock was made."""
        return self._steady_s() - self._anchor_s

    def synchronise(self, samples: Sequence[TimeSample]) -> None:
        """Take over the venue's time: the median of the samples, each corrected by half its round trip."""
        now_s = self._steady_s()
        self._anchor_ms = median(_server_ms_at(sample, now_s) for sample in samples)
        self._anchor_s = now_s
        self.is_synchronised = True

    async def sleep_until(self, time_ms: int) -> None:
        """Return when the venue's time has reached `time_ms`."""
        while (wait_ms := time_ms - self.now_ms()) > 0:  # noqa: ASYNC110  # a timer may fire early; nothing signals time
            await asyncio.sleep(wait_ms / 1000)

    async def wait(self, event: asyncio.Event, until_ms: int | None = None) -> None:
        """Return when `event` is set, which is then cleared, or when the venue's time has reached `until_ms`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if until_ms is None else max(0, until_ms - self.now_ms()) / 1000):
                await event.wait()
        if event.is_set():
            event.clear()
        elif until_ms is not None:
            await self.sleep_until(until_ms)


def _server_ms_at(sample: TimeSample, now_s: float) -> float:
    midpoint_s = (sample.sent_s + sample.received_s) / 2
    return sample.server_ms + (now_s - midpoint_s) * 1000


def _machine_ms() -> int:
    return time.time_ns() // 1_000_000


# CLOCK_BOOTTIME goes on while the machine sleeps; CLOCK_MONOTONIC, all there is elsewhere, does not.
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)


def _steady_s() -> float:
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)

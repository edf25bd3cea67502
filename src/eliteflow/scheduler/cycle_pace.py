"""When a running program's cycles start: at each close of the shortest bar, or at intervals."""

from collections.abc import Awaitable, Callable

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.calendar import next_cycle
from eliteflow.telemetry.log import EventLog


class CyclePace:
    """Waits for the starts that `scheduler.trigger` says. missed: starts that a cycle overran, so far."""

    def __init__(self, settings: Settings, data_pipeline: UnifiedDataPipeline, clock: Clock) -> None:
        self.missed = 0
        self._data_pipeline = data_pipeline
        self._clock = clock
        self._shortest = min(map(Timeframe, settings.data.timeframes), key=lambda timeframe: timeframe.ms)
        self._is_close_triggered = settings.scheduler.trigger == "close"
        self._interval_s = self._shortest.ms / 1000 if self._is_close_triggered else settings.scheduler.interval_s
        self._log = EventLog("UnifiedScheduler")

    def first_start_ms(self) -> int:
        """Return the start, in venue time, that a cycle run now counts as: the last close, or this moment."""
        now_ms = self._clock.now_ms()
        return self._shortest.open_time_ms(now_ms) if self._is_close_triggered else now_ms

    async def next_start_ms(self, start_ms: int, prepare: Callable[[int], Awaitable[None]]) -> int:
        """Return the start that follows on `start_ms` when it has come and its bars are final, or named as missing.

        prepare: called with that start before it is waited for.
        """
        upcoming = next_cycle(start_ms, self._clock.now_ms(), self._interval_s)
        if upcoming.missed:
            self.missed += upcoming.missed
            self._log.write("cycle.skipped", missed=upcoming.missed, interval_s=self._interval_s)
        await prepare(upcoming.start_ms)
        await self._clock.sleep_until(upcoming.start_ms)
        if self._is_close_triggered:
            await self._data_pipeline.closed(upcoming.start_ms)
        return upcoming.start_ms

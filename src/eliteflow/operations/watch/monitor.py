"""Watches a running program: status, metrics and health over HTTP, notifications, the report of each day."""

import asyncio
import contextlib
from collections.abc import Sequence

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.operations.notices.apprise_sink import apprise_sinks
from eliteflow.operations.notices.notifier import Notifier, Sink
from eliteflow.operations.watch.cycle_watch import CycleObservers, CycleWatch
from eliteflow.operations.watch.http_server import telemetry_server
from eliteflow.operations.watch.live_status import LiveStatus, WatchedParts, Watchers
from eliteflow.operations.watch.watchman import Watchman
from eliteflow.scheduler.unified_scheduler import CycleObserver
from eliteflow.telemetry.loop_lag import LoopLag


class Monitor:
    """Made before the scheduler, which it observes; `run` then watches all parts.

    sinks: who is notified; those of `notify.urls` by default. Raises ConfigError for an address nobody understands.
    """

    def __init__(self, settings: Settings, clock: Clock, *, sinks: Sequence[Sink] | None = None) -> None:
        self._settings = settings
        self._clock = clock
        chosen = apprise_sinks(settings.notify.urls) if sinks is None else sinks
        self._notifier = Notifier(settings.notify, chosen, clock)
        self._watchman = Watchman(clock, self._notifier)
        self._cycles = CycleWatch(clock, self._watchman.take_outcome)
        lag = LoopLag(clock)
        self._watchers = Watchers(clock.steady_s(), self._cycles, lag, self._notifier, self._watchman.days)

    def observer(self, other: CycleObserver | None) -> CycleObserver:
        """Return the observer for the scheduler: this monitor, and `other` after it."""
        return self._cycles if other is None else CycleObservers((self._cycles, other))

    async def run(self, parts: WatchedParts) -> None:
        """Watch the parts until cancelled, and serve what is seen unless `telemetry.enabled` is false."""
        source = LiveStatus(self._settings, self._clock, parts, self._watchers)
        async with contextlib.AsyncExitStack() as stack:
            if self._settings.telemetry.enabled:
                await stack.enter_async_context(telemetry_server(source, self._settings.telemetry))
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            tasks.create_task(self._watchers.lag.run(), name="loop lag")
            tasks.create_task(self._notifier.run(), name="notifier")
            tasks.create_task(self._watchman.run(source), name="watchman")

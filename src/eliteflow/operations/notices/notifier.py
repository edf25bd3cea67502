"""Tells people who do not watch, each receiver for itself: one that fails or is slow holds up no other."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from eliteflow.clock import Clock
from eliteflow.config import NotifySettings
from eliteflow.operations.notices.digest import Digest, Message
from eliteflow.operations.notices.notice import Notice
from eliteflow.operations.watch.ports import SinkStatus
from eliteflow.scheduler.detached_threads import DetachedThreads
from eliteflow.telemetry.log import EventLog

FLUSH_S = 1.5
"""For how long the end of the program waits for what is still to be told."""


class Sink(Protocol):
    """Where messages go."""

    @property
    def label(self) -> str:
        """Its service, without any token."""

    def send(self, message: Message) -> str | None:
        """Send a message, in a thread; return why it failed, None if it did not. Raises nothing."""


@dataclass(slots=True, eq=False)
class _Desk:
    """A sink, what waits for it, and how it goes."""

    sink: Sink
    digest: Digest
    has_news: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0
    failed: int = 0
    failure: str | None = None

    def snapshot(self) -> SinkStatus:
        return SinkStatus(self.sink.label, self.sent, self.failed, self.digest.dropped, len(self.digest), self.failure)


class Notifier:
    """Hands each notice to every sink that is told of its kind: `notify.events`, and no oftener than the settings say.

    executor: where sending blocks. A message that fails is lost, counted, and its sink's failure told once.
    """

    def __init__(
        self, settings: NotifySettings, sinks: Sequence[Sink], clock: Clock, *, executor: Executor | None = None
    ) -> None:
        self._kinds = settings.events
        self._desks = [_Desk(sink, Digest(settings.min_interval_s)) for sink in sinks]
        self._clock = clock
        self._executor = executor or DetachedThreads("notify")
        self._log = EventLog("Notifier")

    def tell(self, notice: Notice) -> None:
        """Take a notice; it is sent as soon as may be."""
        if notice.kind in self._kinds:
            for desk in self._desks:
                desk.digest.add(notice)
                desk.has_news.set()

    async def run(self) -> None:
        """Send until cancelled; then send what is left, for `FLUSH_S` at most."""
        async with asyncio.TaskGroup() as tasks:
            for desk in self._desks:
                tasks.create_task(self._serve(desk), name=f"notify {desk.sink.label}")

    def snapshot(self) -> tuple[SinkStatus, ...]:
        """Return how each receiver fares."""
        return tuple(desk.snapshot() for desk in self._desks)

    async def _serve(self, desk: _Desk) -> None:
        try:
            while True:
                await self._until_due(desk)
                await self._deliver(desk)
        except asyncio.CancelledError:
            await self._flush(desk)
            raise

    async def _until_due(self, desk: _Desk) -> None:
        while (wait_s := desk.digest.wait_s(self._clock.steady_s())) is None:
            desk.has_news.clear()
            await desk.has_news.wait()
        await asyncio.sleep(wait_s)

    async def _flush(self, desk: _Desk) -> None:
        try:
            async with asyncio.timeout(FLUSH_S):
                if len(desk.digest):
                    await self._deliver(desk)
        except TimeoutError:
            self._note(desk, "timed out")

    async def _deliver(self, desk: _Desk) -> None:
        message = desk.digest.take(self._clock.steady_s())
        loop = asyncio.get_running_loop()
        self._note(desk, await loop.run_in_executor(self._executor, desk.sink.send, message))

    def _note(self, desk: _Desk, failure: str | None) -> None:
        """Count a message; log the first failure, and the first success after it."""
        if failure is None:
            desk.sent += 1
            if desk.failure is not None:
                self._log.write("notify.recovered", sink=desk.sink.label)
        else:
            desk.failed += 1
            if desk.failure is None:
                self._log.write("notify.failed", sink=desk.sink.label, reason=failure)
        desk.failure = failure

"""Each receiver gets its messages, whatever becomes of the others."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor, Future

import pytest

from eliteflow.clock import Clock
from eliteflow.config import NotifySettings
from eliteflow.operations.notices.digest import Message
from eliteflow.operations.notices.notice import Notice
from eliteflow.operations.notices.notifier import Notifier, Sink
from tests.unit.operations.notices.sinks import Inbox

SETTINGS = NotifySettings()
SIGNAL, DAY = Notice("signals", "a signal", ("BTCUSDT long",)), Notice("day", "the day")


@contextlib.asynccontextmanager
async def notifying(
    sinks: Sequence[Sink], clock: Clock, settings: NotifySettings = SETTINGS
) -> AsyncIterator[Notifier]:
    """A notifier at work."""
    notifier = Notifier(settings, sinks, clock)
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    yield notifier
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_notice_goes_to_every_receiver_at_once(clock: Clock) -> None:
    """Title and lines as one message."""
    one, other = Inbox(), Inbox()
    async with notifying([one, other], clock) as notifier:
        notifier.tell(SIGNAL)
        await asyncio.sleep(0.01)
        assert one.messages == other.messages == [Message("a signal", "BTCUSDT long")]


async def test_messages_keep_their_distance(clock: Clock) -> None:
    """A burst of twenty is two messages: the first notice, and ten seconds later the rest."""
    inbox = Inbox()
    async with notifying([inbox], clock) as notifier:
        for _ in range(20):
            notifier.tell(SIGNAL)
            await asyncio.sleep(0.1)
        assert len(inbox.messages) == 1
        await asyncio.sleep(10)
        assert len(inbox.messages) == 2
        assert inbox.messages[1].body.count("BTCUSDT long") == 19


async def test_only_what_was_asked_for_is_told(clock: Clock) -> None:
    """By the kinds of `notify.events`."""
    inbox = Inbox()
    async with notifying([inbox], clock, NotifySettings(events=("day",))) as notifier:
        notifier.tell(SIGNAL)
        notifier.tell(DAY)
        await asyncio.sleep(0.01)
    assert inbox.titles == ["the day"]


async def test_a_receiver_that_fails_costs_only_itself_and_is_said_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """One line when it begins, one when it is over; what it lost is counted."""
    caplog.set_level(logging.INFO, "eliteflow")
    broken, well = Inbox("discord"), Inbox("json")
    broken.fails = "error=401"
    async with notifying([broken, well], clock) as notifier:
        for _ in range(3):
            notifier.tell(SIGNAL)
            await asyncio.sleep(20)
        broken.fails = None
        notifier.tell(SIGNAL)
        await asyncio.sleep(20)
        [first, second] = notifier.snapshot()
    assert (len(broken.messages), len(well.messages)) == (1, 4)
    assert (first.sent, first.failed, first.failure, second.failed) == (1, 3, None, 0)
    assert [record.getMessage() for record in caplog.records] == [
        "notifications to discord fail: error=401",
        "notifications to discord arrive again",
    ]


async def test_what_waits_is_sent_at_the_end(clock: Clock) -> None:
    """A signal of the last cycle is not lost with it."""
    inbox = Inbox()
    async with notifying([inbox], clock) as notifier:
        notifier.tell(DAY)
        await asyncio.sleep(0.01)
        notifier.tell(SIGNAL)
    assert inbox.titles == ["the day", "a signal"]


class Never(Executor):
    """Sending that hangs."""

    def submit(self, *arguments: object, **options: object) -> "Future[None]":  # type: ignore[override]  # as one hangs
        """Return a future that nobody fulfils."""
        return Future()


@pytest.mark.loopback
async def test_a_receiver_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given a second and a half; here less."""
    monkeypatch.setattr("eliteflow.operations.notices.notifier.FLUSH_S", 0.05)
    clock = Clock()
    notifier = Notifier(NotifySettings(), [Inbox()], clock, executor=Never())
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    notifier.tell(SIGNAL)
    await asyncio.sleep(0.001)
    started_s = clock.steady_s()
    notifier.tell(DAY)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert clock.steady_s() - started_s < 1.5

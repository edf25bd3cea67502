"""The bounded queue between connections and their reader."""

import asyncio

from eliteflow.exchange.streams.event_queue import EventQueue
from eliteflow.model.stream_event import MarketTraded, StreamEvent


def event(number: int) -> StreamEvent:
    """Something to put."""
    return MarketTraded(number, {})


async def take_and_put(queue: EventQueue, late: StreamEvent) -> None:
    """Make room and want it at once, before those who have waited could come."""
    await queue.take()
    await queue.put(late)


async def test_who_puts_into_a_full_queue_waits() -> None:
    """Nothing is dropped, and nothing overtakes: not even who comes when there is room again."""
    queue = EventQueue(2)
    async with asyncio.TaskGroup() as tasks:
        putters = [tasks.create_task(queue.put(event(number))) for number in range(5)]
        await asyncio.sleep(1)
        assert [putter.done() for putter in putters] == [True, True, False, False, False]
        assert len(queue) == 2
        tasks.create_task(take_and_put(queue, event(5)))
        await asyncio.sleep(1)
        assert [await queue.take() for _ in range(5)] == [event(number) for number in range(1, 6)]


async def test_the_reader_of_an_empty_queue_waits() -> None:
    """Until something is put."""
    queue = EventQueue(2)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(queue.take())
        await asyncio.sleep(1)
        assert not reader.done()
        await queue.put(event(1))
        assert await reader == event(1)


async def test_closing_lets_a_waiting_reader_go() -> None:
    """What is there already can still be taken."""
    queue = EventQueue(2)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(queue.take())
        await asyncio.sleep(1)
        queue.close()
        assert await reader is None
    assert await queue.take() is None

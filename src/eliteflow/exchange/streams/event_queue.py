"""What waits between the connections and the reader of their events: bounded, nothing is dropped or overtaken."""

import asyncio
from collections import deque

from eliteflow.model.stream_event import StreamEvent


class EventQueue:
    """Up to `most` events. A full queue holds up those who put: they stop reading their sockets."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._events: deque[StreamEvent] = deque()
        self._is_closed = False
        self._turn = asyncio.Lock()  # it is fair: who comes first puts first
        self._has_some = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()

    def __len__(self) -> int:
        return len(self._events)

    async def put(self, event: StreamEvent) -> None:
        """Add an event behind all that others wanted to add before, as soon as there is room."""
        async with self._turn:
            while len(self._events) >= self._most:
                self._has_room.clear()
                await self._has_room.wait()
            self._events.append(event)
            self._has_some.set()

    async def take(self) -> StreamEvent | None:
        """Return the next event, waiting for it; None once the queue is closed and empty."""
        while not self._events:
            if self._is_closed:
                return None
            self._has_some.clear()
            await self._has_some.wait()
        self._has_room.set()
        return self._events.popleft()

    def close(self) -> None:
        """Let the reader go when it has taken what is there."""
        self._is_closed = True
        self._has_some.set()

    def reopen(self) -> None:
        """Let the next reader wait again, behind what the last one has left."""
        self._is_closed = False

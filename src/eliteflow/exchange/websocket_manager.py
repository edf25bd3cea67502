"""The live candles of all followed symbols, and of every gap when it begins and ends.

Downward: supervisor (which connections) → slot (one place) → link (one connection at work) → session (its state) →
wire (its messages) → picows_frames (its bytes).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from random import Random
from types import TracebackType
from typing import Self

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.errors import ConfigError
from eliteflow.exchange.endpoints import ws_url
from eliteflow.exchange.streams.event_queue import EventQueue
from eliteflow.exchange.streams.picows_frames import PicowsFrames
from eliteflow.exchange.streams.stream_plan import StreamPlan, symbols_among
from eliteflow.exchange.streams.stream_snapshot import StreamsSnapshot, connection_snapshot
from eliteflow.exchange.streams.stream_supervisor import StreamSupervisor
from eliteflow.exchange.transport import FrameSource
from eliteflow.messages import text
from eliteflow.model.stream_event import StreamEvent
from eliteflow.model.timeframe import Timeframe

MOST_WAITING = 64


class WebSocketManager:
    """Streams klines of the symbols it is told to follow, and says of every gap when it begins and ends.

    settings: `[venue]`, `[data] streams` and `[stream]`; raises ConfigError where no streams are wanted.
    source: where connections are opened; by default the venue's stream host over real sockets.
    clock: venue time; hand over the client's, which it keeps right. dice: what jitter is drawn from.

    Connections live while `async with manager`, or else the iteration over `events()`, runs. Either can be begun again
    until `aclose`: what was live before has a gap then. Raises RuntimeError for a second reader at the same time.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        source: FrameSource | None = None,
        clock: Clock | None = None,
        dice: Random | None = None,
    ) -> None:
        settings = settings or Settings()
        self._source = source or PicowsFrames(ws_url(settings.venue), proxy=settings.venue.proxy)
        self._clock = clock or Clock()
        self._plan = StreamPlan(_timeframes(settings), settings.stream.streams_per_connection)
        self._events = EventQueue(MOST_WAITING)
        self._supervisor = StreamSupervisor(
            self._plan, settings.stream, self._source, self._events, self._clock, dice or Random()
        )
        self._tasks: asyncio.TaskGroup | None = None
        self._running: asyncio.Task[None] | None = None
        self._has_reader = self._is_over = False

    def __repr__(self) -> str:
        return f"<WebSocketManager {self._source.host}, {len(self._plan)} symbols>"

    async def __aenter__(self) -> Self:
        if not self._is_over:
            self._events.reopen()
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._running = self._tasks.create_task(self._supervisor.run(), name="streams")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks, self._tasks = self._tasks, None
        await self._stop()
        assert tasks is not None
        if isinstance(error, asyncio.CancelledError):
            await tasks.__aexit__(kind, error, trace)  # it knows whether one of its own tasks is the reason
        else:
            await tasks.__aexit__(None, None, None)

    async def aclose(self) -> None:
        """Close every connection for good; the reader of `events()` gets what has come, then its end."""
        self._is_over = True
        await self._stop()

    async def events(self) -> AsyncIterator[StreamEvent]:
        """Yield everything that the streams say, until `aclose`; one reader at a time.

        Whoever reads too slowly holds up the sockets; nothing is dropped.
        """
        if self._has_reader:
            raise RuntimeError("events() has a reader already")
        self._has_reader = True
        running: AbstractAsyncContextManager[object] = nullcontext() if self._tasks or self._is_over else self
        try:
            async with running:
                while (event := await self._events.take()) is not None:
                    yield event
        finally:
            self._has_reader = False

    def follow(self, symbols: Iterable[str]) -> None:
        """Say which symbols' klines are wanted from now on; connections are opened and changed behind the scenes."""
        self._supervisor.follow(symbols)

    def is_alive(self, symbol: str) -> bool:
        """Return whether the symbol's stream is on a connection that has brought a frame lately."""
        slot = self._supervisor.slot_of(symbol)
        if slot is None or slot.current is None or symbol not in slot.announced:
            return False
        return slot.current.is_heard(self._clock.steady_s())

    def snapshot(self) -> StreamsSnapshot:
        """Return the connections as they are now."""
        slots = self._supervisor.slots.values()
        return StreamsSnapshot(
            host=self._source.host,
            symbols=len(self._plan),
            live=sum(len(symbols_among(slot.announced)) for slot in slots),
            waiting=len(self._events),
            connections=tuple(connection_snapshot(slot) for slot in slots),
        )

    async def _stop(self) -> None:
        self._events.close()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})


def _timeframes(settings: Settings) -> tuple[Timeframe, ...]:
    match settings.data.streams:
        case "5m":
            return (Timeframe.M5,)
        case "all":
            return settings.data.timeframes
        case _:
            raise ConfigError("data.streams", text("config.streams_off"))

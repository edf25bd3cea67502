"""One connection at work: opened, spoken over and read until it ends."""

import asyncio
from collections.abc import Awaitable, Callable

from eliteflow.clock import Clock
from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.streams.stream_plan import MARKET_ROUTE, stream_path
from eliteflow.exchange.streams.stream_session import StreamSession
from eliteflow.exchange.streams.stream_slot import StreamSlot
from eliteflow.exchange.streams.stream_wire import Decoded, decode_frames
from eliteflow.exchange.transport import FrameConnection, FrameSource

CONNECT_TIMEOUT_S = 10.0
AT_ONCE = 1_024
"""Frames that are decoded in one go: 2 ms, so that a flood of one connection keeps nobody waiting for long."""


class StreamLink:
    """The async shell of a session.

    take: gets what each batch of frames says; while it waits, the socket is not read.
    reason: why it ended, or is about to. detail: the same in the venue's or the system's words. status: what the venue
    answered, where it opened no connection.
    """

    def __init__(
        self,
        slot: StreamSlot,
        session: StreamSession,
        clock: Clock,
        take: Callable[["StreamLink", Decoded], Awaitable[None]],
    ) -> None:
        self.slot = slot
        self.session = session
        self.reason = "closed"
        self.detail = ""
        self.status: int | None = None
        self.is_held = False
        self.is_ending = False
        self._clock = clock
        self._take = take
        self._connection: FrameConnection | None = None

    async def run(self, source: FrameSource) -> None:
        """Open the connection and hand over what comes until it ends."""
        names = (name for topic in self.slot.topics for name in self.session.names(topic))
        path = stream_path(MARKET_ROUTE, names)
        try:
            self._connection = await source.connect(path, timeout_s=CONNECT_TIMEOUT_S)
        except ExchangeUnreachable as error:
            self.reason, self.detail, self.status = "unreachable", error.reason, error.status
            return
        try:
            if not self.is_ending:
                self.session.opened(self._clock.steady_s(), self._clock.now_ms())
                await self.speak()
                await self._read(self._connection)
        finally:
            await self._connection.close()

    async def speak(self) -> None:
        """Say what the session has to say now, if anything."""
        request = self.session.next_request(self._clock.steady_s())
        if request is not None and self._connection is not None:
            try:
                await self._connection.send(request.text())
            except ExchangeUnreachable:
                return  # the reader learns of it too, and ends the link

    async def end(self, reason: str) -> None:
        """Close the connection; what has come already is still handed over."""
        self.reason, self.is_ending = reason, True
        if self._connection is not None:
            await self._connection.close()

    async def _read(self, connection: FrameConnection) -> None:
        while frames := await connection.receive():
            self.slot.messages += len(frames)
            for start in range(0, len(frames), AT_ONCE):
                if start:
                    await asyncio.sleep(0)
                await self._hand_over(decode_frames(frames[start : start + AT_ONCE]))
        if not self.is_ending:
            self.detail = f"{connection.close_code} {connection.close_reason}".rstrip()

    async def _hand_over(self, decoded: Decoded) -> None:
        if decoded.pushes:
            self.slot.lag_ms = self._clock.now_ms() - decoded.pushes[-1].event_ms
        self.is_held = True
        await self._take(self, decoded)
        self.is_held = False

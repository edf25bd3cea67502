"""Carries the desk's messages over sockets: one timer for all connections, no task for any."""

import asyncio
from collections.abc import Callable

from eliteflow.emulator.ws_connection import WsConnection
from eliteflow.emulator.ws_desk import WsDesk
from eliteflow.emulator.ws_frames import PING, PONG, Message
from eliteflow.emulator.ws_session import Session

_BEAT_MS = 20
"""Messages due within so short a time go out together."""


class WsGateway:
    """The connections of a venue's stream port, and the timer that wakes it while there are any."""

    def __init__(self, desk: WsDesk, now_ms: Callable[[], int]) -> None:
        self.desk = desk
        self._now_ms = now_ms
        self._loop = asyncio.get_running_loop()
        self._connections: dict[int, WsConnection] = {}
        self._timer: asyncio.TimerHandle | None = None

    def connection(self) -> WsConnection:
        """Return the protocol for a client that connects."""
        return WsConnection(self)

    def stop(self) -> None:
        """Break all connections."""
        if self._timer:
            self._timer.cancel()
        for connection in list(self._connections.values()):
            connection.abort()

    def open(self, connection: WsConnection, target: str) -> Session | None:
        """Return a session for a request target, or None if there is no such path."""
        session = self.desk.connect(connection.client_ip, target, self._now_ms())
        if session is not None:
            self._connections[session.number] = connection
            self._loop.call_soon(self._beat)
        return session

    def hear(self, session: Session, message: Message) -> None:
        """Take a client's text, ping or pong."""
        now_ms = self._now_ms()
        if message.opcode == PING:
            self.desk.hear_ping(session, message.payload, now_ms)
        elif message.opcode == PONG:
            self.desk.hear_pong(session, now_ms)
        else:
            self.desk.hear(session, message.payload, now_ms)
        self._flush()

    def close(self, connection: WsConnection, session: Session | None) -> None:
        """Forget a connection that has ended."""
        if session is not None:
            self._connections.pop(session.number, None)
            self.desk.leave(session)

    def _beat(self) -> None:
        """Send what is due, and come back when something is again."""
        if self._timer:
            self._timer.cancel()
        self._timer = None
        now_ms = self._now_ms()
        self.desk.advance(now_ms)
        self._flush()
        if self._connections:
            wait_ms = min(max(self.desk.next_ms - now_ms, _BEAT_MS), 1_000)
            self._timer = self._loop.call_later(wait_ms / 1_000, self._beat)

    def _flush(self) -> None:
        for session in self.desk.take_ready():
            outputs, session.outbox = session.outbox, []
            if connection := self._connections.get(session.number):
                connection.send(outputs)

"""The emulator's streams without a socket, in the time of the running loop: real or virtual."""

import asyncio
from collections.abc import Callable

from eliteflow.emulator.ws_desk import WsDesk
from eliteflow.emulator.ws_session import Abort, Close, Output, Ping, Session, Spoiled
from eliteflow.errors import ExchangeUnreachable

_GONE, _BROKEN, _PROTOCOL_ERROR = 1000, 1006, 1002

MOST_UNREAD = 100_000
"""Frames that a connection keeps for a reader that does not come; then it is closed with 1006."""


class EmulatedFrames:
    """A FrameSource in front of an emulated venue's `desk`.

    now_ms: the venue's clock. client_ip: whom the venue takes the connections for. beat_s: messages due within so short
    a time come in one batch; a simulated day is made of that many fewer steps.

    Nothing runs on its own: while somebody waits for frames, one timer moves the venue on.
    """

    def __init__(
        self, desk: WsDesk, now_ms: Callable[[], int], *, client_ip: str = "127.0.0.1", beat_s: float = 0.02
    ) -> None:
        self._desk = desk
        self._now_ms = now_ms
        self._client_ip = client_ip
        self._beat_s = beat_s
        self._connections: dict[int, EmulatedConnection] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def host(self) -> str:
        """What stands for a host in messages."""
        return "emulator"

    async def connect(self, path: str, *, timeout_s: float) -> "EmulatedConnection":
        """Open the route, form and streams of `path`; raise ExchangeUnreachable if there is no such path."""
        session = self._desk.connect(self._client_ip, path, self._now_ms())
        if session is None:
            raise ExchangeUnreachable(self.host, f"404 {path}")
        connection = self._connections[session.number] = EmulatedConnection(self, session)
        self.deliver()
        return connection

    def hear(self, session: Session, text: str) -> None:
        """Take what a client says."""
        self._desk.hear(session, text.encode(), self._now_ms())
        self.deliver()

    def forget(self, session: Session) -> None:
        """Let go of a connection that its client closed."""
        self._connections.pop(session.number, None)
        self._desk.leave(session)

    def wait(self) -> None:
        """Move the venue on when it next has something to do; called by whoever waits for frames."""
        if self._timer is None:
            due_s = (self._desk.next_ms - self._now_ms()) / 1_000
            self._timer = asyncio.get_running_loop().call_later(max(due_s, self._beat_s), self._beat)

    def deliver(self) -> None:
        """Hand over what the venue has put out."""
        for session in self._desk.take_ready():
            outputs, session.outbox = session.outbox, []
            if connection := self._connections.get(session.number):
                connection.take(outputs)
                if connection.close_code is not None:
                    self.forget(session)

    def _beat(self) -> None:
        self._timer = None
        now_ms = self._now_ms()
        self._desk.advance(now_ms)
        for connection in list(self._connections.values()):
            if connection.has_pinged:
                connection.has_pinged = False
                self._desk.hear_pong(connection.session, now_ms)
        self.deliver()
        if any(connection.is_awaited for connection in self._connections.values()):
            self.wait()


class EmulatedConnection:
    """A FrameConnection to an emulated venue."""

    def __init__(self, source: EmulatedFrames, session: Session) -> None:
        self.session = session
        self.has_pinged = False
        self._source = source
        self._frames: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._code: int | None = None
        self._reason = ""

    @property
    def close_code(self) -> int | None:
        """Why it is closed, or None while it is open."""
        return self._code

    @property
    def close_reason(self) -> str:
        """What the venue said when it closed it."""
        return self._reason

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for frames."""
        return self._waiter is not None

    async def receive(self) -> list[bytes]:
        """Return every text frame that came since the last call, waiting for the first; nothing once it is closed."""
        if not self._frames and self._code is None:
            self._waiter = asyncio.get_running_loop().create_future()
            self._source.wait()
            try:
                await self._waiter
            finally:
                self._waiter = None
        frames, self._frames = self._frames, []
        return frames

    async def send(self, text: str) -> None:
        """Send a text frame; raise ExchangeUnreachable if the connection is closed."""
        if self._code is not None:
            raise ExchangeUnreachable(self._source.host, f"closed: {self._code} {self._reason}".rstrip())
        self._source.hear(self.session, text)

    async def close(self, code: int = _GONE, reason: str = "") -> None:
        """Close it; frames not taken yet can still be taken."""
        if self._code is None:
            self._source.forget(self.session)
            self._end(code, reason)

    def take(self, outputs: list[Output]) -> None:
        """Take what the venue sent, until the connection ends."""
        for output in outputs:
            if self._code is None:
                self._take_one(output)
        if len(self._frames) > MOST_UNREAD:
            self._end(_BROKEN, "fell behind")
        elif self._frames:
            self._wake()

    def _take_one(self, output: Output) -> None:
        match output:
            case bytes() | Spoiled("slow", _, _):
                self._frames.append(output if isinstance(output, bytes) else output.payload)
            case Ping():
                self.has_pinged = True
            case Close(code, reason):
                self._end(code, reason)
            case Spoiled("invalid", _, _):
                self._end(_PROTOCOL_ERROR)
            case Abort() | Spoiled():
                self._end(_BROKEN)

    def _end(self, code: int, reason: str = "") -> None:
        self._code, self._reason = code, reason
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

"""Stream connections inside the test: they bring what they are fed, and remember what was said to them."""

import asyncio

import msgspec

from eliteflow.errors import ExchangeUnreachable
from tests.unit.exchange.streams.stream_frames import acknowledgement

GONE, BROKEN = 1000, 1006


class ScriptedFrames:
    """A FrameSource. refuses: how many of the next connections cannot be opened, and with which `status`. hangs:
    whether none ever can.

    acknowledges: whether requests are answered. connections: all that were opened.
    """

    def __init__(self) -> None:
        self.refuses = 0
        self.status: int | None = None
        self.hangs = False
        self.acknowledges = True
        self.paths: list[str] = []
        self.connections: list[ScriptedConnection] = []

    @property
    def host(self) -> str:
        """The name that errors carry."""
        return "streams.test"

    async def connect(self, path: str, *, timeout_s: float) -> "ScriptedConnection":
        """Open a connection, unless told otherwise."""
        self.paths.append(path)
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        if self.refuses:
            self.refuses -= 1
            raise ExchangeUnreachable(self.host, "connection refused", status=self.status)
        self.connections.append(ScriptedConnection(self))
        return self.connections[-1]

    @property
    def open(self) -> "list[ScriptedConnection]":
        """The connections that are not closed."""
        return [connection for connection in self.connections if connection.close_code is None]


class ScriptedConnection:
    """A FrameConnection. sent: every request, decoded."""

    def __init__(self, source: ScriptedFrames) -> None:
        self.sent: list[dict[str, object]] = []
        self.close_code: int | None = None
        self.close_reason = ""
        self._source = source
        self._frames: list[bytes] = []
        self._news = asyncio.Event()

    @property
    def names(self) -> list[str]:
        """The streams that were asked for, without those given up."""
        names: dict[str, None] = {}
        for request in self.sent:
            params = request["params"]
            assert isinstance(params, list)
            names = {name: None for name in names if name not in params}
            if request["method"] == "SUBSCRIBE":
                names |= dict.fromkeys(params)
        return list(names)

    def feed(self, *frames: bytes) -> None:
        """Let frames come."""
        self._frames += frames
        self._news.set()

    def end(self, code: int = BROKEN, reason: str = "") -> None:
        """Close it from the venue's side."""
        self.close_code, self.close_reason = code, reason
        self._news.set()

    async def receive(self) -> list[bytes]:
        """Return what was fed."""
        while not self._frames and self.close_code is None:
            self._news.clear()
            await self._news.wait()
        frames, self._frames = self._frames, []
        return frames

    async def send(self, text: str) -> None:
        """Remember a request, and answer it."""
        if self.close_code is not None:
            raise ExchangeUnreachable(self._source.host, f"closed: {self.close_code}")
        request = msgspec.json.decode(text)
        self.sent.append(request)
        if self._source.acknowledges:
            self.feed(acknowledgement(request["id"]))

    async def close(self, code: int = GONE, reason: str = "") -> None:
        """Close it from the client's side."""
        if self.close_code is None:
            self.end(code, reason)

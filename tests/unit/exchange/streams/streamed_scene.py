"""A manager in front of scripted connections, and what it has said."""

import asyncio
from collections.abc import Sequence
from random import Random

from eliteflow.clock import Clock
from eliteflow.config import Settings, StreamSettings
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.model.stream_event import StreamEvent
from tests.unit.exchange.conftest import START_MS
from tests.unit.exchange.streams.scripted_frames import ScriptedConnection, ScriptedFrames
from tests.unit.exchange.streams.stream_frames import heartbeat, kline, mini_tickers


class Scene:
    """A manager of AUSDT and BUSDT, one on each connection; it begins at START_MS."""

    def __init__(self, clock: Clock, symbols: Sequence[str] = ("AUSDT", "BUSDT"), streams: int = 1) -> None:
        self.clock = clock
        self.source = ScriptedFrames()
        settings = Settings(stream=StreamSettings(streams_per_connection=streams))
        self.manager = WebSocketManager(settings, source=self.source, clock=clock, dice=Random(1))
        self.manager.follow(symbols)
        self.said: list[StreamEvent] = []
        self.volume = 100.0

    async def read(self) -> None:
        """Keep what the manager says until its end."""
        async for event in self.manager.events():
            self.said.append(event)

    def connection_of(self, name: str) -> ScriptedConnection:
        """The open connection that carries a stream."""
        return next(connection for connection in self.source.open if name in connection.names)

    def take(self) -> list[StreamEvent]:
        """What has been said since the last time."""
        said, self.said = self.said, []
        return said

    def bring(self, symbol: str, after_ms: int = 0) -> None:
        """Let a candle come."""
        self.connection_of(f"{symbol.lower()}@kline_5m").feed(kline(symbol, START_MS + after_ms))

    def witness(self, symbol: str) -> None:
        """Let the whole market's stream tell of a trade."""
        self.volume += 1
        message = mini_tickers(self.clock.now_ms(), **{symbol: self.volume})
        self.connection_of("!miniTicker@arr").feed(message)

    async def keep_beating(self) -> None:
        """Let heartbeats come over every connection, as the venue does."""
        while True:
            await asyncio.sleep(3)
            for connection in self.source.open:
                connection.feed(heartbeat(self.clock.now_ms()))

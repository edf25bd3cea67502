"""A venue whose streams a manager follows in virtual time, and what the manager said."""

import asyncio
from random import Random

from eliteflow.config import DataSettings, Settings, Streams, StreamSettings
from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.exchange.streams.stream_wire import decode_frames
from eliteflow.exchange.transport import FrameSource
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.model.candle_push import CandlePush
from eliteflow.model.stream_event import CandlePushes, Reconnecting, StreamEvent, StreamsLive
from eliteflow.testing.emulated_frames import EmulatedFrames
from eliteflow.testing.virtual_time import VirtualTimeLoop

START_MS = 1_795_420_810_000  # 2026-11-23 08:00:10 UTC


class StreamedMarket:
    """Some contracts, a manager in front of them, and its events with the second in which each came.

    wrap: puts something between the manager and the venue's streams.
    """

    def __init__(
        self, symbols: int = 25, *, streams: Streams = "5m", settings: StreamSettings | None = None, seed: int = 7
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        self.clock = loop.clock(START_MS)
        self.venue = open_venue(EmulatorOptions(symbols=symbols, seed=seed), START_MS)
        self.source: FrameSource = EmulatedFrames(self.venue.desk, self.clock.now_ms)
        self.settings = Settings(
            data=DataSettings(streams=streams), stream=settings or StreamSettings(streams_per_connection=10)
        )
        self.symbols = [i.symbol for i in self.venue.market.instruments if i.is_usdt_perpetual][:symbols]
        self.seed = seed
        self.events: list[tuple[float, StreamEvent]] = []

    def fault(self, rule: FaultRule) -> None:
        """Let the venue misbehave."""
        self.venue.faults.add(rule, self.clock.now_ms())

    def manager(self) -> WebSocketManager:
        """Return a manager that follows all contracts."""
        manager = WebSocketManager(self.settings, source=self.source, clock=self.clock, dice=Random(self.seed))
        manager.follow(self.symbols)
        return manager

    async def listen(self, manager: WebSocketManager, *, for_s: float) -> None:
        """Take the manager's events for a while, in a group of their own."""
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read(manager))
            await asyncio.sleep(for_s)
            reader.cancel()

    async def overhear(self, *, for_s: float) -> set[tuple[str, int]]:
        """Return the symbol and event time of every candle that the venue pushes meanwhile to one who is never cut."""
        names = "/".join(f"{symbol.lower()}@kline_5m" for symbol in self.symbols)
        connection = await self.source.connect(f"/market/stream?streams={names}", timeout_s=1)
        until_s = self.now_s + for_s
        heard: set[tuple[str, int]] = set()
        while self.now_s < until_s:
            heard |= {(push.candle.symbol, push.event_ms) for push in decode_frames(await connection.receive()).pushes}
        await connection.close()
        return heard

    def is_accounted_for(self, symbol: str, event_ms: int) -> bool:
        """Return whether it was said of a candle that it may be missing."""
        since_ms: int | None = 0
        for _, event in self.events:
            if isinstance(event, Reconnecting) and symbol in event.symbols:
                since_ms = event.since_ms
            elif isinstance(event, StreamsLive) and symbol in event.symbols:
                if since_ms is not None and since_ms <= event_ms <= event.since_ms:
                    return True
                since_ms = None
        return since_ms is not None and since_ms <= event_ms

    async def _read(self, manager: WebSocketManager) -> None:
        async for event in manager.events():
            self.events.append((self.now_s, event))

    @property
    def now_s(self) -> float:
        """Seconds since the scenario began."""
        return (self.clock.now_ms() - START_MS) / 1_000

    @property
    def candles(self) -> set[tuple[str, int]]:
        """The symbol and event time of every candle that came."""
        return {(push.candle.symbol, push.event_ms) for push in self.pushes}

    @property
    def gaps(self) -> list[Reconnecting]:
        """Every gap that was said to begin."""
        return [event for _, event in self.events if isinstance(event, Reconnecting)]

    @property
    def pushes(self) -> list[CandlePush]:
        """Every candle that came."""
        return [push for _, event in self.events if isinstance(event, CandlePushes) for push in event.pushes]

    @property
    def story(self) -> list[tuple[str, int]]:
        """What was said of gaps, with how many symbols: `live`, or the reason of a loss."""
        told = []
        for _, event in self.events:
            if isinstance(event, StreamsLive):
                told.append(("live", len(event.symbols)))
            elif isinstance(event, Reconnecting):
                told.append((event.reason, len(event.symbols)))
        return told

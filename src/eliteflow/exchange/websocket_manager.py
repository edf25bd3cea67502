"""The live candles of all followed symbols: opens, watches and replaces the stream connections."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from random import Random
from types import TracebackType
from typing import Self

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.errors import ConfigError
from eliteflow.exchange.endpoints import ws_url
from eliteflow.exchange.event_queue import EventQueue
from eliteflow.exchange.picows_frames import PicowsFrames
from eliteflow.exchange.stream_link import StreamLink
from eliteflow.exchange.stream_log import StreamLog, slot_name
from eliteflow.exchange.stream_pace import AttemptPace
from eliteflow.exchange.stream_plan import HEARTBEAT, MARKET_TOPICS, StreamPlan, symbols_among
from eliteflow.exchange.stream_session import SessionRules, SessionState, StreamSession
from eliteflow.exchange.stream_silence import ANSWER_MS, SilenceJudge
from eliteflow.exchange.stream_slot import StreamSlot
from eliteflow.exchange.stream_snapshot import ConnectionSnapshot, StreamsSnapshot
from eliteflow.exchange.stream_wire import Acknowledged, Decoded, Heartbeat, Malformed, MarketRows, Refused, StreamNews
from eliteflow.exchange.transport import FrameSource
from eliteflow.messages import text
from eliteflow.model.candle_push import CandlePush
from eliteflow.model.stream_event import (
    CandlePushes,
    ContractChanged,
    MarketTraded,
    Reconnecting,
    StreamEvent,
    StreamsLive,
)
from eliteflow.model.timeframe import Timeframe

MARKET = 0
MOST_WAITING = 64
BEAT_S, SHORTEST_REST_S = 1.0, 0.01
MOST_EARLY = 0.1
"""The largest part of its life that a connection gives up, so that not all roll over at once."""


class WebSocketManager:
    """Streams klines of the symbols it is told to follow, and says of every gap when it begins and ends.

    settings: `[venue]`, `[data] streams` and `[stream]`; raises ConfigError where no streams are wanted.
    source: where connections are opened; by default the venue's stream host over real sockets.
    dice: what jitter is drawn from.

    Connections live while `async with manager` or the iteration over `events()` runs.
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
        self._dice = dice or Random()
        stream = settings.stream
        self._rules = SessionRules(stream.first_frame_s, stream.stale_s, stream.rollover_h * 3_600)
        self._plan = StreamPlan(_timeframes(settings), stream.streams_per_connection)
        self._judge = SilenceJudge(self._plan.timeframes, round(stream.stale_s * 1_000))
        self._pace = AttemptPace()
        self._log = StreamLog(self._source.host)
        self._events = EventQueue(MOST_WAITING)
        self._slots = {MARKET: self._slot(MARKET)}
        self._slots[MARKET].carry((*MARKET_TOPICS, HEARTBEAT))
        self._links: dict[StreamSession, StreamLink] = {}
        self._wake = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._supervisor: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<WebSocketManager {self._source.host}, {len(self._links)} connections>"

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._supervisor = self._tasks.create_task(self._supervise(), name="streams")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks, self._tasks = self._tasks, None
        await self.aclose()
        assert tasks is not None
        if isinstance(error, asyncio.CancelledError):
            await tasks.__aexit__(kind, error, trace)  # it knows whether one of its own tasks is the reason
        else:
            await tasks.__aexit__(None, None, None)

    async def aclose(self) -> None:
        """Close every connection; the reader of `events()` gets what has come, then its end."""
        self._events.close()
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.wait({self._supervisor})
        for slot in self._slots.values():
            slot.current = slot.successor = None

    async def events(self) -> AsyncIterator[StreamEvent]:
        """Yield everything that the streams say, until `aclose`; one reader at a time.

        Whoever reads too slowly holds up the sockets; nothing is dropped.
        """
        running: AbstractAsyncContextManager[object] = self if self._tasks is None else nullcontext()
        async with running:
            while (event := await self._events.take()) is not None:
                yield event

    def follow(self, symbols: Iterable[str]) -> None:
        """Say which symbols' klines are wanted from now on; connections are opened and changed behind the scenes."""
        self._plan.follow(symbols)
        for number, followed in self._plan.connections.items():
            slot = self._slots.get(number)
            if slot is None:
                slot = self._slots[number] = self._slot(number)
            if slot.topics != (topics := (*followed, HEARTBEAT)):
                slot.carry(topics)
        self._wake.set()

    def is_alive(self, symbol: str) -> bool:
        """Return whether the symbol's stream is on a connection that has brought a frame lately."""
        slot = self._slots.get(self._plan.home(symbol) or -1)
        if slot is None or slot.current is None or symbol not in slot.announced:
            return False
        return slot.current.is_heard(self._clock.steady_s())

    def snapshot(self) -> StreamsSnapshot:
        """Return the connections as they are now."""
        slots = self._slots.values()
        return StreamsSnapshot(
            self._source.host,
            sum(len(followed) for followed in self._plan.connections.values()),
            sum(len(symbols_among(slot.announced)) for slot in slots),
            len(self._events),
            tuple(_snapshot(slot) for slot in slots),
        )

    def _slot(self, number: int) -> StreamSlot:
        early_s = self._rules.rollover_s * self._dice.uniform(0.0, MOST_EARLY)
        return StreamSlot(number, stale_s=self._rules.stale_s, early_s=early_s, dice=self._dice)

    async def _supervise(self) -> None:
        """Open, watch and replace connections until cancelled."""
        async with asyncio.TaskGroup() as links:
            while True:
                self._wake.clear()
                for slot in list(self._slots.values()):
                    if slot.number == MARKET or slot.number in self._plan.connections:
                        await self._look_after(slot, links)
                    else:
                        await self._dissolve(slot)
                await self._rest()

    async def _rest(self) -> None:
        """Wait until there may be something to do again."""
        now_s = self._clock.steady_s()
        waits = [BEAT_S]
        waits += [wait for session in self._links if (wait := session.speaks_in_s(now_s)) is not None]
        waits += [slot.opens_in_s(now_s) for slot in self._slots.values() if slot.current is None]
        with suppress(TimeoutError):
            async with asyncio.timeout(max(SHORTEST_REST_S, min(waits))):
                await self._wake.wait()

    async def _look_after(self, slot: StreamSlot, links: asyncio.TaskGroup) -> None:
        now_s = self._clock.steady_s()
        if slot.is_wanting(now_s) and self._pace.take(now_s):
            self._open(slot, links)
        for link in self._links_of(slot):
            await self._watch(link, now_s)
        if slot.current is not None and slot.current.state is SessionState.LIVE:
            await self._listen_for_silence(slot, slot.current, now_s)

    def _open(self, slot: StreamSlot, links: asyncio.TaskGroup) -> None:
        session = StreamSession(self._rules, self._plan.names)
        link = self._links[session] = StreamLink(slot, session, self._clock, self._take)
        slot.filled(session)
        links.create_task(self._run(link), name=f"stream connection {slot_name(slot)}")

    async def _run(self, link: StreamLink) -> None:
        """Let a connection do its work, and say what its end means."""
        try:
            await link.run(self._source)
        finally:
            del self._links[link.session]
        slot, session = link.slot, link.session
        loss = slot.ended(session, link.reason, self._clock.steady_s(), self._clock.now_ms())
        self._wake.set()
        if loss is not None and loss.is_news and loss.topics:
            if not link.is_ending:
                self._log.reconnecting(slot, loss, link.detail)
            await self._lose(loss.topics, loss.since_ms, loss.reason)

    async def _watch(self, link: StreamLink, now_s: float) -> None:
        """Let a connection speak, go live, or end for what is wrong with it."""
        slot, session = link.slot, link.session
        if link.is_held:
            session.excuse(now_s)
            return
        await link.speak()
        if session.is_proven(now_s, is_quiet=True) and self._is_quiet(slot, session):
            await self._go_live(link)
        fault = session.fault(now_s)
        if fault is None and session.lacks_frames(now_s) and not self._is_quiet(slot, session):
            fault = "stale"
        if fault is not None and not link.is_ending:
            if not slot.is_down:
                self._log.stale(slot, session.streams, fault)
            await link.end(fault)

    async def _dissolve(self, slot: StreamSlot) -> None:
        """End the connections of a place that nobody needs any more."""
        del self._slots[slot.number]
        slot.carry(())
        for link in self._links_of(slot):
            await link.end("closed")

    def _links_of(self, slot: StreamSlot) -> list[StreamLink]:
        return [link for link in self._links.values() if link.slot is slot]

    async def _listen_for_silence(self, slot: StreamSlot, session: StreamSession, now_s: float) -> None:
        """Ask again for streams that bring nothing although their contracts are traded, and report the gap."""
        dead = self._judge.dead(symbols_among(slot.announced), session.newest_event_ms)
        if dead:
            if not slot.silent:
                self._log.stale(slot, len(dead), "silent")
            slot.fell_silent(dead, now_s)
            await self._lose(dead, min(map(self._judge.proven_ms, dead)), "silent")
        if again := (*dead, *slot.silent_again(now_s)):
            session.renew(again)

    def _is_quiet(self, slot: StreamSlot, session: StreamSession) -> bool:
        """Return whether nothing was there for a connection to bring since it last brought something."""
        since_ms = session.newest_frame_ms + ANSWER_MS
        if slot.number != MARKET:
            return self._judge.is_quiet(symbols_among(slot.topics), since_ms)
        others = (other.current for other in self._slots.values() if other is not slot)
        return all(other is None or other.newest_frame_ms < since_ms for other in others)

    async def _take(self, link: StreamLink, decoded: Decoded) -> None:
        """Pass on what a batch of frames says."""
        now_s, session, pushes = self._clock.steady_s(), link.session, decoded.pushes
        session.heard(now_s)
        if pushes:
            session.brought(pushes[-1].event_ms, now_s)
            self._judge.pushed(pushes)
            await self._events.put(CandlePushes(pushes))
            if link.slot.silent:
                await self._end_silence(link.slot, pushes)
        for item in decoded.news:
            await self._hear(link, item, now_s)
        if session.is_proven(now_s, is_quiet=False):
            await self._go_live(link)

    async def _hear(self, link: StreamLink, item: StreamNews, now_s: float) -> None:
        slot, session = link.slot, link.session
        match item:
            case Heartbeat(event_ms):
                session.beat(event_ms)
            case MarketRows(event_ms, rows):
                session.brought(event_ms, now_s)
                self._judge.witnessed(rows, event_ms)
                await self._events.put(MarketTraded(event_ms, {row.symbol: row.price for row in rows}))
            case ContractChanged():
                await self._events.put(item)
            case Acknowledged(request_id):
                topics = session.answered(request_id)
                if session.state is SessionState.LIVE:
                    await self._announce(slot, [topic for topic in topics if topic not in slot.silent])
            case Refused():
                self._log.refused(slot, item)
            case Malformed():
                slot.malformed += 1
                self._log.malformed(slot, item, now_s)

    async def _go_live(self, link: StreamLink) -> None:
        """Say what is complete from now on; a connection that this one replaces has done its work."""
        slot, session = link.slot, link.session
        session.went_live(self._clock.steady_s())
        old = slot.promoted(session)
        old_link = None if old is None else self._links.get(old)
        await self._announce(slot, session.acknowledged)
        if old_link is None:
            self._log.connected(slot)
        else:
            self._log.rolled_over(slot)
            await old_link.end("closed")

    async def _announce(self, slot: StreamSlot, topics: Iterable[str]) -> None:
        symbols = symbols_among(slot.announce(topics))
        if symbols:
            since_ms = self._clock.now_ms()
            self._judge.begin(symbols, since_ms)
            await self._events.put(StreamsLive(symbols, since_ms))

    async def _end_silence(self, slot: StreamSlot, pushes: Iterable[CandlePush]) -> None:
        """Announce the silent symbols whose candles come again."""
        heard = {push.candle.symbol: push.event_ms for push in pushes if push.candle.symbol in slot.silent}
        if symbols := symbols_among(slot.announce(heard)):
            await self._events.put(StreamsLive(symbols, max(heard.values())))

    async def _lose(self, topics: Iterable[str], since_ms: int, reason: str) -> None:
        if symbols := symbols_among(topics):
            await self._events.put(Reconnecting(symbols, since_ms, reason))


def _timeframes(settings: Settings) -> tuple[Timeframe, ...]:
    match settings.data.streams:
        case "5m":
            return (Timeframe.M5,)
        case "all":
            return settings.data.timeframes
        case _:
            raise ConfigError("data.streams", text("config.streams_off"))


def _snapshot(slot: StreamSlot) -> ConnectionSnapshot:
    session = slot.current
    return ConnectionSnapshot(
        slot_name(slot),
        SessionState.CLOSED if session is None else session.state,
        0 if session is None else session.streams,
        len(symbols_among(slot.topics)),
        slot.messages,
        slot.malformed,
        slot.reconnects,
        0 if session is None else session.newest_event_ms,
        slot.lag_ms,
    )

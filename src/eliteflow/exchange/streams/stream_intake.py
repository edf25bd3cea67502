"""What comes over the connections becomes what the reader of the streams is told, in its order."""

from collections.abc import Iterable, Sequence

from eliteflow.clock import Clock
from eliteflow.exchange.streams.event_queue import EventQueue
from eliteflow.exchange.streams.stream_link import StreamLink
from eliteflow.exchange.streams.stream_log import StreamLog
from eliteflow.exchange.streams.stream_plan import symbols_among
from eliteflow.exchange.streams.stream_session import SessionState, StreamSession
from eliteflow.exchange.streams.stream_silence import SilenceJudge
from eliteflow.exchange.streams.stream_slot import StreamSlot
from eliteflow.exchange.streams.stream_wire import (
    Acknowledged,
    Decoded,
    Heartbeat,
    Malformed,
    MiniTickers,
    Refused,
    StreamNews,
)
from eliteflow.model.candle_push import CandlePush
from eliteflow.model.stream_event import CandlePushes, ContractChanged, MarketTraded, Reconnecting, StreamsLive


class StreamIntake:
    """Tells session, judge and reader of every frame."""

    def __init__(self, judge: SilenceJudge, events: EventQueue, clock: Clock, log: StreamLog) -> None:
        self._judge = judge
        self._events = events
        self._clock = clock
        self._log = log

    async def take(self, link: StreamLink, decoded: Decoded) -> None:
        """Pass on what a batch of frames says; wait while the reader has enough to read."""
        now_s, session, pushes = self._clock.steady_s(), link.session, decoded.pushes
        session.heard(now_s)
        if pushes:
            self._judge.pushed(pushes)
            await self._events.put(CandlePushes(pushes))
            session.brought(pushes[-1].event_ms, now_s)  # not before: who is cancelled while it waits has lost them
            if link.slot.silent:
                await self._end_silence(link.slot, pushes)
        for item in decoded.news:
            await self._hear(link, item, now_s)

    async def announce(self, slot: StreamSlot, session: StreamSession, topics: Iterable[str]) -> None:
        """Say that from now on every push of these topics arrives."""
        if symbols := symbols_among(slot.announce(topics)):
            since_ms = max(self._clock.now_ms(), session.newest_event_ms)
            self._judge.begin(symbols, since_ms)
            await self._events.put(StreamsLive(symbols, since_ms))

    async def lose(self, topics: Iterable[str], since_ms: int, reason: str) -> None:
        """Say that since a venue time pushes of these topics may be missing."""
        if symbols := symbols_among(topics):
            await self._events.put(Reconnecting(symbols, since_ms, reason))

    async def _hear(self, link: StreamLink, item: StreamNews, now_s: float) -> None:
        slot, session = link.slot, link.session
        match item:
            case Heartbeat(event_ms):
                session.beat(event_ms)
            case MiniTickers(event_ms, rows):
                self._judge.witnessed(rows, event_ms)
                await self._events.put(MarketTraded(event_ms, {row.symbol: row.price for row in rows}))
                session.brought(event_ms, now_s)
            case ContractChanged():
                await self._events.put(item)
            case Acknowledged(request_id):
                topics = session.answered(request_id)
                if session.state is SessionState.LIVE:
                    await self.announce(slot, session, [topic for topic in topics if topic not in slot.silent])
            case Refused(request_id):
                self._log.refused(slot, item)
                session.refused(request_id)
            case Malformed():
                slot.malformed += 1
                self._log.malformed(slot, item, now_s)

    async def _end_silence(self, slot: StreamSlot, pushes: Sequence[CandlePush]) -> None:
        """Announce the silent symbols whose candles come again."""
        heard = {push.candle.symbol: push.event_ms for push in pushes if push.candle.symbol in slot.silent}
        if symbols := symbols_among(slot.announce(heard)):
            await self._events.put(StreamsLive(symbols, max(heard.values())))

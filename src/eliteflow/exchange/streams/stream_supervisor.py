"""Opens, watches and replaces the stream connections, so that every followed symbol is on one that lives."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from random import Random

from eliteflow.clock import Clock
from eliteflow.config import StreamSettings
from eliteflow.exchange.streams.event_queue import EventQueue
from eliteflow.exchange.streams.stream_intake import StreamIntake
from eliteflow.exchange.streams.stream_link import StreamLink
from eliteflow.exchange.streams.stream_log import StreamLog, slot_name
from eliteflow.exchange.streams.stream_pace import AttemptPace
from eliteflow.exchange.streams.stream_plan import HEARTBEAT, MARKET_TOPICS, StreamPlan, symbols_among
from eliteflow.exchange.streams.stream_session import SessionRules, SessionState, StreamSession
from eliteflow.exchange.streams.stream_silence import ANSWER_MS, SilenceJudge
from eliteflow.exchange.streams.stream_slot import StreamSlot
from eliteflow.exchange.streams.stream_wire import Decoded
from eliteflow.exchange.transport import FrameSource

MARKET = 0
"""The place of the whole market's streams; the plan's own numbers begin at 1."""

BEAT_S, SHORTEST_REST_S = 1.0, 0.01
JUDGE_EVERY_S = 5.0
"""How often it is looked for streams that died in silence: that takes `[stream] stale_s` to show anyway."""

MOST_EARLY = 0.1
"""The largest part of its life that a connection gives up, so that not all roll over at once."""


class StreamSupervisor:
    """Keeps one connection for each place of the plan, and one for the whole market.

    slots: number → what is carried there, and how it goes. dice: what jitter is drawn from.
    """

    def __init__(
        self,
        plan: StreamPlan,
        settings: StreamSettings,
        source: FrameSource,
        events: EventQueue,
        clock: Clock,
        dice: Random,
    ) -> None:
        self._plan = plan
        self._source = source
        self._clock = clock
        self._dice = dice
        self._rules = SessionRules(settings.first_frame_s, settings.stale_s, settings.rollover_h * 3_600)
        self._log = StreamLog(source.host)
        self._judge = SilenceJudge(plan.timeframes, round(settings.stale_s * 1_000))
        self._intake = StreamIntake(self._judge, events, clock, self._log)
        self._pace = AttemptPace()
        self._links: dict[StreamSession, StreamLink] = {}
        self._wake = asyncio.Event()
        self.slots = {MARKET: self._slot(MARKET)}
        self.slots[MARKET].carry((*MARKET_TOPICS, HEARTBEAT))

    def follow(self, symbols: Iterable[str]) -> None:
        """Carry the klines of exactly these symbols from now on."""
        self._plan.follow(symbols)
        for number, followed in self._plan.connections.items():
            if number not in self.slots:
                self.slots[number] = self._slot(number)
            if self.slots[number].topics != (topics := (*followed, HEARTBEAT)):
                self.slots[number].carry(topics)
        self._wake.set()

    def slot_of(self, symbol: str) -> StreamSlot | None:
        """Return where a symbol is carried, None if it is not followed."""
        number = self._plan.home(symbol)
        return None if number is None else self.slots.get(number)

    async def run(self) -> None:
        """Do so until cancelled; every connection is closed then.

        What an earlier run had announced has a gap since its end.
        """
        for slot in self.slots.values():
            topics, since_ms = slot.forsaken()
            await self._intake.lose(topics, since_ms, "closed")
        try:
            async with asyncio.TaskGroup() as links:
                while True:
                    self._wake.clear()
                    for slot in list(self.slots.values()):
                        await self._look_after(slot, links)
                    await self._rest()
        finally:
            for slot in self.slots.values():
                slot.abandon()

    async def _rest(self) -> None:
        """Wait until there may be something to do again."""
        now_s = self._clock.steady_s()
        pace_s = self._pace.wait_s(now_s)
        waits = [BEAT_S]
        waits += [wait for session in self._links if (wait := session.speaks_in_s(now_s)) is not None]
        waits += [max(pace_s, slot.opens_in_s(now_s)) for slot in self.slots.values() if slot.current is None]
        with suppress(TimeoutError):
            async with asyncio.timeout(max(SHORTEST_REST_S, min(waits))):
                await self._wake.wait()

    async def _look_after(self, slot: StreamSlot, links: asyncio.TaskGroup) -> None:
        if slot.number != MARKET and slot.number not in self._plan.connections:
            await self._dissolve(slot)
            return
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
        now_s, now_ms = self._clock.steady_s(), self._clock.now_ms()
        loss = link.slot.ended(link.session, link.reason, now_s, now_ms, status=link.status)
        self._wake.set()
        if loss is not None and loss.is_news and loss.topics:
            if not link.is_ending:
                self._log.reconnecting(link.slot, loss, link.detail)
            await self._intake.lose(loss.topics, loss.since_ms, loss.reason)

    async def _take(self, link: StreamLink, decoded: Decoded) -> None:
        await self._intake.take(link, decoded)
        if link.session.is_proven(self._clock.steady_s(), is_quiet=False):
            await self._go_live(link)

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
            if session is slot.current and not slot.is_down:
                self._log.stale(slot, session.streams, fault)
            await link.end(fault)

    async def _go_live(self, link: StreamLink) -> None:
        """Say what is complete from now on; a connection that this one replaces has done its work."""
        slot, session = link.slot, link.session
        session.went_live(self._clock.steady_s())
        old = slot.promoted(session)
        old_link = None if old is None else self._links.get(old)
        await self._intake.announce(slot, session, session.acknowledged)
        if old_link is None:
            self._log.connected(slot)
        else:
            self._log.rolled_over(slot)
            await old_link.end("closed")

    async def _listen_for_silence(self, slot: StreamSlot, session: StreamSession, now_s: float) -> None:
        """Ask again for streams that bring nothing although their contracts are traded, and report the gap."""
        dead: list[str] = []
        if now_s >= slot.judged_s + JUDGE_EVERY_S:
            slot.judged_s = now_s
            dead = self._judge.dead(symbols_among(slot.announced), session.newest_event_ms)
        if again := (*dead, *slot.silent_again(now_s)):
            session.renew(again)
        if dead:
            if not slot.silent:
                self._log.stale(slot, len(dead), "silent")
            slot.fell_silent(dead, now_s)
            await self._intake.lose(dead, min(map(self._judge.proven_ms, dead)), "silent")

    async def _dissolve(self, slot: StreamSlot) -> None:
        """End the connections of a place that nobody needs any more."""
        del self.slots[slot.number]
        slot.carry(())
        for link in self._links_of(slot):
            await link.end("closed")

    def _is_quiet(self, slot: StreamSlot, session: StreamSession) -> bool:
        """Return whether nothing was there for a connection to bring since it last brought something."""
        since_ms = session.newest_frame_ms + ANSWER_MS
        if slot.number != MARKET:
            return self._judge.is_quiet(symbols_among(slot.topics), since_ms)
        others = (other.current for other in self.slots.values() if other is not slot)
        return all(other is None or other.newest_frame_ms < since_ms for other in others)

    def _links_of(self, slot: StreamSlot) -> list[StreamLink]:
        return [link for link in self._links.values() if link.slot is slot]

    def _slot(self, number: int) -> StreamSlot:
        early_s = self._rules.rollover_s * self._dice.uniform(0.0, MOST_EARLY)
        return StreamSlot(number, stale_s=self._rules.stale_s, early_s=early_s, dice=self._dice)

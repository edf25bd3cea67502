"""What a boundary is waited for, what is fetched of it, and when the cycle is let go."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from eliteflow.config import CloseSettings
from eliteflow.errors import ExchangeUnreachable
from eliteflow.model.stream_event import CandlePushes, MarketTraded, Reconnecting, StreamsLive
from eliteflow.pipeline.audit import AuditPlan
from eliteflow.pipeline.close_barrier import CloseBarrier, CloseSummary
from eliteflow.pipeline.gap_repair import GapRepair
from eliteflow.pipeline.live_market import LiveMarket
from tests.unit.pipeline.live_bars import H1, M5, M15, FakeStream
from tests.unit.pipeline.virtual_market import INSTRUMENTS, START_MS, SYMBOLS, VirtualMarket, play

BOUNDARY_MS = START_MS - 60_000 + M5.ms
"""The first boundary: only 5m bars end there."""


class Closing:
    """A barrier over three contracts whose streams live. live_ms: since when."""

    def __init__(self, market: VirtualMarket, *, live_ms: int = BOUNDARY_MS - M5.ms) -> None:
        self.market = market
        self.gaps = GapRepair(market.store, market.fetcher, market.clock, (M5,))
        self.live = LiveMarket(market.store, FakeStream(), market.larger, self.gaps, market.clock)
        self.audit = AuditPlan(seed=1)
        self.barrier = CloseBarrier(
            market.store, market.fetcher, self.live, market.clock, CloseSettings(), [M5, M15, H1], self.gaps, self.audit
        )
        market.store.observers.append(self.barrier)
        self.live.watch(INSTRUMENTS)
        self.audit.watch(SYMBOLS)
        self.live.take(StreamsLive(SYMBOLS, live_ms))

    @property
    def summary(self) -> CloseSummary:
        """How the only boundary so far went."""
        (summary,) = self.barrier.summaries
        return summary

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let the barrier run, and note when it lets cycles go."""
        async with self.market.beside(self.barrier.run()):
            yield

    async def until(self, seconds: float) -> None:
        """Let time pass until so long after the boundary."""
        await self.market.clock.sleep_until(BOUNDARY_MS + round(seconds * 1000))

    async def released(self) -> float:
        """Return how many seconds after the boundary the cycle is let go."""
        await self.barrier.settled(BOUNDARY_MS)
        return (self.market.clock.now_ms() - BOUNDARY_MS) / 1000

    def push(self, *symbols: str) -> None:
        """Let the final pushes of the bar come."""
        self.live.take(CandlePushes([self.market.push(symbol) for symbol in symbols]))


def test_the_cycle_is_let_go_with_the_last_final_push() -> None:
    """Nothing is fetched, and the summary says when how much was final."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        closing = Closing(market)
        async with closing.running(), asyncio.TaskGroup() as tasks:
            released = tasks.create_task(closing.released())
            await closing.until(2.1)
            closing.push("AUSDT", "BUSDT")
            await closing.until(2.4)
            closing.push("CUSDT")
        assert released.result() == 2.4
        assert market.asked == []
        assert closing.summary == CloseSummary(BOUNDARY_MS, 3, {2: 0, 3: 1, 5: 1, 10: 1}, 0, 0, 0, 0, 2.4)

    play(scenario)


def test_what_lacks_is_fetched_at_3_s() -> None:
    """In one burst; the answer of REST releases the cycle."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        closing = Closing(market)
        async with closing.running():
            await closing.until(2.1)
            closing.push("AUSDT")
            assert await closing.released() == 3
        assert {request.symbol for request in market.asked} == {"BUSDT", "CUSDT"}
        assert (closing.summary.fetched, closing.summary.missing) == (2, 0)

    play(scenario)


def test_what_only_rest_has_said_is_asked_for_once_more() -> None:
    """When the watch is over: three seconds after a bar's end REST may have lacked its last trades."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        closing = Closing(market)
        async with closing.running():
            await closing.until(2.1)
            closing.push("AUSDT")
            await closing.until(5)
            market.source.requests.clear()
            market.source.faults["CUSDT", "5m"] = ExchangeUnreachable("venue.test", "refused")
            await closing.until(20)
        assert [(request.symbol, request.timeframe) for request in market.asked] == [("BUSDT", M5), ("CUSDT", M5)]
        assert repr(closing.audit) == "<AuditPlan 3 series, 1 of them before their turn>"

    play(scenario)


def test_what_a_stream_has_said_after_rest_is_not_asked_for_again() -> None:
    """Its late final push shows the last trades, which the answer of REST lacked."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        closing = Closing(market)
        async with closing.running():
            await closing.until(2.1)
            closing.push("AUSDT")
            await closing.until(5)
            assert {request.symbol for request in market.asked} == {"BUSDT", "CUSDT"}
            closing.live.take(CandlePushes([market.push("BUSDT", trades=1e6)]))
            await closing.until(20)
        assert [request.symbol for request in market.asked] == ["CUSDT"]

    play(scenario)


def test_what_no_stream_will_bring_is_fetched_at_2_s() -> None:
    """Of one nothing was heard since the streams came in the middle of the bar; who is down may come back."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        closing = Closing(market, live_ms=START_MS)
        closing.live.take(CandlePushes([market.push("AUSDT", is_final=False), market.push("BUSDT", is_final=False)]))
        closing.live.take(Reconnecting(("BUSDT",), START_MS + 1_000, "closed"))
        async with closing.running(), asyncio.TaskGroup() as tasks:
            released = tasks.create_task(closing.released())
            await closing.until(2.01)
            assert {request.symbol for request in market.asked} == {"CUSDT"}
            closing.push("AUSDT")
        assert released.result() == 3

    play(scenario)


def test_a_longer_bar_that_does_not_follow_is_fetched_at_once() -> None:
    """Its 5m bar has come, late, and nobody knows the units to roll it up: there is nothing more to wait for."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        closing = Closing(market)
        market.larger.use(())
        boundary_ms = BOUNDARY_MS + 2 * M5.ms
        async with closing.running():
            await market.clock.sleep_until(boundary_ms + 2_100)
            closing.push("AUSDT", "BUSDT")
            market.source.faults["CUSDT", "5m"] = ExchangeUnreachable("venue.test", "refused")
            market.source.requests.clear()
            await market.clock.sleep_until(boundary_ms + 3_200)
            assert {(request.symbol, request.timeframe) for request in market.asked} == {
                *(("AUSDT", M15), ("BUSDT", M15), ("CUSDT", M5))
            }
            closing.push("CUSDT")
            await market.clock.sleep_until(boundary_ms + 3_300)
            assert [(request.symbol, request.timeframe) for request in market.asked] == [("CUSDT", M15)]
        assert closing.barrier.summaries[-1].released_s == 3.2

    play(scenario)


def test_after_5_s_the_missing_are_named(caplog: pytest.LogCaptureFixture) -> None:
    """They are fetched on until 15 s; what lacks then is a gap."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        market.source.faults["CUSDT"] = ExchangeUnreachable("venue.test", "refused")
        closing = Closing(market)
        async with closing.running():
            await closing.until(2.1)
            closing.push("AUSDT", "BUSDT")
            assert await closing.released() == 5
            await closing.until(16)
            assert [request.symbol for request in market.asked] == ["CUSDT"] * 5
            assert (closing.summary.missing, closing.summary.lost) == (1, 1)
            del market.source.faults["CUSDT"]
            async with market.beside(closing.gaps.run()):
                await market.pass_s(1)
        assert closing.gaps.snapshot().repaired_total == 1

    with caplog.at_level(logging.INFO):
        play(scenario)
    assert "close of 2025-11-23 10:05:00 UTC: 1 bars are not final yet" in caplog.text


def test_what_was_named_as_missing_is_late_until_it_comes() -> None:
    """Not before the cycle was let go, not of another boundary, and not for ever."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        market.source.faults["CUSDT"] = ExchangeUnreachable("venue.test", "refused")
        closing = Closing(market)
        late = closing.barrier.late
        async with closing.running():
            await closing.until(2.1)
            closing.push("AUSDT", "BUSDT")
            await closing.until(4.9)
            assert late(M5, BOUNDARY_MS) == ()
            await closing.until(5.1)
            assert (late(M5, BOUNDARY_MS), late(M15, BOUNDARY_MS)) == ({"CUSDT"}, frozenset())
            assert late(M5, BOUNDARY_MS - M5.ms) == ()
            await closing.until(15.1)
            assert late(M5, BOUNDARY_MS) == ()

    play(scenario)


def test_nothing_is_late_where_nothing_has_come() -> None:
    """Streams and REST are both down: who asks hears from the venue why."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        market.source.faults |= dict.fromkeys(SYMBOLS, ExchangeUnreachable("venue.test", "refused"))
        closing = Closing(market)
        async with closing.running():
            await closing.until(5.1)
            assert closing.barrier.late(M5, BOUNDARY_MS) == ()

    play(scenario)


def test_a_quiet_symbol_is_closed_by_rule_at_2_s() -> None:
    """Its bar repeats the close before, and is audited first."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        closing = Closing(market, live_ms=BOUNDARY_MS - M5.ms)
        for second in range(-1, 303):
            event_ms = BOUNDARY_MS - M5.ms + second * 1_000
            closing.live.take(MarketTraded(event_ms, {"AUSDT": 1.0, "BUSDT": 1.0}))
        async with closing.running(), asyncio.TaskGroup() as tasks:
            released = tasks.create_task(closing.released())
            await closing.until(1.9)
            closing.push("AUSDT", "BUSDT")
        assert released.result() == 2
        block = market.store.block(M5, ["CUSDT"], BOUNDARY_MS - M5.ms, 2)
        assert block.values[:, 0, 1].tolist() == [block.values[3, 0, 0]] * 4 + [0.0] * 5
        assert closing.summary.inferred == 1
        assert repr(closing.audit) == "<AuditPlan 3 series, 1 of them before their turn>"

    play(scenario)


def test_a_symbol_that_is_watched_no_longer_is_not_waited_for() -> None:
    """A delisting in the middle of a close."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        closing = Closing(market)
        async with closing.running(), asyncio.TaskGroup() as tasks:
            released = tasks.create_task(closing.released())
            await closing.until(2.1)
            closing.barrier.forget(["CUSDT"])
            closing.push("AUSDT", "BUSDT")
        assert released.result() == 2.1

    play(scenario)


def test_while_it_does_not_run_rests_own_rule_holds() -> None:
    """Two seconds after a bar's end REST may be asked, before the first boundary and after the end."""

    async def scenario(market: VirtualMarket) -> None:
        closing = Closing(market)
        assert await closing.released() == 2
        async with closing.running():
            await market.pass_s(1)
            await closing.barrier.settled(BOUNDARY_MS)

    play(scenario)


def test_the_end_of_the_program_lets_everybody_go() -> None:
    """Who waits for a close is not left behind."""

    async def scenario(market: VirtualMarket) -> None:
        closing = Closing(market)
        async with asyncio.TaskGroup() as tasks, closing.running():
            await market.pass_s(1)
            released = tasks.create_task(closing.released())
            await market.pass_s(1)
        assert released.result() < 0

    play(scenario)

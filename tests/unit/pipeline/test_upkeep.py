"""Everything that keeps memory current runs together and ends together."""

import asyncio

from eliteflow.config import DataSettings, Settings
from eliteflow.model.stream_event import CandlePushes, Reconnecting, StreamsLive
from eliteflow.pipeline.upkeep import DAY_MS, GRACE_MS, Upkeep, rolled_up
from tests.unit.pipeline.live_bars import H1, M5, M15, FakeStream, push_of
from tests.unit.pipeline.virtual_market import INSTRUMENTS, SYMBOLS, VirtualMarket, play


class OpenStream(FakeStream):
    """A stream that goes on until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = asyncio.Event()

    async def events(self):  # type: ignore[no-untyped-def]  # as the base class has it
        """Wait for the end."""
        for event in self.said:
            yield event
        await self.closed.wait()


def upkeep_of(market: VirtualMarket, stream: FakeStream, settings: Settings | None = None) -> Upkeep:
    """Return the upkeep of the market's memory."""
    settings = settings or Settings()
    return Upkeep(market.store, market.source, market.fetcher, stream, market.larger, market.clock, settings)


def test_it_ends_with_the_streams_and_takes_everything_along() -> None:
    """No task is left, and nothing counts as heard any more."""

    async def scenario(market: VirtualMarket) -> None:
        stream = OpenStream()
        upkeep = upkeep_of(market, stream)
        upkeep.watch(INSTRUMENTS)
        upkeep.live.take(StreamsLive(SYMBOLS, market.clock.now_ms()))
        running = asyncio.create_task(upkeep.run())
        await market.pass_s(1)
        assert {task.get_name() for task in asyncio.all_tasks()} >= {
            *("CloseBarrier", "GapRepair", "Deepening", "Auditor")
        }
        assert upkeep.snapshot().down == 0
        stream.closed.set()
        await running
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await market.pass_s(GRACE_MS / 1000)
        assert upkeep.snapshot().down == 3

    play(scenario)


def test_memory_counts_as_degraded_after_a_while_only() -> None:
    """A connection that is replaced is no trouble."""

    async def scenario(market: VirtualMarket) -> None:
        upkeep = upkeep_of(market, FakeStream())
        upkeep.watch(INSTRUMENTS)
        upkeep.live.take(StreamsLive(SYMBOLS, market.clock.now_ms()))
        upkeep.live.take(Reconnecting(("AUSDT",), market.clock.now_ms(), "closed"))
        await market.pass_s(GRACE_MS / 1000 - 0.1)
        degraded = [upkeep.is_degraded]
        await market.pass_s(0.1)
        degraded.append(upkeep.is_degraded)
        upkeep.live.take(StreamsLive(("AUSDT",), market.clock.now_ms()))
        degraded.append(upkeep.is_degraded)
        assert degraded == [False, True, False]

    play(scenario)


def test_a_contract_that_is_gone_stays_in_memory_for_a_day() -> None:
    """It is neither waited for nor audited nor deepened; one that comes back is not dropped."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        upkeep = upkeep_of(market, FakeStream())
        upkeep.watch(INSTRUMENTS)
        upkeep.watch(INSTRUMENTS[:1])
        assert upkeep.deepening.symbols == SYMBOLS[:1]
        assert repr(upkeep.auditor.plan) == "<AuditPlan 3 series, 0 of them before their turn>"
        await market.pass_s(60)
        upkeep.watch(INSTRUMENTS[:2])
        await market.pass_s(DAY_MS / 1000 - 61)
        upkeep.watch(INSTRUMENTS[:2])
        assert "CUSDT" in market.store.symbols
        await market.pass_s(1)
        upkeep.watch(INSTRUMENTS[:2])
        assert [*market.store.symbols] == ["AUSDT", "BUSDT"]

    play(scenario)


def test_a_larger_bar_that_does_not_follow_from_its_parts_is_audited_early() -> None:
    """Once it has settled; nobody else compares it before its turn, days later."""

    async def scenario(market: VirtualMarket) -> None:
        upkeep = upkeep_of(market, FakeStream())
        upkeep.watch(INSTRUMENTS)
        odd = push_of("AUSDT", 2)
        odd.candle.volume = 1 / 3
        upkeep.live.take(CandlePushes([push_of("AUSDT", 0), push_of("AUSDT", 1), odd]))
        assert repr(upkeep.auditor.plan) == "<AuditPlan 9 series, 1 of them before their turn>"
        fetch = upkeep.auditor.plan.take(market.clock.now_ms())
        assert fetch is not None
        assert (fetch.symbol, fetch.timeframe) == ("AUSDT", M15)

    play(scenario)


def test_revisions_are_counted() -> None:
    """Of streams and of REST; what repeats itself is none."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        upkeep = upkeep_of(market, FakeStream())
        upkeep.watch(INSTRUMENTS)
        push = market.push("AUSDT")
        open_ms = push.candle.open_time_ms + M5.ms
        await market.clock.sleep_until(open_ms + M5.ms)
        final, more = market.push("AUSDT"), market.push("AUSDT", trades=1e6)
        for pushed in (final, final, more):
            upkeep.live.take(CandlePushes([pushed]))
        assert upkeep.snapshot().revised == 1
        market.source.revisions["AUSDT", "5m", open_ms - M5.ms] = 1.0
        await market.fill()
        assert upkeep.snapshot().revised > 1

    play(scenario)


def test_what_follows_from_5m_depends_on_what_is_streamed() -> None:
    """With everything streamed, or nothing, every timeframe stands for itself."""
    assert rolled_up(Settings()) == [H1, M15, M5]
    assert rolled_up(Settings(data=DataSettings(streams="all"))) == []
    assert rolled_up(Settings(data=DataSettings(streams="off"))) == []

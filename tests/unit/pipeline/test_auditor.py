"""Memory is compared with the venue in the background, and ends as the venue has it."""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from eliteflow.errors import ExchangeUnreachable, RequestRejected
from eliteflow.model.candle import FIELDS
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.audit import AuditPlan
from eliteflow.pipeline.auditor import Auditor
from eliteflow.pipeline.merge import stream_version
from eliteflow.testing.memory_source import MemorySource
from tests.unit.pipeline.live_bars import H1, HOUR_MS, M5
from tests.unit.pipeline.virtual_market import SYMBOLS, VirtualMarket, play

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLOSE = FIELDS.index("close")
BAR_MS = HOUR_MS + H1.ms - 3 * M5.ms
"""A bar that closed some minutes ago."""


def auditor_of(market: VirtualMarket, *symbols: str, others: Sequence[Timeframe] = ()) -> Auditor:
    """Return an auditor of some symbols."""
    plan = AuditPlan(seed=1, others=others)
    plan.watch(symbols)
    return Auditor(market.store, market.source, market.clock, plan)


def held_close(market: VirtualMarket, symbol: str = "AUSDT") -> float:
    """Return what memory has for the close of the bar."""
    return float(market.store.block(M5, [symbol], BAR_MS, 1).values[CLOSE, 0, 0])


def test_a_bar_that_differs_is_replaced_and_told(caplog: pytest.LogCaptureFixture) -> None:
    """With the value that memory had and the venue's; what is equal is not mentioned."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        before = held_close(market)
        market.source.revisions["AUSDT", "5m", BAR_MS] = before + 1
        auditor = auditor_of(market, *SYMBOLS)
        async with market.beside(auditor.run()):
            await market.pass_s(2.5 * 3 * 2)
        assert held_close(market) == before + 1
        assert (auditor.audits, auditor.mismatches) == (6, 1)
        assert market.store.revision("AUSDT", M5) == 1

    with caplog.at_level(logging.INFO):
        play(scenario)
    (message,) = caplog.messages
    assert message.startswith(
        "audit: AUSDT 5m differs from the venue in 1 bars, the newest 2025-11-23 09:45:00 UTC: close "
    )


@pytest.mark.parametrize("differs", [True, False])
def test_where_a_larger_bar_differs_its_parts_are_compared_next(differs: bool) -> None:
    """They may be what the venue has corrected; nobody else would look at them before their turn."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill(H1)
        auditor = auditor_of(market, "AUSDT", *(f"COIN{number}USDT" for number in range(40)), others=(H1,))
        auditor.plan.doubt(["AUSDT"], market.clock.now_ms(), H1)
        if differs:
            market.source.revisions["AUSDT", "1h", HOUR_MS] = 123.0
        async with market.beside(auditor.run()):
            await market.pass_s(5)
        first, second = [(request.symbol, request.timeframe) for request in market.asked]
        assert first == ("AUSDT", H1)
        assert (second == ("AUSDT", M5)) is differs

    play(scenario)


@pytest.mark.parametrize(
    ("error", "pause_s"),
    [(ExchangeUnreachable("venue.test", "refused"), 30), (RequestRejected("/klines", -1, "no"), 105)],
)
def test_a_request_that_may_succeed_later_is_made_again(error: Exception, pause_s: float) -> None:
    """Half a minute later; what is refused for good waits for its turn."""

    async def scenario(market: VirtualMarket) -> None:
        names = [f"COIN{number}USDT" for number in range(40)]
        auditor = auditor_of(market, *names)
        async with market.beside(auditor.run()):
            await market.pass_s(1)
            (first,) = market.asked
            market.source.faults[first.symbol] = error
            asked_s: list[float] = []
            for _ in range(240):
                await market.pass_s(1)
                asked_s += [market.now_s for request in market.asked if request.symbol == first.symbol]
        assert asked_s[1] - asked_s[0] == pause_s

    play(scenario)


def test_what_a_stream_says_meanwhile_is_not_overwritten() -> None:
    """A correction that comes while the answer is under way is newer than the answer."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        values = market.store.block(M5, ["AUSDT"], BAR_MS, 1).values[:, :, 0].copy()
        values[CLOSE] += 1
        values[FIELDS.index("trades")] += 1
        older_ms = BAR_MS - M5.ms
        market.source.revisions["AUSDT", "5m", older_ms] = 123.0
        market.source.gate = asyncio.Event()
        auditor = auditor_of(market, "AUSDT")
        async with market.beside(auditor.run()):
            await market.pass_s(1)
            market.store.close_bar(M5, BAR_MS, ["AUSDT"], values, stream_versions(market))
            market.source.gate.set()
            await market.pass_s(1)
        assert market.store.block(M5, ["AUSDT"], BAR_MS, 2).values[CLOSE, 0].tolist() == [123.0, values[CLOSE, 0]]
        assert auditor.mismatches == 1

    play(scenario)


def stream_versions(market: VirtualMarket) -> "NDArray[np.int64]":
    """Return the number of what a stream says at this moment."""
    return np.array([stream_version(market.clock.now_ms())], np.int64)


def test_the_pace_is_that_of_the_venues_own_limit() -> None:
    """A source that knows it is asked before each audit: exchangeInfo may tell another limit later."""

    class Testnet(MemorySource):
        weight_limit = 6_000

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        source = Testnet(market.clock)
        plan = AuditPlan(seed=1)
        plan.watch(SYMBOLS)
        async with market.beside(Auditor(market.store, source, market.clock, plan).run()):
            await market.pass_s(10.5)
            assert len(source.requests) == 11
            source.weight_limit = 2_400
            await market.pass_s(10)
        assert len(source.requests) == 11 + 4

    play(scenario)


def test_nothing_is_asked_while_nothing_is_watched() -> None:
    """Until the universe is known."""

    async def scenario(market: VirtualMarket) -> None:
        auditor = auditor_of(market)
        async with market.beside(auditor.run()):
            await market.pass_s(10)
            assert market.asked == []
            auditor.plan.watch(SYMBOLS)
            await market.pass_s(2)
        assert len(market.asked) == 1

    play(scenario)

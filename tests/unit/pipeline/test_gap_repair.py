"""Bars that may have been lost are looked for, and those that were are fetched until they are there."""

import logging

import pytest

from eliteflow.errors import ExchangeUnreachable
from eliteflow.model.stream_event import CandlePushes
from eliteflow.pipeline.gap_repair import GapRepair, GapSnapshot
from tests.unit.pipeline.live_bars import HOUR_MS, M5
from tests.unit.pipeline.virtual_market import START_MS, SYMBOLS, VirtualMarket, play

HEAD_MS = HOUR_MS + 11 * M5.ms
"""The newest closed bar at the start; it closed a minute ago."""
UNREACHABLE = ExchangeUnreachable("venue.test", "refused")


def repair_of(market: VirtualMarket) -> GapRepair:
    """Return the repair of 5m streams."""
    return GapRepair(market.store, market.fetcher, market.clock, (M5,))


def newest(market: VirtualMarket, symbol: str) -> int | None:
    """Return the newest closed bar in memory."""
    return market.store.newest_closed_ms(symbol, M5)


def test_what_a_dead_stream_lost_is_fetched_once_it_lives_again(caplog: pytest.LogCaptureFixture) -> None:
    """In one request for each symbol; found and repaired are said once each."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        repair = repair_of(market)
        async with market.beside(repair.run()):
            repair.lost(SYMBOLS[:2], START_MS, "closed")
            assert repair.snapshot() == GapSnapshot(down=2, open=0, repaired_total=0)
            await market.pass_s(250)
            repair.live(SYMBOLS[:2], market.clock.now_ms())
            await market.pass_s(1)
        assert [request.symbol for request in market.asked] == ["AUSDT", "BUSDT"]
        assert [newest(market, symbol) for symbol in SYMBOLS] == [HEAD_MS + M5.ms, HEAD_MS + M5.ms, HEAD_MS]
        assert repair.snapshot() == GapSnapshot(down=0, open=0, repaired_total=2)

    with caplog.at_level(logging.INFO):
        play(scenario)
    assert caplog.messages == [
        "gap: 2 symbols lack 5m bars (up to 1, closed); they are being fetched",
        "gap repaired: 2 symbols of 5m, 0 still open",
    ]


def test_what_is_there_already_costs_nothing() -> None:
    """The bar may have been fetched at its close."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        repair = repair_of(market)
        async with market.beside(repair.run()):
            repair.suspect(M5, SYMBOLS, HEAD_MS)
            await market.pass_s(1)
        assert market.asked == []
        assert repair.snapshot() == GapSnapshot(0, 0, 0)

    play(scenario)


def test_a_gap_stays_open_until_the_venue_answers() -> None:
    """It is asked for again after 5, 10, 20 seconds, inside the weight budget."""

    async def scenario(market: VirtualMarket) -> None:
        market.bars = 3
        await market.fill()
        market.source.faults["AUSDT"] = UNREACHABLE
        repair = repair_of(market)
        async with market.beside(repair.run()):
            repair.suspect(M5, ["AUSDT"], HEAD_MS - 5 * M5.ms)
            await market.pass_s(34)
            assert (repair.snapshot().open, len(market.asked)) == (1, 3)
            del market.source.faults["AUSDT"]
            await market.pass_s(2)
        assert repair.snapshot() == GapSnapshot(0, 0, 1)
        assert market.store.versions(M5, ["AUSDT"], HEAD_MS - 5 * M5.ms, 1)[0, 0] > 0

    play(scenario)


def test_gaps_while_the_streams_stay_down_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Each close lacks its bars and is repaired; that is what degraded means, and no news."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        repair = repair_of(market)
        async with market.beside(repair.run()):
            repair.lost(SYMBOLS, START_MS, "unreachable")
            await market.pass_s(1_000)
        assert repair.snapshot() == GapSnapshot(down=3, open=0, repaired_total=9)

    with caplog.at_level(logging.INFO):
        play(scenario)
    assert [message.partition(":")[0] for message in caplog.messages] == ["gap", "gap repaired"]


def test_a_symbol_that_is_forgotten_is_not_looked_for() -> None:
    """It is watched no longer."""

    async def scenario(market: VirtualMarket) -> None:
        repair = repair_of(market)
        repair.suspect(M5, ["AUSDT"], HEAD_MS)
        repair.forget(["AUSDT"])
        async with market.beside(repair.run()):
            await market.pass_s(60)
        assert market.asked == []

    play(scenario)


def test_a_push_that_comes_late_ends_the_gap() -> None:
    """Whatever brings the bar."""

    async def scenario(market: VirtualMarket) -> None:
        market.bars = 1
        await market.fill()
        market.source.faults["AUSDT"] = UNREACHABLE
        repair = repair_of(market)
        async with market.beside(repair.run()):
            await market.pass_s(250)
            repair.suspect(M5, ["AUSDT"], HEAD_MS + M5.ms)
            await market.pass_s(1)
            assert repair.snapshot().open == 1
            market.store.push(CandlePushes([market.push("AUSDT")]).pushes)
            await market.pass_s(6)
        assert repair.snapshot() == GapSnapshot(0, 0, 1)

    play(scenario)

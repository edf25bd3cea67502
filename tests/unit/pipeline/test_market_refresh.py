"""Memory is brought up to date with as few requests as it takes."""

from collections.abc import Collection

import pytest

from eliteflow.errors import DataGap, ExchangeUnreachable, StaleData
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.closes import Closes, RestCloses
from eliteflow.pipeline.market_call import MarketCall
from eliteflow.pipeline.market_refresh import MarketRefresher
from tests.unit.pipeline.live_bars import H1, HOUR_MS, M5, M15
from tests.unit.pipeline.virtual_market import START_MS, SYMBOLS, VirtualMarket, play

EVERYTHING = (H1, M15, M5)
END_MS = HOUR_MS + H1.ms


class LateCloses(RestCloses):
    """Closes of which the bars of one symbol are still being fetched."""

    def late(self, timeframe: Timeframe, boundary_ms: int) -> Collection[str]:
        """Return that symbol."""
        return {"CUSDT"}


async def refreshed(
    market: VirtualMarket,
    *timeframes: Timeframe,
    limit: int = 50,
    closes: Closes | None = None,
    leaves_late: bool = False,
) -> MarketCall:
    """Carry out a call about all symbols."""
    call = MarketCall(SYMBOLS, timeframes or EVERYTHING, limit, market.clock.now_ms(), leaves_late=leaves_late)
    closes = closes or RestCloses(market.clock)
    refresher = MarketRefresher(market.store, market.fetcher, market.clock, closes, market.larger, spare_rows=0)
    await refresher.run(call)
    return call


def asked(market: VirtualMarket) -> dict[Timeframe, set[int]]:
    """Return how many rows were asked for, by timeframe."""
    rows: dict[Timeframe, set[int]] = {}
    for request in market.asked:
        rows.setdefault(request.timeframe, set()).add(request.limit)
    return rows


def test_an_empty_memory_is_filled_with_what_the_weight_buys() -> None:
    """One request a series, 99 rows for the price of 50."""

    async def scenario(market: VirtualMarket) -> None:
        call = await refreshed(market)
        assert (call.failures, call.tally.requests) == ({}, 9)
        assert asked(market) == {H1: {99}, M15: {99}, M5: {99}}
        assert (await refreshed(market)).tally.requests == 0

    play(scenario)


@pytest.mark.parametrize("away_s", [600, 1_500, 3_600, 5 * 3_600, 24 * 3_600])
def test_after_a_pause_5m_alone_is_fetched_where_15m_and_1h_follow(away_s: float) -> None:
    """Parts go before larger bars, and the requests for those fall away."""

    async def scenario(market: VirtualMarket) -> None:
        market.bars = 400
        await market.fill(*EVERYTHING)
        await market.pass_s(away_s)
        call = await refreshed(market)
        assert asked(market).keys() == {M5}
        assert (call.failures, call.tally.requests) == ({}, 3)

    play(scenario)


def test_what_cannot_follow_is_fetched_itself() -> None:
    """Memory has too few 5m bars for the larger ones, and filling them up would cost more than it saves."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill(*EVERYTHING)
        await market.pass_s(60 * 3_600)
        assert asked(market) == {}
        call = await refreshed(market)
        assert call.failures == {}
        assert asked(market).keys() == {H1, M15, M5}

    play(scenario)


def test_a_bar_that_has_only_just_closed_is_waited_for() -> None:
    """Two seconds after its end the venue's word counts."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        await market.clock.sleep_until(END_MS + M5.ms + 500)
        call = await refreshed(market, M5)
        assert call.failures == {}
        assert call.waited_s == pytest.approx(1.5)
        assert market.store.newest_closed_ms("AUSDT", M5) == END_MS

    play(scenario, start_ms=START_MS)


@pytest.mark.parametrize("leaves_late", [False, True])
def test_a_late_bar_is_left_to_whoever_fetches_it_already(leaves_late: bool) -> None:
    """And named as missing at once, if that was asked for."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        await market.clock.sleep_until(END_MS + M5.ms + 5_000)
        call = await refreshed(market, M5, closes=LateCloses(market.clock), leaves_late=leaves_late)
        assert {request.symbol for request in market.asked} == {*SYMBOLS} - ({"CUSDT"} if leaves_late else set())
        assert {symbol: type(error) for (symbol, _), error in call.failures.items()} == (
            {"CUSDT": StaleData} if leaves_late else {}
        )

    play(scenario, start_ms=START_MS)


def test_a_series_that_lacks_more_than_its_late_bar_is_fetched() -> None:
    """Nobody else looks after its older bars at that moment."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        await market.clock.sleep_until(END_MS + 2 * M5.ms + 5_000)
        call = await refreshed(market, M5, closes=LateCloses(market.clock), leaves_late=True)
        assert (call.failures, call.tally.requests) == ({}, 3)

    play(scenario, start_ms=START_MS)


def test_what_could_not_be_had_stands_in_the_failures() -> None:
    """With the reason of the request, or with what memory lacks where every request went well."""

    async def scenario(market: VirtualMarket) -> None:
        await market.fill()
        await market.pass_s(600)
        market.source.faults["AUSDT"] = ExchangeUnreachable("venue.test", "refused")
        market.source.missing_ms.add(END_MS)
        market.source.listed_ms["CUSDT"] = END_MS + M5.ms
        call = await refreshed(market, M5)
        assert {symbol: type(error) for (symbol, _), error in call.failures.items()} == {
            "AUSDT": ExchangeUnreachable,
            "BUSDT": DataGap,
            "CUSDT": DataGap,
        }
        market.source.silent_ms = END_MS + 2 * M5.ms
        await market.pass_s(600)
        market.source.faults.clear()
        call = await refreshed(market, M5)
        assert {type(error) for error in call.failures.values()} == {StaleData}

    play(scenario)

"""Tests of the client's methods against a venue inside the test, in virtual time."""

import asyncio

import pytest

from eliteflow.clock import Clock
from eliteflow.config import RestSettings, Settings, VenueSettings
from eliteflow.errors import ConfigError, InvalidArgument, RequestRejected, UnknownSymbol
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.model.spend import Spend
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.ports import KlinesClient, SeriesSource
from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.unit.exchange.scripted_venue import ScriptedVenue, answer, venue_error
from tests.unit.exchange.test_wire import BTCUSDT, LIMITS, exchange_info

UNKNOWN = venue_error(400, -1121, "Invalid symbol.")


def client(venue: ScriptedVenue, clock: Clock) -> BinanceClient:
    """A client of a venue inside the test."""
    return BinanceClient(transport=venue, clock=clock)


def test_needs_no_argument() -> None:
    """It can be built anywhere, also outside an event loop, and means the production venue."""
    built = BinanceClient()
    assert (built.environment, built.host) == ("production", "fapi.binance.com")
    assert repr(built) == "<BinanceClient production fapi.binance.com>"


def test_an_emulator_needs_its_address() -> None:
    """A ConfigError says which setting."""
    with pytest.raises(ConfigError, match=r"venue\.rest_url"):
        BinanceClient(Settings(venue=VenueSettings(environment="emulator")))


async def test_is_what_the_pipeline_wants(clock: Clock) -> None:
    """Both protocols of `pipeline.ports` fit."""
    source: SeriesSource = client(ScriptedVenue(clock), clock)
    other: KlinesClient = client(ScriptedVenue(clock), clock)
    assert len(await source.fetch_series("BTCUSDT", Timeframe.M5, limit=3)) == 3
    assert len(await other.get_klines("BTCUSDT", "5m", 3)) == 3


async def test_a_series_is_asked_for_by_times_and_in_upper_case(clock: Clock) -> None:
    """Lower-case names are accepted."""
    venue = ScriptedVenue(clock)
    series = await client(venue, clock).fetch_series("btcusdt", Timeframe.H1, limit=99, start_ms=1, end_ms=2)
    assert len(series) == 99
    assert venue.requests[0].query == "symbol=BTCUSDT&interval=1h&limit=99&startTime=1&endTime=2"


async def test_an_unknown_symbol_is_named_with_the_nearest(clock: Clock) -> None:
    """Once the contracts were read; before, without."""
    venue = ScriptedVenue(clock, UNKNOWN, answer(exchange_info(BTCUSDT)), UNKNOWN, UNKNOWN, UNKNOWN)
    binance = client(venue, clock)
    with pytest.raises(UnknownSymbol, match="'BTCUSD' is not a trading perpetual; `eliteflow scan`"):
        await binance.fetch_series("btcusd", Timeframe.H1, limit=1)
    await binance.fetch_universe()
    for ask in (
        lambda: binance.fetch_series("btcusd", Timeframe.H1, limit=1),
        lambda: binance.get_klines("BTCUSD", "1h", 1),
        lambda: binance.get_ticker_24hr("BTCUSD"),
    ):
        with pytest.raises(UnknownSymbol, match="did you mean 'BTCUSDT'"):
            await ask()


async def test_another_rejection_stays_what_it_is(clock: Clock) -> None:
    """An unknown interval is not an unknown symbol."""
    venue = ScriptedVenue(clock, venue_error(400, -1120, "Invalid interval."))
    with pytest.raises(RequestRejected, match="Invalid interval"):
        await client(venue, clock).get_klines("BTCUSDT", "7m", 1)


async def test_a_wrong_limit_is_not_sent(clock: Clock) -> None:
    """The venue would charge 10 for it."""
    venue = ScriptedVenue(clock)
    with pytest.raises(InvalidArgument):
        await client(venue, clock).fetch_series("BTCUSDT", Timeframe.H1, limit=1501)
    assert venue.requests == []


async def test_the_universe_is_sorted_and_holds_only_trading_usdt_perpetuals(clock: Clock) -> None:
    """Stocks, quarterlies and those being settled stay out; all contracts are there for who asks."""
    eth = BTCUSDT | {"symbol": "AAVEUSDT"}
    gold = BTCUSDT | {"symbol": "XAUUSDT", "contractType": "TRADIFI_PERPETUAL"}
    info = answer(exchange_info(BTCUSDT, gold, eth, limits=LIMITS))
    binance = client(ScriptedVenue(clock, info, info), clock)
    assert [entry.symbol for entry in await binance.fetch_universe()] == ["AAVEUSDT", "BTCUSDT"]
    assert len(await binance.fetch_instruments()) == 3


@pytest.mark.parametrize("method", ["fetch_instruments", "get_exchange_info"])
async def test_the_venues_limit_is_taken_over(clock: Clock, method: str) -> None:
    """Whichever way exchangeInfo is read."""
    limits = [LIMITS[1] | {"limit": 6000}]
    binance = client(ScriptedVenue(clock, answer(exchange_info(BTCUSDT, limits=limits))), clock)
    await getattr(binance, method)()
    assert binance.snapshot().weight.limit == 6000


async def test_venue_time_is_learnt_by_halved_round_trips(clock: Clock) -> None:
    """The machine is three days slow, the way to the venue 60 ms long; the client's clock is right afterwards."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    wrong = loop.clock(clock.now_ms() - 3 * 24 * 3600 * 1000)
    venue = ScriptedVenue(clock, latency_s=0.06)
    binance = client(venue, wrong)
    assert not binance.snapshot().is_clock_synchronised
    await binance.synchronise_clock()
    assert abs(binance.clock.now_ms() - clock.now_ms()) <= 1
    assert len(venue.requests) == 4
    assert binance.snapshot().machine_offset_ms == pytest.approx(3 * 24 * 3600 * 1000, abs=2)


async def test_the_raw_methods_return_the_venues_own_words(clock: Clock) -> None:
    """Nothing is converted."""
    row = {"symbol": "BTCUSDT", "lastPrice": "1.50"}
    venue = ScriptedVenue(clock, answer([row]), answer(row), answer({"symbols": []}))
    binance = client(venue, clock)
    assert await binance.get_ticker_24hr() == [row]
    assert await binance.get_ticker_24hr("btcusdt") == row
    assert await binance.get_exchange_info() == {"symbols": []}
    assert await binance.get_server_time() == clock.now_ms() - 10
    rows = await binance.get_klines("BTCUSDT", "1h", start_time=5, end_time=6)
    assert len(rows) == 500
    assert rows[0][1] == "83137.90"
    assert "limit=500&startTime=5&endTime=6" in venue.requests[-1].query


async def test_tickers_are_typed(clock: Clock) -> None:
    """For the top N by 24 h quote volume; costs 40."""
    row = {
        "symbol": "BTCUSDT",
        "priceChangePercent": "1",
        "lastPrice": "2",
        "volume": "3",
        "quoteVolume": "4",
        "closeTime": 5,
        "count": 6,
    }
    binance = client(ScriptedVenue(clock, answer([row])), clock)
    assert [ticker.quote_volume for ticker in await binance.fetch_tickers()] == [4.0]
    assert binance.spend() == Spend(requests=1, weight=40)


async def test_requests_flow_without_batches(clock: Clock) -> None:
    """At most as many as set are under way, and the next starts as soon as one ends."""
    venue = ScriptedVenue(clock, latency_s=0.05)
    binance = BinanceClient(Settings(rest=RestSettings(max_in_flight=8)), transport=venue, clock=clock)
    await binance.get_server_time()
    await asyncio.gather(*(binance.fetch_series("BTCUSDT", Timeframe.H1, limit=50) for _ in range(80)))
    assert venue.most_under_way == 8
    assert asyncio.get_running_loop().time() == pytest.approx(0.1 + 10 * 0.1)


async def test_leaving_closes_the_connections(clock: Clock) -> None:
    """`async with` is enough."""
    venue = ScriptedVenue(clock)
    async with client(venue, clock) as binance:
        await binance.get_server_time()
    assert venue.is_closed


async def test_the_caller_learns_when_the_request_leaves(clock: Clock) -> None:
    """Waiting for weight comes before, the answer after, and a repetition leaves again."""
    binance = client(ScriptedVenue(clock, answer(b"", 500), latency_s=0.5), clock)
    binance.budget.hold(clock.now_ms() + 20_000)
    left_s: list[float] = []
    loop = asyncio.get_running_loop()
    await binance.fetch_series("BTCUSDT", Timeframe.H1, limit=3, on_sent=lambda: left_s.append(loop.time()))
    assert left_s[0] == pytest.approx(20, abs=0.01)
    assert left_s[1] == pytest.approx(21.3, abs=0.11)
    assert len(left_s) == 2


async def test_sharing_can_be_turned_off(clock: Clock) -> None:
    """An empty folder name: the program counts alone, and writes nothing."""
    alone = BinanceClient(Settings(rest=RestSettings(state_dir="")), transport=ScriptedVenue(clock), clock=clock)
    await alone.get_server_time()
    assert not alone.snapshot().weight.is_shared
    together = client(ScriptedVenue(clock), clock)
    await together.get_server_time()
    assert together.snapshot().weight.is_shared

"""The serial path: any history, one request after the other, and the list of contracts."""

import asyncio
import inspect
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from eliteflow.errors import DataGap, ExchangeUnreachable, InvalidArgument, MalformedPayload
from eliteflow.model.instrument import NO_DELIVERY_MS, Instrument
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.tally import Tally
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import make_series

M5 = Timeframe.M5


class ListingSource(MemorySource):
    """A source that also lists contracts."""

    exchange_info: Mapping[str, object] = {"symbols": []}

    async def get_exchange_info(self) -> Mapping[str, object]:
        """Return what the test wants."""
        return self.exchange_info


@pytest.fixture
def service(source: MemorySource) -> DataService:
    """A service over the venue in memory."""
    return DataService(source)


def contract(symbol: str, **other: str) -> dict[str, str]:
    """Return a contract of the universe, unless told otherwise."""
    traits = {"contractType": "PERPETUAL", "status": "TRADING", "quoteAsset": "USDT", "marginAsset": "USDT"}
    return {"symbol": symbol, **traits, **other}


async def test_the_universe_is_the_trading_usdt_perpetuals_on_coins(clock: ManualClock) -> None:
    """Everything else that the venue lists is left out; the venue's order is kept."""
    source = ListingSource(clock)
    source.exchange_info = {
        "symbols": [
            contract("ETHUSDT"),
            contract("TSLAUSDT", contractType="TRADIFI_PERPETUAL"),
            contract("OLDUSDT", status="SETTLING"),
            contract("BTCUSDC", quoteAsset="USDC", marginAsset="USDC"),
            contract("币安人生USDT"),
            contract("BTCUSDT_260327", contractType="CURRENT_QUARTER"),
        ]
    }
    service = DataService(source)
    assert service.all_symbols == []
    await service.initialize()
    assert service.all_symbols == ["ETHUSDT", "币安人生USDT"]
    service.all_symbols.clear()
    assert len(service.all_symbols) == 2


async def test_a_client_that_knows_the_universe_is_asked_for_it(clock: ManualClock) -> None:
    """Its own reading of the list is taken as it is."""
    service = DataService(UniverseKnower(clock))
    await service.initialize()
    assert service.all_symbols == ["BTCUSDT"]


class UniverseKnower(MemorySource):
    """A source with a typed list of contracts."""

    async def fetch_universe(self) -> list[Instrument]:
        """Return one contract."""
        one = Decimal(1)
        names = ("BTCUSDT", "BTCUSDT", "PERPETUAL", "TRADING", "BTC", "USDT", "USDT", "COIN")
        return [Instrument(*names, one, one, 0, NO_DELIVERY_MS)]


async def test_a_client_without_a_list_of_contracts_cannot_initialize(service: DataService) -> None:
    """The sentence says what it lacks."""
    with pytest.raises(InvalidArgument, match="get_exchange_info"):
        await service.initialize()


@pytest.mark.parametrize("answer", [{}, {"symbols": None}, {"symbols": [1]}])
async def test_an_answer_without_contracts_is_malformed(clock: ManualClock, answer: Mapping[str, object]) -> None:
    """The path to the fault is named."""
    source = ListingSource(clock)
    source.exchange_info = answer
    with pytest.raises(MalformedPayload, match=r"\$\.symbols"):
        await DataService(source).initialize()


async def test_klines_are_the_newest_closed_bars(service: DataService, clock: ManualClock) -> None:
    """200 by default, without the bar in progress."""
    frame = await service.get_klines("btcusdt", "5m")
    wanted = make_series(bars=200, head_ms=M5.newest_closed_ms(clock.now_ms()))
    np.testing.assert_array_equal(frame.to_numpy(), wanted.values.T)


async def test_a_bar_that_closed_a_second_ago_is_left_out(service: DataService, clock: ManualClock) -> None:
    """It is not trusted over REST yet, and this path does not wait."""
    clock.advance(4 * 60 + 1)
    assert clock.now_ms() % M5.ms == 1000
    frame = await service.get_klines("BTCUSDT", "5m", 1)
    assert frame.index[-1].timestamp() * 1000 == M5.newest_closed_ms(clock.now_ms()) - M5.ms


async def test_history_up_to_a_bar_that_has_just_closed_waits_for_it(
    service: DataService, clock: ManualClock, source: MemorySource
) -> None:
    """Whoever keeps the answer may take every row of it as closed."""
    clock.advance(4 * 60 + 0.5)
    head_ms = M5.newest_closed_ms(clock.now_ms())
    series = await service.fetch_history("BTCUSDT", M5, limit=3, end_ms=head_ms)
    assert clock.slept_until_ms == [head_ms + M5.ms + 2000]
    assert series.open_time_ms[-1] == head_ms
    await service.fetch_history("BTCUSDT", M5, limit=3, end_ms=head_ms + M5.ms)
    assert len(clock.slept_until_ms) == 1


async def test_a_range_may_be_given_in_milliseconds_or_as_datetimes(service: DataService) -> None:
    """Both ends are included, and no limit means all of it."""
    start, end = datetime(2025, 11, 23, 1, tzinfo=UTC), datetime(2025, 11, 23, 2, tzinfo=UTC)
    as_times = await service.get_klines("BTCUSDT", "5m", None, start, end)
    as_numbers = await service.get_klines(
        "BTCUSDT", "5m", None, start_time=int(start.timestamp() * 1000), end_time=int(end.timestamp() * 1000)
    )
    assert as_times.equals(as_numbers)
    assert (as_times.index[0], as_times.index[-1], len(as_times)) == (start, end, 13)


async def test_an_end_in_the_future_ends_now(service: DataService, clock: ManualClock) -> None:
    """Nothing unfinished is returned."""
    frame = await service.get_klines("BTCUSDT", "5m", 3, end_time=clock.now_ms() + 10 * M5.ms)
    assert frame.index[-1].timestamp() * 1000 == M5.newest_closed_ms(clock.now_ms())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": None}, "limit"),
        ({"interval": "7m"}, "timeframe"),
        ({"symbol": ""}, "symbol"),
        ({"start_time": "2025-11-23"}, "start_time"),
        ({"end_time": datetime(2025, 11, 23)}, "end_time"),  # noqa: DTZ001  # the mistake under test
    ],
)
async def test_arguments_that_cannot_be_meant_are_refused(
    service: DataService, source: MemorySource, arguments: dict[str, str], named: str
) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidArgument, match=named):
        await service.get_klines(**{"symbol": "BTCUSDT", "interval": "5m"} | arguments)  # type: ignore[arg-type]
    assert source.requests == []


async def test_several_timeframes_come_as_one_dict(service: DataService, source: MemorySource) -> None:
    """Those of the settings by default, 200 bars each, and what it cost."""
    result = await service.get_multi_timeframe_data("btcusdt")
    assert {timeframe: len(frame) for timeframe, frame in result.items()} == {"1h": 200, "15m": 200, "5m": 200}
    assert (result.report.requests, result.report.weight) == (3, 6)
    assert not result.errors


async def test_a_failure_empties_the_result_and_is_named(service: DataService, source: MemorySource) -> None:
    """Nothing is raised for what the venue does, and nothing is asked after the first failure."""
    source.faults["BTCUSDT", "15m"] = ExchangeUnreachable("host", "timed out")
    result = await service.get_multi_timeframe_data("BTCUSDT")
    assert result == {}
    assert result.errors["BTCUSDT"] is source.faults["BTCUSDT", "15m"]
    assert [request.timeframe for request in source.requests] == ["1h", "15m"]


async def test_a_hole_at_the_venue_is_named(service: DataService, source: MemorySource, clock: ManualClock) -> None:
    """A frame with a missing bar is never handed out as whole."""
    source.missing_ms = {M5.newest_closed_ms(clock.now_ms()) - 3 * M5.ms}
    result = await service.get_multi_timeframe_data("BTCUSDT", ["5m"])
    assert isinstance(result.errors["BTCUSDT"], DataGap)


def test_the_signatures_are_the_ones_users_know() -> None:
    """Names, order and defaults."""
    assert [*inspect.signature(DataService).parameters][:3] == ["binance_client", "perf_monitor", "websocket_monitor"]
    klines = inspect.signature(DataService.get_klines).parameters
    assert [(name, parameter.default) for name, parameter in klines.items()][3:] == [
        ("limit", 200),
        ("start_time", None),
        ("end_time", None),
    ]


def test_monitors_have_no_effect_and_are_refused(source: MemorySource) -> None:
    """They are not ignored silently."""
    with pytest.raises(InvalidArgument, match="perf_monitor"):
        DataService(source, perf_monitor=object())  # type: ignore[arg-type]  # the mistake under test


async def test_history_is_timed_from_the_requests_leaving(
    service: DataService, source: MemorySource, clock: ManualClock
) -> None:
    """Not from when it joined the queue."""
    source.line = asyncio.Event()
    tally = Tally()
    end_ms = M5.newest_closed_ms(clock.now_ms() - 60_000)
    request = asyncio.create_task(service.fetch_history("BTCUSDT", M5, limit=10, end_ms=end_ms, tally=tally))
    await asyncio.sleep(0)
    clock.advance(30)
    source.gate = asyncio.Event()
    source.line.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    clock.advance(2)
    source.gate.set()
    assert len(await request) == 10
    assert tally.data_s == 2.0

"""Tests of every answer but candles."""

import gzip
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from eliteflow.errors import MalformedPayload
from eliteflow.exchange import wire

# The live fixture of reference A.8, cut to what is read, one filter moved: their order varies from row to row.
BTCUSDT = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "underlyingType": "COIN",
    "deliveryDate": 4133404800000,
    "onboardDate": 1567965300000,
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "filters": [
        {"filterType": "LOT_SIZE", "stepSize": "0.001", "maxQty": "1000", "minQty": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.010"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "PRICE_FILTER", "minPrice": "556.80", "maxPrice": "4529764", "tickSize": "0.10"},
    ],
}
LIMITS = [
    {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
]


def exchange_info(*symbols: dict[str, object], limits: list[dict[str, object]] | None = None) -> bytes:
    """An exchangeInfo answer."""
    return msgspec.json.encode({"timezone": "UTC", "rateLimits": limits or [], "symbols": symbols})


def test_contracts_carry_exact_decimals_by_filter_type() -> None:
    """BTCUSDT has a precision of 2 and a tick of 0.10: the filter counts, not the precision, nor its place."""
    info = wire.decode_exchange_info(exchange_info(BTCUSDT, limits=LIMITS))
    [instrument] = info.instruments
    assert (instrument.tick_size, instrument.step_size) == (Decimal("0.10"), Decimal("0.001"))
    assert (instrument.onboard_ms, instrument.delivery_ms) == (1_567_965_300_000, 4_133_404_800_000)
    assert instrument.is_in_universe
    assert info.weight_limit == 2400


def test_a_venue_may_leave_out_its_limit() -> None:
    """Then the one in use stays."""
    assert wire.decode_exchange_info(exchange_info()).weight_limit is None


def test_an_old_contract_without_filters_is_left_out() -> None:
    """Nobody trades it."""
    old = BTCUSDT | {"status": "SETTLING", "filters": []}
    assert wire.decode_exchange_info(exchange_info(old)).instruments == ()


@pytest.mark.parametrize(("missing", "place"), [("LOT_SIZE", 0), ("PRICE_FILTER", 3)])
def test_a_trading_contract_without_a_filter_is_malformed(missing: str, place: int) -> None:
    """Its volumes could not be rounded."""
    filters = BTCUSDT["filters"]
    assert isinstance(filters, list)
    broken = BTCUSDT | {"filters": filters[:place] + filters[place + 1 :]}
    with pytest.raises(MalformedPayload) as found:
        wire.decode_exchange_info(exchange_info(BTCUSDT, broken))
    assert found.value.path == "exchangeInfo $.symbols[1].filters"
    assert found.value.reason == f"BTCUSDT has no {missing}"


def test_a_wrong_type_is_named_with_its_place() -> None:
    """The path leads to the fault."""
    with pytest.raises(MalformedPayload) as found:
        wire.decode_exchange_info(exchange_info(BTCUSDT | {"status": 7}))
    assert found.value.path == "exchangeInfo $.symbols[0].status"


@pytest.mark.recorded
def test_recorded_exchange_info_has_its_530_perpetuals(recorded_data: Path) -> None:
    """The mainnet of 2025-10-30; the five testnets decode as well."""
    files = sorted((recorded_data / "exchangeInfo").glob("*.json.gz"))
    infos = [wire.decode_exchange_info(gzip.decompress(file.read_bytes())) for file in files]
    in_universe = [sum(entry.is_in_universe for entry in info.instruments) for info in infos]
    assert in_universe[0] == 530
    assert min(in_universe[1:]) > 500
    assert [info.weight_limit for info in infos] == [2400, 6000, 6000, 6000, 6000, 6000]


def test_tickers_are_numbers() -> None:
    """The venue writes them as text."""
    row = {
        "symbol": "BTCUSDT",
        "priceChange": "-94.9",
        "priceChangePercent": "-0.115",
        "lastPrice": "83084.90",
        "volume": "8913.300",
        "quoteVolume": "15.30",
        "openTime": 1,
        "closeTime": 1791382992723,
        "count": 76,
    }
    [ticker] = wire.decode_tickers(msgspec.json.encode([row]))
    assert ticker == ("BTCUSDT", 83084.9, -0.115, 8913.3, 15.3, 76, 1_791_382_992_723)
    assert wire.decode_tickers(msgspec.json.encode(row)) == [ticker]


def test_the_time_is_milliseconds() -> None:
    """Reference A.11."""
    assert wire.decode_server_time(b'{"serverTime":1791382992723}') == 1_791_382_992_723


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"code":-1121,"msg":"Invalid symbol."}', wire.VenueError(-1121, "Invalid symbol.")),
        (b"<html>403 ERROR</html>", None),
        (b"Service Unavailable.", None),
        (b"", None),
        (b'{"serverTime":1}', None),
    ],
)
def test_an_error_is_read_where_there_is_one(body: bytes, error: wire.VenueError | None) -> None:
    """A firewall's page has none."""
    assert wire.decode_venue_error(body) == error


def test_raw_answers_are_what_the_venue_sent() -> None:
    """Text stays text."""
    assert wire.decode_rows(b'[[1,"2.50"]]') == [[1, "2.50"]]
    assert wire.decode_object("exchangeInfo", b'{"symbols":[]}') == {"symbols": []}
    assert wire.decode_objects(b'[{"symbol":"BTCUSDT"}]') == [{"symbol": "BTCUSDT"}]
    with pytest.raises(MalformedPayload, match=r"The answer to exchangeInfo \$ is not"):
        wire.decode_object("exchangeInfo", b"[]")

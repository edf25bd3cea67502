"""Stream names."""

import pytest

from eliteflow.emulator.stream_names import find_stream
from tests.unit.emulator.emulator_market import a_market

MARKET = a_market(symbols=40)


@pytest.mark.parametrize(
    ("name", "kind", "route"),
    [
        ("btcusdt@kline_5m", "kline", "market"),
        ("btcusdt@kline_1M", "kline", "market"),
        ("币安人生usdt@kline_1h", "kline", "market"),
        ("btcusdt_261225@kline_15m", "kline", "market"),
        ("btcusdt_perpetual@continuousKline_1m", "continuousKline", "market"),
        ("btcusdt_current_quarter@continuousKline_1m", "continuousKline", "market"),
        ("xauusdt_tradifi_perpetual@continuousKline_1m", "continuousKline", "market"),
        ("btcusdt@aggTrade", "aggTrade", "market"),
        ("btcusdt@bookTicker", "bookTicker", "public"),
        ("btcusdt@markPrice@1s", "markPrice", "market"),
        ("btcusdt@miniTicker", "miniTicker", "market"),
        ("!miniTicker@arr", "miniTicker", "market"),
        ("!markPrice@arr", "markPrice", "market"),
        ("!markPrice@arr@1s", "markPrice", "market"),
        ("!contractInfo", "contractInfo", "market"),
    ],
)
def test_a_name_stands_for_a_stream_on_a_route(name: str, kind: str, route: str) -> None:
    """As the venue lists them since its routes are separate."""
    stream = find_stream(name, MARKET)
    assert stream is not None
    assert (stream.name, stream.kind, stream.route) == (name, kind, route)


@pytest.mark.parametrize(
    "name",
    [
        *("BTCUSDT@kline_5m", "btcusdt@kline_7m", "btcusdt@KLINE_5m", "nope@kline_5m", "btcusdt", "", "@", "!all@arr"),
        *("btcusdt@kline_", "btcusdt_next_quarter@continuousKline_1m", "btcusdt@trade", "Btcusdt@aggTrade"),
    ],
)
def test_an_unknown_or_uppercase_name_stands_for_nothing(name: str) -> None:
    """It will be acknowledged and stay silent."""
    assert find_stream(name, MARKET) is None

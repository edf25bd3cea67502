"""24-hour statistics."""

import json
from decimal import Decimal

import pytest

from eliteflow.emulator.intervals import BASE_MS
from tests.unit.emulator.emulator_market import NOW_MS, a_venue, get, rows

VENUE = a_venue(symbols=50)

FIELDS = (
    "symbol priceChange priceChangePercent weightedAvgPrice lastPrice lastQty openPrice highPrice lowPrice volume "
    "quoteVolume openTime closeTime firstId lastId count"
)


@pytest.mark.parametrize("symbol", ["BTCUSDT", "1000SATSUSDT", "BTCUSDT_261225"])
def test_a_ticker_is_the_sum_of_the_days_candles(symbol: str) -> None:
    """Prices, volumes and trades are those of the 287 closed 5m bars and the forming one."""
    ticker = json.loads(get(VENUE, f"/fapi/v1/ticker/24hr?symbol={symbol.lower()}").body)
    parts = rows(VENUE.market, "5m", symbol=symbol, limit=288)
    assert " ".join(ticker) == FIELDS
    assert (ticker["openTime"], ticker["closeTime"]) == (parts[0][0], NOW_MS)
    assert (ticker["openPrice"], ticker["lastPrice"]) == (parts[0][1], parts[-1][4])
    assert ticker["highPrice"] == max((row[2] for row in parts), key=Decimal)
    assert ticker["count"] == sum(row[8] for row in parts) == ticker["lastId"] - ticker["firstId"] + 1
    assert Decimal(ticker["quoteVolume"]) == sum(Decimal(row[7]) for row in parts)
    assert Decimal(ticker["priceChange"]) == Decimal(ticker["lastPrice"]) - Decimal(ticker["openPrice"])
    assert Decimal(ticker["lowPrice"]) <= Decimal(ticker["weightedAvgPrice"]) <= Decimal(ticker["highPrice"])


def test_without_a_symbol_all_trading_contracts_are_listed() -> None:
    """The settled one is in exchangeInfo alone."""
    found = json.loads(get(VENUE, "/fapi/v1/ticker/24hr").body)
    trading = [i.symbol for i in VENUE.market.instruments if i.is_trading]
    assert [ticker["symbol"] for ticker in found] == trading
    assert "OMGUSDT" not in trading
    assert "XAUUSDT" in trading


def test_a_day_without_a_trade_has_no_trade_ids() -> None:
    """Nothing to divide by, nothing to count."""
    quiet = a_venue(symbols=6)
    row = quiet.market.rows["BTCUSDT"]
    source = quiet.market.base._source
    source.traits.activity[row] = 0.0  # type: ignore[attr-defined]  # the generator's
    ticker = json.loads(get(quiet, "/fapi/v1/ticker/24hr?symbol=BTCUSDT", NOW_MS // BASE_MS * BASE_MS).body)
    assert (ticker["firstId"], ticker["lastId"], ticker["count"], ticker["volume"]) == (-1, -1, 0, "0")

"""Who is listed in the generated market."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eliteflow.emulator.intervals import DAY
from eliteflow.emulator.universe import generated_universe
from tests.unit.emulator.emulator_market import NOW_MS, a_venue, get

UNIVERSE = generated_universe(7, 530, NOW_MS)


@pytest.mark.parametrize("count", [1, 10, 530, 1_000])
def test_there_are_as_many_usdt_perpetuals_as_asked_for(count: int) -> None:
    """The odd entries come on top and are counted in none of the ways a client may count."""
    universe = generated_universe(7, count, NOW_MS)
    symbols = [instrument.symbol for instrument in universe.instruments]
    assert sum(instrument.is_usdt_perpetual for instrument in universe.instruments) == count
    assert len(set(symbols)) == len(symbols) == count + 6


def test_the_odd_entries_are_there() -> None:
    """What only looks like the market: TradFi, settled, quarterly, USDC; and a name that is not ASCII inside it."""
    by_symbol = {instrument.symbol: instrument for instrument in UNIVERSE.instruments}
    assert by_symbol["XAUUSDT"].contract_type == "TRADIFI_PERPETUAL"
    assert by_symbol["XAUUSDT"].is_trading
    assert by_symbol["OMGUSDT"].status == "SETTLING"
    assert by_symbol["BTCUSDT_261225"].contract_type == "CURRENT_QUARTER"
    assert by_symbol["BTCUSDT_261225"].pair == "BTCUSDT"
    assert by_symbol["BTCUSDC"].quote_asset == "USDC"
    assert by_symbol["币安人生USDT"].is_usdt_perpetual


def test_five_contracts_are_young_and_that_can_be_switched_off() -> None:
    """They are listed since hours or days; the others since years."""
    listed = [instrument.onboard_date for instrument in UNIVERSE.instruments]
    assert sum(onboard > NOW_MS - 5 * DAY for onboard in listed) == 5
    steady = generated_universe(7, 530, NOW_MS, young=0)
    assert max(instrument.onboard_date for instrument in steady.instruments) < NOW_MS - 365 * DAY


def test_prices_span_what_real_markets_span() -> None:
    """From millionths to tens of thousands, each with enough ticks to move."""
    traits = UNIVERSE.traits
    prices = np.exp(traits.log_level) / 10.0 ** np.array([i.price_precision for i in UNIVERSE.instruments])
    assert prices.min() < 1e-4
    assert prices.max() > 5e4
    assert np.all(np.exp(traits.log_level) / traits.tick >= 500)
    padded = [i for i in UNIVERSE.instruments if i.tick > 1]
    assert len(padded) > 100, "the price precision is not the tick"


def _shape(value: Any) -> Any:
    """Return keys and types, lists by the shapes that occur in them."""
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [type(inner).__name__ for inner in value[:1]]
    return type(value).__name__


@pytest.mark.recorded
def test_exchange_info_has_the_shape_of_the_recorded_one(recorded_data: Path) -> None:
    """Same keys, same types; but for the filter that the venue removed on 2025-12-29."""
    path = next((recorded_data / "exchangeInfo").glob("*mainnet*"))
    recorded = json.loads(gzip.decompress(path.read_bytes()))
    served = json.loads(get(a_venue(530), "/fapi/v1/exchangeInfo").body)
    assert set(served) == set(recorded)
    assert served["rateLimits"] == recorded["rateLimits"]
    assert _shape(served["assets"][0]) == _shape(recorded["assets"][0])
    assert _shape(served["symbols"][0]) == _shape(recorded["symbols"][0])
    for symbol in served["symbols"]:
        filters = {f["filterType"]: _shape(f) for f in symbol["filters"]}
        real = {f["filterType"]: _shape(f) for f in recorded["symbols"][0]["filters"]}
        del real["MAX_NUM_ALGO_ORDERS"]
        assert filters == real

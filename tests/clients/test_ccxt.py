"""ccxt, unmodified: REST and pro."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.clients.conftest import Emulator

pytestmark = [pytest.mark.loopback, pytest.mark.filterwarnings("ignore")]  # their warnings are theirs


@pytest.fixture
async def exchange(emulator: Emulator) -> AsyncIterator[Any]:
    """The USDⓈ-M exchange class with the emulator's addresses."""
    ccxt: Any = importlib.import_module("ccxt.pro")
    exchange = ccxt.binanceusdm({"enableRateLimit": False})
    for name, url in list(exchange.urls["api"].items()):
        if name.startswith("fapi"):
            exchange.urls["api"][name] = emulator.rest_url + "/fapi/v" + url.rpartition("/v")[2]
    exchange.urls["api"]["ws"]["linear"] = emulator.ws_url + "/ws"
    await exchange.load_markets()
    yield exchange
    await exchange.close()


async def test_the_universe(exchange: Any, emulator: Emulator) -> None:
    """The same trading USDT perpetuals, told from all others by the venue's own fields."""
    found = {
        market["id"]
        for market in exchange.markets.values()
        if market["info"]["contractType"] == "PERPETUAL" and market["active"] and market["settle"] == "USDT"
    }
    assert found == emulator.universe()


@pytest.mark.parametrize("timeframe", ["1h", "15m", "5m"])
async def test_klines(exchange: Any, emulator: Emulator, names: list[str], timeframe: str) -> None:
    """Its six columns equal the truth."""
    for name in names[:3]:
        found = await exchange.fetch_ohlcv(exchange.safe_symbol(name), timeframe, limit=60)
        truth = emulator.closed(name, timeframe, 50)
        assert found[-51:-1][-50:] == [[row[0], *map(float, row[1:6])] for row in truth]


async def test_fifty_kline_streams(exchange: Any, emulator: Emulator, names: list[str]) -> None:
    """The newest candle of each equals what was true when its volume was that."""
    asked = [[exchange.safe_symbol(name), "5m"] for name in names]
    newest: dict[str, list[float]] = {}
    async with asyncio.timeout(60):
        while len(newest) < len(names):
            found = await exchange.watch_ohlcv_for_symbols(asked)
            newest |= {exchange.market(name)["id"]: list(frames["5m"][-1]) for name, frames in found.items()}
    for name, candle in newest.items():
        row = emulator.at_volume(name, "5m", int(candle[0]), candle[5])
        assert candle == [row[0], *map(float, row[1:6])]

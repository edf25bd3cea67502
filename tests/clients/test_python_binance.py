"""python-binance, unmodified."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.clients.conftest import Emulator

pytestmark = [pytest.mark.loopback, pytest.mark.filterwarnings("ignore")]  # their warnings are theirs


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[Any]:
    """Its asynchronous client with the emulator's address."""
    binance: Any = importlib.import_module("binance")
    client = binance.AsyncClient()
    client.FUTURES_URL = emulator.rest_url + "/fapi"
    yield client
    await client.close_connection()


async def test_the_universe(client: Any, emulator: Emulator) -> None:
    """exchangeInfo arrives as it is."""
    info = await client.futures_exchange_info()
    wanted = {"contractType": "PERPETUAL", "status": "TRADING", "quoteAsset": "USDT", "marginAsset": "USDT"}
    assert {entry["symbol"] for entry in info["symbols"] if wanted.items() <= entry.items()} == emulator.universe()


@pytest.mark.parametrize("timeframe", ["1h", "15m", "5m"])
async def test_klines(client: Any, emulator: Emulator, names: list[str], timeframe: str) -> None:
    """All twelve columns equal the truth."""
    for name in names[:3]:
        found = await client.futures_klines(symbol=name, interval=timeframe, limit=51)
        assert found[-51:-1] == emulator.closed(name, timeframe, 50)


async def test_fifty_kline_streams(client: Any, emulator: Emulator, names: list[str]) -> None:
    """Each message equals the truth of its moment, field by field."""
    binance: Any = importlib.import_module("binance")
    sockets = binance.BinanceSocketManager(client)
    sockets.FSTREAM_URL = emulator.ws_url + "/"
    newest: dict[str, Any] = {}
    async with sockets.futures_multiplex_socket([f"{name.lower()}@kline_5m" for name in names]) as socket:
        async with asyncio.timeout(60):
            while len(newest) < len(names):
                message = await socket.recv()
                newest[message["data"]["s"]] = message["data"]
    for name, event in newest.items():
        k = event["k"]
        row = emulator.truth(name, "5m", 1, event["E"])[-1][:12]
        assert [k[key] for key in "tohlcvTqnVQB"] == row

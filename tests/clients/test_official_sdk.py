"""Binance's own SDK for USDⓈ-M futures, unmodified."""

import asyncio
import importlib
from typing import Any

import pytest
from tests.clients.conftest import Emulator

pytestmark = [pytest.mark.loopback, pytest.mark.filterwarnings("ignore")]  # their warnings are theirs

SDK = "binance_sdk_derivatives_trading_usds_futures"


@pytest.fixture
def client(emulator: Emulator) -> Any:
    """Its client with the emulator's addresses."""
    configuration: Any = importlib.import_module("binance_common.configuration")
    sdk: Any = importlib.import_module(f"{SDK}.derivatives_trading_usds_futures")
    return sdk.DerivativesTradingUsdsFutures(
        config_rest_api=configuration.ConfigurationRestAPI(
            api_key="none", api_secret="none", base_path=emulator.rest_url
        ),
        config_ws_streams=configuration.ConfigurationWebSocketStreams(stream_url=emulator.ws_url),
    )


def test_the_universe(client: Any, emulator: Emulator) -> None:
    """Its models take the venue's entries."""
    entries = [entry.to_dict() for entry in client.rest_api.exchange_information().data().symbols]
    wanted = {"contractType": "PERPETUAL", "status": "TRADING", "quoteAsset": "USDT", "marginAsset": "USDT"}
    assert {entry["symbol"] for entry in entries if wanted.items() <= entry.items()} == emulator.universe()


@pytest.mark.parametrize("timeframe", ["1h", "15m", "5m"])
def test_klines(client: Any, emulator: Emulator, names: list[str], timeframe: str) -> None:
    """All twelve columns equal the truth."""
    for name in names[:3]:
        found = client.rest_api.kline_candlestick_data(symbol=name, interval=timeframe, limit=51).data()
        assert [list(row) for row in found][-51:-1] == emulator.closed(name, timeframe, 50)


async def test_fifty_kline_streams(client: Any, emulator: Emulator, names: list[str]) -> None:
    """Each message equals the truth of its moment, field by field."""
    newest: dict[str, Any] = {}
    everyone = asyncio.Event()

    def keep(message: Any) -> None:
        event = message.to_dict() if hasattr(message, "to_dict") else message
        newest[event["s"]] = event
        if len(newest) == len(names):
            everyone.set()

    connection = await client.websocket_streams.create_connection()
    try:
        for name in names:
            stream = await connection.kline_candlestick_streams(symbol=name.lower(), interval="5m")
            stream.on("message", keep)
        async with asyncio.timeout(90):
            await everyone.wait()
    finally:
        await connection.close_connection(close_session=True)
    for name, event in newest.items():
        k = event["k"]
        row = emulator.truth(name, "5m", 1, event["E"])[-1][:12]
        assert [k[key] for key in "tohlcvTqnVQB"] == row

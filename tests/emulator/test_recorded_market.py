"""A whole market of recorded candles, through venue, client and pipeline, comes out as it was recorded."""

import asyncio
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

from eliteflow.config import Settings, VenueSettings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.operations.emulator_process import emulator_process
from eliteflow.pipeline.result import BatchResult
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline

pytestmark = [pytest.mark.emulator, pytest.mark.recorded]

HOUR = pd.Timedelta(hours=1)
AGGREGATION = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum", "quote_volume": "sum"}


@pytest.fixture(scope="module")
def fetched() -> BatchResult:
    """The newest 50 closed bars of 530 symbols in three timeframes."""
    from tests.conftest import RECORDED

    return asyncio.run(fetch_market(RECORDED / "market530"))


async def fetch_market(folder: Path) -> BatchResult:
    """Run a venue over `folder`, and fetch its whole market once."""
    async with emulator_process(("--market", str(folder), "--latency-ms", "0")) as address:
        settings = Settings(venue=VenueSettings(environment="emulator", rest_url=address.rest_url))
        async with BinanceClient(settings) as client:
            await client.synchronise_clock()
            symbols = [instrument.symbol for instrument in await client.fetch_universe()]
            return await UnifiedDataPipeline(client).batch_get_multi_timeframe_data(symbols)


@pytest.fixture(scope="module")
def recording(fetched: BatchResult) -> pd.DataFrame:
    """The recording, moved by the whole hours that put its BTCUSDT where the venue has it."""
    from tests.conftest import RECORDED

    table = parquet.read_table(RECORDED / "market530" / "5m.parquet").to_pandas()
    table["timestamp"] = pd.to_datetime(table.pop("open_time"), unit="ms", utc=True)
    wide: pd.DataFrame = table.set_index(["symbol", "timestamp"])
    assert isinstance(wide.index, pd.MultiIndex)
    served = fetched["BTCUSDT"]["5m"]
    days_in = wide.loc["BTCUSDT"].index[-1] - served.index[-1]
    for shift in (days_in.floor(HOUR) - hours * HOUR for hours in (23, 24, 25)):
        recorded = wide.loc["BTCUSDT"].reindex(served.index + shift)
        if np.array_equal(recorded["close"], served["close"]):
            wide.index = wide.index.set_levels(wide.index.levels[1] - shift, level=1)
            return wide
    raise AssertionError("BTCUSDT is served nowhere near where the recording's README puts it")


def test_every_symbol_is_complete(fetched: BatchResult) -> None:
    """530 of 530, 50 closed bars in each timeframe."""
    assert (len(fetched), dict(fetched.errors)) == (530, {})
    assert {len(frame) for frames in fetched.values() for frame in frames.values()} == {50}


def test_every_5m_candle_equals_the_recording(fetched: BatchResult, recording: pd.DataFrame) -> None:
    """Open, high, low, close and volume to the last digit; quote volume to the venue's own decimals."""
    for symbol, frames in fetched.items():
        recorded = recording.loc[symbol].reindex(frames["5m"].index)
        for column in ("open", "high", "low", "close", "volume"):
            assert np.array_equal(recorded[column], frames["5m"][column]), (symbol, column)
        assert np.allclose(recorded["quote_volume"], frames["5m"]["quote_volume"], rtol=1e-12, atol=0), symbol


@pytest.mark.parametrize(("timeframe", "rule"), [("15m", "15min"), ("1h", "1h")])
def test_longer_candles_are_made_of_the_recorded_5m_ones(
    fetched: BatchResult, recording: pd.DataFrame, timeframe: str, rule: str
) -> None:
    """Parts without trades do not count for open, high and low; volumes agree to the rounding of a float sum."""
    for symbol, frames in fetched.items():
        parts = recording.loc[symbol]
        traded = parts[parts["volume"] > 0]
        whole = traded.resample(rule).agg(AGGREGATION).reindex(frames[timeframe].index)
        busy = whole["volume"] > 0
        for column in ("open", "high", "low", "close"):
            assert np.array_equal(whole[column][busy], frames[timeframe][column][busy]), (symbol, column)
        assert np.allclose(whole["volume"][busy], frames[timeframe]["volume"][busy], rtol=1e-9, atol=0), symbol

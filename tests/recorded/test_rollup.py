"""Rolled-up bars equal the venue's own larger bars: the recorded ones, and those of the emulator."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

from eliteflow.emulator.venue import Venue
from eliteflow.exchange.kline_wire import decode_klines
from eliteflow.exchange.wire import decode_exchange_info
from eliteflow.model.candle import OHLCV
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.rollup import RollUpUnits, roll_up
from tests.unit.emulator.emulator_market import NOW_MS, a_venue, get

RECORDED_5M, RECORDED_15M = "um_5m_20251001-20251024_top80.parquet", "um_15m_20251006-20251021.parquet"
RECORDED_1H = "um_1h_20250929-20251026_8f.parquet"
EXCHANGE_INFO = "exchangeInfo/fapi_exchangeInfo_mainnet_20251030T0400.json.gz"

MARKET, BARS = 200, 24


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("parts_file", "part", "whole_file", "whole", "least_bars"),
    [
        (RECORDED_15M, Timeframe.M15, RECORDED_1H, Timeframe.H1, 110_000),
        (RECORDED_5M, Timeframe.M5, RECORDED_15M, Timeframe.M15, 62_000),
        (RECORDED_5M, Timeframe.M5, RECORDED_1H, Timeframe.H1, 22_000),
    ],
)
def test_rolled_up_bars_equal_the_recorded_ones(
    recorded_data: Path, parts_file: str, part: Timeframe, whole_file: str, whole: Timeframe, least_bars: int
) -> None:
    """Every overlapping bar is proved, and equal in all recorded fields to the last bit."""
    info = decode_exchange_info(gzip.decompress((recorded_data / EXCHANGE_INFO).read_bytes()))
    contracts = {instrument.symbol: instrument for instrument in info.instruments}
    parts, native = read(recorded_data / "klines" / parts_file), read(recorded_data / "klines" / whole_file)
    compared = 0
    for symbol in native.keys() & parts.keys() & contracts.keys():
        times, bars = blocks(parts[symbol], part, whole)
        common, ours, theirs = np.intersect1d(times, native[symbol].index.to_numpy(), return_indices=True)
        units = RollUpUnits.of([contracts[symbol]]).select(np.zeros(len(common), np.intp))
        rolled = roll_up(bars[:, ours], units)[: len(OHLCV)]
        np.testing.assert_array_equal(rolled, native[symbol].to_numpy().T[:, theirs], symbol)
        compared += len(common)
    assert compared >= least_bars


@pytest.mark.parametrize("timeframe", [Timeframe.M15, Timeframe.H1])
@pytest.mark.parametrize("market", ["generated", pytest.param("recorded", marks=pytest.mark.recorded)])
def test_rolled_up_bars_equal_the_emulators_own(recorded_data: Path, market: str, timeframe: Timeframe) -> None:
    """All nine fields of the bars that the venue answers with, quiet contracts and old ticks among them."""
    venue = a_venue(MARKET, market=str(recorded_data / "market530") if market == "recorded" else market)
    info = decode_exchange_info(get(venue, "/fapi/v1/exchangeInfo").body)
    count, quiet_parts = timeframe.ms // Timeframe.M5.ms, 0
    for contract in [instrument for instrument in info.instruments if instrument.is_in_universe]:
        whole, parts = (
            ask(venue, contract.symbol, timeframe, BARS),
            ask(venue, contract.symbol, Timeframe.M5, BARS * count),
        )
        if len(whole) < BARS:
            continue  # a young listing begins inside a larger bar
        units = RollUpUnits.of([contract]).select(np.zeros(BARS, np.intp))
        rolled = roll_up(parts.values.reshape(9, BARS, count), units)
        np.testing.assert_array_equal(rolled, whole.values, contract.symbol)
        quiet_parts += int((parts.field("volume") == 0).sum())
    assert quiet_parts > 0


def ask(venue: Venue, symbol: str, timeframe: Timeframe, bars: int) -> Series:
    """Return the newest closed bars whose hour is over."""
    end_ms = Timeframe.H1.open_time_ms(NOW_MS) - 1
    target = f"/fapi/v1/klines?symbol={symbol}&interval={timeframe}&endTime={end_ms}&limit={bars}"
    return decode_klines(get(venue, target).body, timeframe.ms)


def read(path: Path) -> dict[str, pd.DataFrame]:
    """Return the OHLCV of each symbol in a recorded file, by open time."""
    table = parquet.read_table(path, columns=["symbol", "open_time", *OHLCV]).to_pandas()
    return {
        str(symbol): frame.set_index("open_time").sort_index()[list(OHLCV)]
        for symbol, frame in table.groupby("symbol", observed=True)
    }


def blocks(frame: pd.DataFrame, part: Timeframe, whole: Timeframe) -> tuple[np.ndarray, np.ndarray]:
    """Return the open times of the whole bars in a run of parts, and their parts, shape (9, bars, parts)."""
    count = whole.ms // part.ms
    times = frame.index.to_numpy()
    assert (np.diff(times) == part.ms).all()
    start = int(-(times[0] // part.ms) % count)
    bars = (len(times) - start) // count
    span = slice(start, start + bars * count)
    parts = np.zeros((9, bars, count))
    parts[: len(OHLCV)] = frame.to_numpy()[span].T.reshape(len(OHLCV), bars, count)
    return times[span][::count], parts

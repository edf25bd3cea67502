"""Recorded candles as a market that happens now."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.bars import CLOSE, FIRST_TRADE, OPEN, TAKER_QUOTE, TAKER_VOLUME, TRADES, VOLUME
from eliteflow.emulator.dataset import CANDLES, CONTRACTS, MarketError, Recording, read_recording, shifted_start
from eliteflow.emulator.intervals import BASE_MS, DAY, HOUR
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.universe import generated_universe
from tests.unit.emulator.emulator_market import NOW_MS, a_venue, rows

BARS = 400
FIRST_MS = 1_750_107_600_000


def _write(folder: Path, bars: int = BARS, symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT")) -> dict[str, np.ndarray]:
    """Write a recorded market of two contracts, the second without any trade."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    universe = generated_universe(3, 4, NOW_MS)
    document = {"assets": [], "rateLimits": [], "symbols": [json.loads(entry) for entry in universe.entries]}
    (folder / CONTRACTS).write_bytes(gzip.compress(json.dumps(document).encode()))
    random = np.random.default_rng(5)
    close = np.round(50_000 * np.exp(np.cumsum(random.normal(0, 0.001, bars))), 1)
    open_ = np.concatenate(([50_000.0], close[:-1]))
    volume = np.round(random.uniform(1, 100, bars), 3)
    flat = np.full(bars, 2_900.0)
    columns = {
        "symbol": np.repeat(symbols, bars),
        "open_time": np.tile(FIRST_MS + np.arange(bars) * BASE_MS, 2),
        "open": np.concatenate((open_, flat)),
        "high": np.concatenate((np.maximum(open_, close) + 5, flat)),
        "low": np.concatenate((np.minimum(open_, close) - 5, flat)),
        "close": np.concatenate((close, flat)),
        "volume": np.concatenate((volume, np.zeros(bars))),
        "quote_volume": np.concatenate((np.round(volume * (open_ + close) / 2, 4), np.zeros(bars))),
    }
    parquet.write_table(arrow.table(columns), folder / CANDLES)
    return columns


@settings(max_examples=50)
@given(st.integers(NOW_MS - 400 * DAY, NOW_MS + 400 * DAY))
def test_a_recording_is_moved_by_whole_hours_to_a_day_before_its_end(now_ms: int) -> None:
    """The present lies in the hour that begins 24 hours before the recording's end."""
    recording = Recording((), FIRST_MS // BASE_MS, np.zeros((6, 0, BARS)), (), b"[]")
    start = shifted_start(recording, now_ms)
    assert (start - recording.first) * BASE_MS % HOUR == 0
    assert DAY <= (start + BARS) * BASE_MS - now_ms < DAY + HOUR


def test_recorded_bars_come_out_as_they_were_recorded(tmp_path: Path) -> None:
    """Open, high, low, close, volume and quote volume are equal; trades fit the volume."""
    columns = _write(tmp_path)
    venue = a_venue(None, market=str(tmp_path))  # type: ignore[arg-type]  # None: all there are
    start_ms = shifted_start(read_recording(tmp_path), NOW_MS) * BASE_MS
    later_ms = NOW_MS + 30 * HOUR
    found = rows(venue.market, "5m", later_ms, limit=BARS, start_ms=start_ms)
    for column, name in ((1, "open"), (2, "high"), (3, "low"), (4, "close"), (5, "volume"), (7, "quote_volume")):
        assert [float(row[column]) for row in found] == columns[name][:BARS].tolist()
    assert all(row[8] > 0 and float(row[9]) <= float(row[5]) for row in found)
    silent = rows(venue.market, "5m", later_ms, "ETHUSDT", limit=BARS, start_ms=start_ms)
    assert {(row[4], row[5], row[7], row[8], row[9], row[10]) for row in silent} == {("2900.00", "0", "0", 0, "0", "0")}


def test_made_up_quote_volumes_are_whole_ticks(tmp_path: Path) -> None:
    """As sums of the venue's trades are: BTCUSDT is written with two decimals and has a tick of 0.10."""
    _write(tmp_path)
    venue = open_venue(EmulatorOptions(market=str(tmp_path)), NOW_MS)
    bars = venue.market.base.of(venue.market.rows["BTCUSDT"], NOW_MS // BASE_MS - 50, 50)
    assert bars[TAKER_QUOTE].any()
    assert not (bars[TAKER_QUOTE] % 10).any()


def test_the_generator_continues_a_recording_on_both_sides(tmp_path: Path) -> None:
    """Prices pass the seams without a jump, and trade ids without a hole."""
    _write(tmp_path)
    market = a_venue(None, market=str(tmp_path)).market  # type: ignore[arg-type]  # None: all there are
    start = shifted_start(read_recording(tmp_path), NOW_MS)
    bars = market.base.of(market.rows["BTCUSDT"], start - 600, 600 + BARS + 600)
    assert np.all(np.abs(np.diff(np.log(bars[CLOSE].astype(float)))) < 0.02)
    for seam in (600, 600 + BARS):
        assert abs(bars[OPEN, seam] / bars[CLOSE, seam - 1] - 1) < 0.001
    assert np.array_equal(bars[FIRST_TRADE, 1:], bars[FIRST_TRADE, :-1] + bars[TRADES, :-1])
    assert np.all(bars[TAKER_VOLUME] <= bars[VOLUME])


def test_contracts_without_a_recording_are_generated(tmp_path: Path) -> None:
    """Every entry of exchangeInfo that trades has candles."""
    _write(tmp_path)
    market = a_venue(None, market=str(tmp_path)).market  # type: ignore[arg-type]  # None: all there are
    for symbol in ("SOLUSDT", "BTCUSDC", "XAUUSDT"):
        assert len(rows(market, "1h", symbol=symbol, limit=99)) == 99


def test_a_folder_that_is_no_market_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """The message names the folder and what is wrong with it."""
    with pytest.raises(MarketError, match=r"is no recorded market: 5m.parquet is missing"):
        open_venue(EmulatorOptions(market=str(tmp_path)), NOW_MS)
    _write(tmp_path)
    (tmp_path / CONTRACTS).write_bytes(b"nothing")
    with pytest.raises(MarketError, match="is no recorded market"):
        open_venue(EmulatorOptions(market=str(tmp_path)), NOW_MS)
    _write(tmp_path, symbols=("BTCUSDT", "BTCUSDT"))
    with pytest.raises(MarketError, match="every symbol must have the same bars"):
        open_venue(EmulatorOptions(market=str(tmp_path)), NOW_MS)

"""Candles of many series as one file."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from eliteflow.errors import ConfigError
from eliteflow.model.candle import FIELDS
from eliteflow.operations.export import candle_files
from eliteflow.operations.export.candle_files import write_candles
from eliteflow.testing.series import HEAD_MS, make_stored

SERIES = [make_stored("BTCUSDT", "1h", bars=2), make_stored("币USDT", "5m", bars=3), make_stored("BTCUSDT", bars=4)]
COLUMNS = ["venue", "symbol", "timeframe", "open_time", *FIELDS]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of several parts."""
    monkeypatch.setattr(candle_files, "SERIES_AT_ONCE", 2)


def check(table: pa.Table) -> None:
    """Every candle is there, in order, to the bit, and says what it is."""
    assert table.column_names == COLUMNS
    assert table.schema.metadata == {b"venue": b"SIMULATED", b"simulated": b"true"}
    rows = table.to_pandas()
    assert set(rows.venue) == {"SIMULATED"}
    assert list(rows.symbol) == ["BTCUSDT"] * 2 + ["币USDT"] * 3 + ["BTCUSDT"] * 4
    assert list(rows.timeframe) == ["1h"] * 2 + ["5m"] * 7
    times = np.concatenate([stored.open_time_ms for stored in SERIES])
    assert rows.open_time.astype("int64").tolist() == times.tolist()
    np.testing.assert_array_equal(rows[list(FIELDS)].T, np.concatenate([stored.values for stored in SERIES], axis=1))


def test_parquet_holds_every_candle(tmp_path: Path) -> None:
    """In row groups."""
    out = tmp_path / "candles.parquet"
    write_candles(out, "parquet", "SIMULATED", SERIES)
    check(parquet.read_table(out))
    assert parquet.ParquetFile(out).num_row_groups == 2


def test_arrow_holds_every_candle(tmp_path: Path) -> None:
    """In record batches that share their dictionaries."""
    out = tmp_path / "candles.arrow"
    write_candles(out, "arrow", "SIMULATED", SERIES)
    with pa.ipc.open_file(out) as file:
        check(file.read_all())


def test_csv_names_the_venue_in_every_row(tmp_path: Path) -> None:
    """It has no metadata; numbers are written so that they are read as the same."""
    out = tmp_path / "candles.csv"
    write_candles(out, "csv", "SIMULATED", SERIES)
    with out.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == COLUMNS
    assert {row["venue"] for row in rows} == {"SIMULATED"}
    assert rows[1]["open_time"] == "2025-11-23 09:00:00.000Z"
    assert rows[2]["symbol"] == "币USDT"
    assert [float(row["quote_volume"]) for row in rows[5:]] == SERIES[2].values[5].tolist()
    assert SERIES[2].open_time_ms[-1] == HEAD_MS


def test_a_real_venue_is_not_called_simulated(tmp_path: Path) -> None:
    """Its name stands there."""
    out = tmp_path / "candles.parquet"
    write_candles(out, "parquet", "production", SERIES)
    assert parquet.read_schema(out).metadata == {b"venue": b"production", b"simulated": b"false"}


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """Neither half a file nor a draft."""
    with pytest.raises(ConfigError, match="cannot be written"):
        write_candles(tmp_path / "missing" / "candles.parquet", "parquet", "SIMULATED", SERIES)
    (tmp_path / "candles.csv").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        write_candles(tmp_path / "candles.csv", "csv", "SIMULATED", SERIES)
    assert [entry.name for entry in tmp_path.iterdir()] == ["candles.csv"]

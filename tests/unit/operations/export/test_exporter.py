"""Candles from disk into a file."""

from pathlib import Path

import pytest
from pyarrow import parquet

from eliteflow.config import DataSettings, Settings, StoreSettings, UniverseSettings, VenueSettings
from eliteflow.errors import ConfigError
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.export.export_order import ExportOrder
from eliteflow.operations.export.exporter import export_candles
from eliteflow.operations.store.stored_candles import stored_path
from eliteflow.pipeline.disk.disk_file import DiskFile
from eliteflow.testing.series import HEAD_MS, make_stored

M5 = Timeframe.M5


def settings_for(folder: Path, universe: UniverseSettings) -> Settings:
    """Return settings of a venue with two 5m series on disk, one of which ends earlier."""
    settings = Settings(
        venue=VenueSettings(rest_url="http://127.0.0.1:8080"),
        universe=universe,
        data=DataSettings(timeframes=(M5,)),
        store=StoreSettings(path=str(folder)),
    )
    file = DiskFile(stored_path(settings), "SIMULATED", 512)
    file.write([make_stored("ETHUSDT", bars=10), make_stored("BTCUSDT", bars=10, head_ms=HEAD_MS - M5.ms)])
    file.close()
    return settings


async def test_everything_on_disk_is_written_in_order(tmp_path: Path) -> None:
    """And what is not all there is said."""
    out = tmp_path / "candles.parquet"
    said = await export_candles(settings_for(tmp_path, UniverseSettings()), ExportOrder(out, "parquet"))
    assert said.startswith(f"{out} [SIMULATED]: 20 candles of 2 series, 0.0 MB; 1 series are not all there")
    assert parquet.read_table(out).column("symbol").to_pylist() == ["BTCUSDT"] * 10 + ["ETHUSDT"] * 10


async def test_symbols_and_range_are_chosen(tmp_path: Path) -> None:
    """Names in any case; both ends included."""
    out = tmp_path / "candles.parquet"
    order = ExportOrder(out, "parquet", HEAD_MS - 2 * M5.ms, HEAD_MS)
    said = await export_candles(settings_for(tmp_path, UniverseSettings(include=("ethusdt",))), order)
    assert said == f"{out} [SIMULATED]: 3 candles of 1 series, 0.0 MB"


@pytest.mark.parametrize(
    ("universe", "reason"),
    [
        (UniverseSettings(top=5), "only the venue knows"),
        (UniverseSettings(include=("X",)), "nothing of that is on disk"),
    ],
)
async def test_what_the_disk_cannot_tell_is_refused(tmp_path: Path, universe: UniverseSettings, reason: str) -> None:
    """And no file is written."""
    with pytest.raises(ConfigError, match=reason):
        await export_candles(settings_for(tmp_path, universe), ExportOrder(tmp_path / "x.csv", "csv"))
    assert not (tmp_path / "x.csv").exists()

"""What `eliteflow store` does."""

import sqlite3
from pathlib import Path

import pytest

from eliteflow.config import DataSettings, Settings, StoreSettings, VenueSettings
from eliteflow.errors import ConfigError, StoreUnusable
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.store import store_actions
from eliteflow.operations.store.stored_candles import open_stored, stored_path
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk.disk_bars import Bars
from eliteflow.pipeline.disk.disk_file import DiskFile
from eliteflow.pipeline.disk.disk_journal import Batch
from eliteflow.testing.series import HEAD_MS, make_stored

M5 = Timeframe.M5


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A venue, and a folder for its candles."""
    venue = VenueSettings(rest_url="http://127.0.0.1:8080")
    return Settings(venue=venue, store=StoreSettings(path=str(tmp_path)), data=DataSettings(capacity_bars=128))


@pytest.fixture
def path(settings: Settings) -> Path:
    """Two series and one close of them."""
    path = stored_path(settings)
    file = DiskFile(path, "SIMULATED", 128)
    file.write([make_stored("BTCUSDT"), make_stored("ETHUSDT"), close_of(make_stored("BTCUSDT", bars=1, head_ms=NEXT))])
    file.close()
    return path


NEXT = HEAD_MS + M5.ms


def close_of(stored: StoredSeries) -> Batch:
    """Return a series of one bar as a close."""
    return Batch(M5, (stored.symbol,), Bars(stored.open_time_ms, stored.version, stored.values))


def test_show_counts_what_is_there(settings: Settings, path: Path) -> None:
    """The journal included."""
    found = store_actions.show(settings, None)
    assert (found.venue, found.path, found.journal_rows) == ("SIMULATED", path, 1)
    (coverage,) = found.survey.coverage
    assert (coverage.series, coverage.bars, coverage.newest_ms, coverage.behind) == (2, 101, NEXT, 1)
    assert found.bytes >= path.stat().st_size


def test_verify_finds_nothing_in_a_sound_file(settings: Settings, path: Path) -> None:
    """All series are looked at."""
    found = store_actions.verify(settings, None)
    assert (found.series, found.is_sound) == (2, True)


def test_verify_counts_what_fails_its_checksum(settings: Settings, path: Path) -> None:
    """The others are still looked at."""
    connection = sqlite3.connect(path)
    connection.execute("UPDATE series SET checksum = 1 WHERE symbol = 'ETHUSDT'")
    connection.commit()
    connection.close()
    found = store_actions.verify(settings, None)
    assert (found.series, found.damaged, found.is_sound) == (1, 1, False)


def test_compact_folds_the_journal(settings: Settings, path: Path) -> None:
    """Nothing is lost, and it says how large the file was and is."""
    assert store_actions.compact(settings).startswith(f"{path}: 0.")
    found = store_actions.show(settings, None)
    assert (found.journal_rows, found.survey.coverage[0].bars) == (0, 101)


def test_compact_leaves_a_file_in_use_alone(settings: Settings, path: Path) -> None:
    """Its writer would not know of it."""
    file = DiskFile(path, "SIMULATED", 128)
    with pytest.raises(ConfigError, match="another program writes to it"):
        store_actions.compact(settings)
    file.close()


def test_where_nothing_is_stored_it_says_what_stores(settings: Settings, tmp_path: Path) -> None:
    """And makes no file."""
    with pytest.raises(ConfigError, match=r"there are no candles at .*127.0.0.1_8080.sqlite; `eliteflow run`"):
        store_actions.show(settings, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", [20_000, 5_000, 100])
def test_a_truncated_file_is_refused_with_status_7(settings: Settings, path: Path, kept: int) -> None:
    """Nothing can be done with it, and nothing is done to it."""
    content = path.read_bytes()[:kept]
    path.write_bytes(content)
    for action in (store_actions.show, store_actions.verify, lambda settings, _: store_actions.compact(settings)):
        with pytest.raises(StoreUnusable, match="it is damaged") as refused:
            action(settings, None)
        assert refused.value.exit_status == 7
    assert path.read_bytes() == content


def test_damage_inside_the_file_is_found_before_anything_is_read(path: Path) -> None:
    """By SQLite's own check."""
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 16384)
    with pytest.raises(StoreUnusable, match="it is damaged"):
        open_stored(path)

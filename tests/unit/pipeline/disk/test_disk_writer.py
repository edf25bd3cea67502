"""The writing half of the disk cache."""

import asyncio
from pathlib import Path

import pytest

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk import disk_queue
from eliteflow.pipeline.disk.disk_bars import Bars
from eliteflow.pipeline.disk.disk_file import Contents
from eliteflow.pipeline.disk.disk_journal import Batch
from eliteflow.pipeline.disk.disk_writer import DiskWriter
from eliteflow.testing.series import HEAD_MS, make_stored

M5 = Timeframe.M5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that does not exist yet."""
    return tmp_path / "venue.sqlite"


def close_of(number: int) -> Batch:
    """One bar of one symbol."""
    stored = make_stored("BTCUSDT", bars=1, head_ms=HEAD_MS + number * M5.ms)
    return Batch(M5, (stored.symbol,), Bars(stored.open_time_ms, stored.version, stored.values))


async def opened(path: Path) -> DiskWriter:
    """Return a writer at work."""
    writer = DiskWriter(path, 512)
    await writer.open("test")
    return writer


async def test_a_disk_that_is_a_day_behind_is_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Memory is not filled with what waits; it is said once, and nothing waits any more."""
    monkeypatch.setattr(disk_queue, "MOST_BARS", 3)
    writer = await opened(path)
    for number in range(5):
        writer.put(close_of(number))
    await writer.flush()
    writer.put(close_of(5))
    await writer.flush()
    assert (writer.last_error, writer.waiting, writer.may_read) == (
        "the disk is too slow; a day of closes waits",
        0,
        True,
    )
    assert len(caplog.records) == 1
    await writer.aclose()


async def test_a_cancelled_run_loses_nothing(path: Path) -> None:
    """What waits then is written when the file is closed."""
    writer = await opened(path)
    task = asyncio.create_task(writer.run())
    await asyncio.sleep(0)
    for number in range(3):
        writer.put(close_of(number))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await writer.aclose()
    again = await opened(path)
    assert again.contents == {M5: Contents(series=0, journal_rows=1, journal_bars=3)}
    await again.aclose()

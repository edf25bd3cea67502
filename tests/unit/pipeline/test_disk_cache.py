"""The disk cache as the pipeline uses it."""

import logging
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from eliteflow.messages import set_language
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk_cache import DiskCache
from eliteflow.telemetry.log import EventMessage
from eliteflow.testing.series import HEAD_MS, make_stored, series_at

M5 = Timeframe.M5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a folder that does not exist yet."""
    return tmp_path / "data" / "venue.test.sqlite"


def cache_at(path: Path, *, venue: str = "test", capacity_bars: int = 64) -> DiskCache:
    """Return a cache that is not open yet."""
    return DiskCache(path, venue=venue, capacity_bars=capacity_bars)


def keep_close(cache: DiskCache, open_time_ms: int, *symbols: str, version: int = 1) -> None:
    """Let one close be kept."""
    bars = [series_at(symbol, "5m", np.array([open_time_ms])).values for symbol in symbols]
    cache.keep_bars(M5, open_time_ms, symbols, np.concatenate(bars, axis=1), np.full(len(symbols), version))


def loaded(cache: DiskCache) -> dict[str, StoredSeries]:
    """Return the 5m series on disk by symbol."""
    return {stored.symbol: stored for stored in cache.load([M5])}


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the events of the log."""
    return [record.msg.event for record in caplog.records if isinstance(record.msg, EventMessage)]


def truncate(path: Path) -> bytes:
    """Cut a page off a file; return what is left."""
    content = path.read_bytes()[:-8192]
    path.write_bytes(content)
    return content


def overwrite(path: Path, content: bytes, *, start: int = 0) -> None:
    """Put something else into a file, which is made if it is not there."""
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with path.open("r+b") as file:
        file.seek(start)
        file.write(content)


async def test_what_was_kept_is_there_after_a_restart(path: Path) -> None:
    """To the bit, with all that belongs to a series."""
    kept = make_stored("BTCUSDT", bars=20, version=7)
    kept = StoredSeries("BTCUSDT", M5, kept.open_time_ms, kept.values, kept.version, HEAD_MS - 86_400_000, 3)
    async with cache_at(path) as cache:
        cache.keep_series(kept)
    async with cache_at(path) as cache:
        (found,) = cache.load([M5])
        assert (found.symbol, found.timeframe, found.first_ms, found.revision) == ("BTCUSDT", M5, kept.first_ms, 3)
        np.testing.assert_array_equal(found.open_time_ms, kept.open_time_ms)
        np.testing.assert_array_equal(found.version, kept.version)
        np.testing.assert_array_equal(found.values, kept.values)


async def test_closes_follow_their_series(path: Path) -> None:
    """A close of many symbols is found again in each of them, also of one that had no series."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT", bars=20))
        keep_close(cache, HEAD_MS + M5.ms, "BTCUSDT", "NEWUSDT")
        keep_close(cache, HEAD_MS + 2 * M5.ms, "NEWUSDT", "BTCUSDT")
    async with cache_at(path) as cache:
        found = loaded(cache)
        expected = make_stored("BTCUSDT", bars=22, head_ms=HEAD_MS + 2 * M5.ms)
        np.testing.assert_array_equal(found["BTCUSDT"].values, expected.values)
        assert found["NEWUSDT"].open_time_ms.tolist() == [HEAD_MS + M5.ms, HEAD_MS + 2 * M5.ms]
        assert cache.snapshot().journal_rows == 1


async def test_a_part_of_a_series_is_added_to_it(path: Path) -> None:
    """As a fetch of the few bars that were missing brings it."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT", bars=20))
        cache.keep_part(make_stored("BTCUSDT", bars=3, head_ms=HEAD_MS + 2 * M5.ms))
        cache.keep_part(make_stored("BTCUSDT", bars=0))
        await cache.flush()
        expected = make_stored("BTCUSDT", bars=22, head_ms=HEAD_MS + 2 * M5.ms)
        np.testing.assert_array_equal(loaded(cache)["BTCUSDT"].values, expected.values)


async def test_only_timeframes_that_were_asked_for_are_loaded(path: Path) -> None:
    """The others stay where they are."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT", "5m"))
        cache.keep_series(make_stored("BTCUSDT", "1h"))
        await cache.flush()
        assert [stored.timeframe for stored in cache.load([Timeframe.H1])] == [Timeframe.H1]


async def test_a_forgotten_symbol_leaves_no_trace(path: Path) -> None:
    """Neither its series nor what the journal says of it; what comes afterwards counts."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT"))
        keep_close(cache, HEAD_MS + M5.ms, "BTCUSDT", "ETHUSDT")
        cache.forget("BTCUSDT")
        await cache.flush()
        assert list(loaded(cache)) == ["ETHUSDT"]
        keep_close(cache, HEAD_MS + 2 * M5.ms, "BTCUSDT")
        await cache.flush()
        assert loaded(cache)["BTCUSDT"].open_time_ms.tolist() == [HEAD_MS + 2 * M5.ms]


async def test_loading_says_how_much_there_was(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line a start."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT"))
        await cache.flush()
        with caplog.at_level(logging.INFO):
            assert len(loaded(cache)) == 1
    assert f"1 series of candles loaded from {path}" in caplog.text


async def test_a_second_process_reads_and_does_not_write(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It says so once, and the first one is not disturbed."""
    async with cache_at(path) as first:
        first.keep_series(make_stored("BTCUSDT"))
        await first.flush()
        async with cache_at(path) as second:
            second.keep_series(make_stored("ETHUSDT"))
            second.forget("BTCUSDT")
            await second.flush()
            assert list(loaded(second)) == ["BTCUSDT"]
            assert second.snapshot().last_error == "another program writes to it"
        first.keep_series(make_stored("SOLUSDT"))
        await first.flush()
        assert sorted(loaded(first)) == ["BTCUSDT", "SOLUSDT"]
    assert said(caplog) == ["store.read_only"]
    assert caplog.messages == [f"candles on disk are read but not written: {path}: another program writes to it"]


async def test_the_file_is_free_when_its_writer_has_gone(path: Path) -> None:
    """The next one writes."""
    async with cache_at(path):
        pass
    async with cache_at(path) as cache:
        assert cache.snapshot().last_error is None


async def test_a_truncated_file_is_set_aside_and_begun_anew(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The new one works at once, the old one is kept."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT"))
    left = truncate(path)
    async with cache_at(path) as cache:
        assert loaded(cache) == {}
        cache.keep_series(make_stored("ETHUSDT"))
        await cache.flush()
        assert list(loaded(cache)) == ["ETHUSDT"]
    kept = path.with_name("venue.test.sqlite.damaged")
    assert kept.read_bytes() == left
    assert caplog.messages == [
        f"{path} was damaged and begins anew, filled from the venue; its content is kept in {kept}"
    ]


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 9000])
async def test_a_file_of_something_else_is_set_aside(path: Path, content: bytes) -> None:
    """Whatever it is."""
    overwrite(path, content)
    async with cache_at(path) as cache:
        assert cache.snapshot().last_error is None
    assert path.with_name("venue.test.sqlite.damaged").read_bytes() == content


async def test_a_file_that_breaks_while_it_is_in_use_is_begun_anew(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A reader that finds it out leaves it to the writer."""
    async with cache_at(path) as cache:
        for number in range(40):
            cache.keep_series(make_stored(f"COIN{number}USDT"))
        await cache.compact()
        overwrite(path, b"\xff" * 32768, start=8192)
        assert loaded(cache) == {}
        cache.keep_series(make_stored("BTCUSDT"))
        await cache.flush()
        assert list(loaded(cache)) == ["BTCUSDT"]
    assert said(caplog) == ["store.damaged"]


async def test_a_series_that_fails_its_checksum_is_left_out(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The others are used, and folding or fetching it puts it right."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT"))
        cache.keep_series(make_stored("ETHUSDT"))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE series SET checksum = checksum + 1 WHERE symbol = 'BTCUSDT'")
    connection.commit()
    connection.close()
    async with cache_at(path) as cache:
        assert list(loaded(cache)) == ["ETHUSDT"]
        assert said(caplog) == ["store.dropped"]
        cache.keep_series(make_stored("BTCUSDT"))
        await cache.flush()
        assert sorted(loaded(cache)) == ["BTCUSDT", "ETHUSDT"]


async def test_another_venues_file_is_left_alone(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Simulated candles never become real ones."""
    async with cache_at(path, venue="SIMULATED") as cache:
        cache.keep_series(make_stored("BTCUSDT"))
    async with cache_at(path, venue="production") as cache:
        cache.keep_series(make_stored("ETHUSDT"))
        await cache.flush()
        assert loaded(cache) == {}
    assert "it holds candles of SIMULATED" in caplog.text
    async with cache_at(path, venue="SIMULATED") as cache:
        assert list(loaded(cache)) == ["BTCUSDT"]


async def test_a_later_versions_file_is_left_alone(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An older eliteflow beside a newer one destroys nothing."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT"))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    async with cache_at(path) as cache:
        assert loaded(cache) == {}
        assert (cache.snapshot().last_error or "").startswith("another version of eliteflow made it; move it away")
    assert said(caplog) == ["store.off"]


async def test_a_folder_that_cannot_be_made_switches_it_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is raised, and whatever is kept goes nowhere."""
    (tmp_path / "file").write_text("")
    async with cache_at(tmp_path / "file" / "venue.sqlite") as cache:
        cache.keep_series(make_stored("BTCUSDT"))
        await cache.flush()
        assert loaded(cache) == {}
        assert cache.snapshot().waiting == 0
    assert said(caplog) == ["store.off"]


async def test_a_full_disk_keeps_what_was_committed(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, in the reader's language, and the next start has all that was written before."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT"))
        await cache.flush()
        file = cache._writer._file
        assert file is not None
        file._connection.execute("PRAGMA max_page_count = 8")
        set_language("zh-CN")
        for number in range(100):
            cache.keep_series(make_stored(f"COIN{number}USDT"))
        await cache.flush()
        cache.keep_series(make_stored("ETHUSDT"))
        await cache.flush()
        assert list(loaded(cache)) == ["BTCUSDT"]
    assert caplog.messages == [f"K线不保存到磁盘：{path}：磁盘已满；此前已保存的内容不受影响"]
    async with cache_at(path) as cache:
        assert list(loaded(cache)) == ["BTCUSDT"]


async def test_the_snapshot_counts(path: Path) -> None:
    """What waits, what was written, what is there, and how large it is."""
    async with cache_at(path) as cache:
        cache.keep_series(make_stored("BTCUSDT"))
        cache.keep_series(make_stored("BTCUSDT", bars=40))
        keep_close(cache, HEAD_MS + M5.ms, "BTCUSDT")
        assert cache.snapshot().waiting == 2
        await cache.flush()
        found = cache.snapshot()
        assert (found.waiting, found.written, found.series, found.journal_rows) == (0, 2, 1, 1)
        assert found.bytes > 8192
        assert repr(cache) == f"<DiskCache {path}, on>"


async def test_compacting_gives_space_back(path: Path) -> None:
    """The journal is folded and the file is as small as what is in it."""
    async with cache_at(path) as cache:
        for number in range(50):
            cache.keep_series(make_stored(f"COIN{number}USDT", bars=64))
        keep_close(cache, HEAD_MS + M5.ms, "COIN1USDT")
        for number in range(2, 50):
            cache.forget(f"COIN{number}USDT")
        await cache.flush()
        before = cache.snapshot()
        await cache.compact()
        after = cache.snapshot()
        assert (before.journal_rows, after.journal_rows) == (1, 0)
        assert after.bytes < before.bytes / 4
        assert loaded(cache)["COIN1USDT"].open_time_ms[-1] == HEAD_MS + M5.ms

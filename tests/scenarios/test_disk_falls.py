"""The disk cache after the worst that can happen to it, in processes of their own.

`ELITEFLOW_KILLS=50` kills the writer fifty times instead of five.
"""

import contextlib
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from eliteflow.pipeline.disk.disk_file import DiskFile
from eliteflow.pipeline.disk.disk_reader import DiskReader
from tests.scenarios.disk_program import CAPACITY, M5, SYMBOLS, VERSIONS, close_ms, numbers_of

KILLS = int(os.environ.get("ELITEFLOW_KILLS", "5"))
REPOSITORY = Path(__file__).parent.parent.parent


def writer(path: Path, first: int, **variables: str) -> "subprocess.Popen[str]":
    """Start the program that writes without end."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.scenarios.disk_program", str(path), str(first)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "ELITEFLOW_LANG": "en", **variables},
    )


def kill_after(process: "subprocess.Popen[str]", closes: int, delay_s: float) -> int | None:
    """Kill the program some time after so many closes; return the number of the last that it had committed, if any."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(closes)]
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay_s)
    process.kill()
    rest, errors = process.communicate()
    assert errors == ""
    lines += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    return int(lines[-1]) if lines else None


def newest_close(path: Path) -> int:
    """Return the number of the newest close; every series must be whole, right, and reach up to it."""
    newest_ms = {}
    with DiskReader(path) as reader:
        assert reader.structure_fault() is None
        for stored in reader.series([M5], CAPACITY):
            times, versions = stored.open_time_ms, stored.version
            assert np.array_equal(times, times[-1] + np.arange(1 - CAPACITY, 1) * M5.ms)
            assert (versions[:-1] == VERSIONS).all()
            for version in range(1, VERSIONS + 1):
                expected = numbers_of(stored.symbol, times[versions == version], version)
                assert np.array_equal(stored.values[:, versions == version], expected)
            newest_ms[stored.symbol] = int(times[-1])
        assert reader.damaged == 0
    assert newest_ms.keys() == set(SYMBOLS)
    (last_ms,) = set(newest_ms.values())
    return (last_ms - close_ms(0)) // M5.ms


def test_a_killed_writer_leaves_whole_and_right_series(tmp_path: Path) -> None:
    """Wherever it was killed; what it had committed is there, and the next one goes on from it."""
    path, chance = tmp_path / "venue.sqlite", random.Random(7)
    committed = kill_after(writer(path, 0), 1, 0.0)
    for _ in range(KILLS):
        newest = newest_close(path)
        assert committed is None or committed <= newest <= committed + 1
        # Sometimes already while it opens the file, or writes all series.
        closes = chance.choice((0, chance.randint(1, 20)))
        committed = kill_after(writer(path, newest + 1), closes, chance.uniform(0, 0.05 if closes else 0.5))
    newest_close(path)


def test_a_full_disk_costs_nothing_that_was_committed(tmp_path: Path) -> None:
    """One sentence, everything else goes on, and the next start finds what was there."""
    path = tmp_path / "venue.sqlite"
    out, errors = writer(path, 0, DISK_BYTES="1500000").communicate(timeout=60)
    committed = int(out.split()[-1])
    assert errors.splitlines() == [
        f"candles are not kept on disk: {path}: the disk refused a write; what was stored before stays there"
    ]
    assert committed <= newest_close(path) <= committed + 1
    later = kill_after(writer(path, committed + 2), 3, 0.0)
    assert later is not None
    assert later >= committed + 4


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    """It says so in one sentence, and the first goes on."""
    path = tmp_path / "venue.sqlite"
    first = writer(path, 0)
    assert first.stdout is not None
    first.stdout.readline()
    out, errors = writer(path, 1000).communicate(timeout=60)
    assert (out, errors.splitlines()) == (
        "",
        [f"candles on disk are read but not written: {path}: another program writes to it"],
    )
    kill_after(first, 5, 0.0)
    assert 0 < newest_close(path) < 1000


READER = """
import asyncio, logging, os, sys
from pathlib import Path
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk_cache import DiskCache

async def read(path):
    async with DiskCache(path, venue="test", capacity_bars=96) as cache:
        print(sum(1 for _ in cache.load([Timeframe.M5])))

logging.basicConfig(format="%(message)s")
text("store.full")  # the messages lie where nobody may not read
if os.getuid() == 0:
    os.setuid(65534)
asyncio.run(read(Path(sys.argv[1])))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("was_killed", [True, False])
def test_a_folder_that_may_not_be_written_to_is_read(open_folder: Path, was_killed: bool) -> None:
    """One sentence; what is there is used, also what a killed writer left. Root, who may write anywhere, gives that up
    before."""
    path = open_folder / "venue.sqlite"
    kill_after(writer(path, 0), 2, 0.0)
    if not was_killed:
        DiskFile(path, "test", CAPACITY).close()
    open_folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", READER, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=REPOSITORY,
        check=False,
    )
    open_folder.chmod(0o755)
    assert (done.stdout, done.returncode) == (f"{len(SYMBOLS)}\n", 0), done.stderr
    assert done.stderr.splitlines() == [f"candles on disk are read but not written: {path}: Permission denied"]

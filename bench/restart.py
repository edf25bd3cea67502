"""What the disk cache saves at a restart: `.venv/bin/python bench/restart.py [--rounds 5] [--latency-ms 120]`.

Its limits: loopback, simulated latency without jitter, client and emulator on the same cores, files in the page cache
(a restart, not the first start after a boot). Every start is a process of its own, timed from its launch to the line of
its finished cycle: imports, the venue's time, the list of contracts, candles, indicators and strategy of 530 symbols at
499 bars. The ways alternate, so that other work on the machine meets all of them; processor time is that of the whole
process, and load ms includes handing the candles to memory. The venue's limit is lifted, or a
start without the disk would wait for the next minute: `minutes` says how many clock minutes its weight would take.

A start some time after the last is made by taking the newest bars off the disk, not by waiting. Before each round the
disk is brought up to date; that is not measured, as the emulator makes up its history in the first of them.
"""

import argparse
import asyncio
import json
import math
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.request import Request, urlopen

from eliteflow.operations.emulator_process import EmulatorAddress, emulator_process
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.disk.disk_file import DiskFile
from eliteflow.pipeline.disk.disk_reader import DiskReader

BARS = 499
WEIGHT_A_MINUTE = 2160  # 90 % of the venue's
HOPED_FOR = "10–20 %"


@dataclass
class Way:
    """One kind of start. age_s: how long ago the last bar on disk was closed, None without the disk cache."""

    name: str
    age_s: int | None
    seconds: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    load_ms: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)


def ways() -> list[Way]:
    """Return everything that is compared."""
    return [
        Way("without disk", None),
        Way("at once", 0),
        Way("after one close of 5m", 300),
        Way("after an hour", 3600),
        Way("after a day", 86_400),
    ]


def lift_limit(venue: EmulatorAddress) -> None:
    """Let the venue forget what was spent, and allow any weight."""
    for path, order in (("/reset", {}), ("/limits", {"weight_per_minute": 10_000_000})):
        urlopen(Request(venue.control_url + path, json.dumps(order).encode(), method="POST"), timeout=10).close()


def aged(stored: StoredSeries, cut_ms: int) -> StoredSeries:
    """Return a series without the bars that closed after `cut_ms`."""
    kept = stored.open_time_ms + stored.timeframe.ms <= cut_ms
    return replace(
        stored, open_time_ms=stored.open_time_ms[kept], values=stored.values[:, kept], version=stored.version[kept]
    )


def make_folder(full: Path, folder: Path, age_s: int) -> None:
    """Make a folder of candles as it was `age_s` seconds before the newest close."""
    shutil.rmtree(folder, ignore_errors=True)
    (path,) = (entry for entry in full.glob("*.sqlite") if "signals" not in entry.name)
    with DiskReader(path) as reader:
        series = list(reader.series(reader.timeframes()))
        newest_ms = max(int(stored.open_time_ms[-1]) + stored.timeframe.ms for stored in series)
        file = DiskFile(folder / path.name, reader.venue, 512)
    file.write([aged(stored, newest_ms - age_s * 1000) for stored in series])
    file.close()


async def start(venue: EmulatorAddress, folder: Path, way: Way | None) -> None:
    """Run one program to the end of its cycle and note what it took; `way` None: only fill the disk."""
    cpu_before_s = children_s()
    lift_limit(venue)
    environment = os.environ | {
        "ELITEFLOW_STORE__ENABLED": str(way is None or way.age_s is not None).lower(),
        "ELITEFLOW_REST__STATE_DIR": "",
        "PYTHONPYCACHEPREFIX": str(folder.parent / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled once, not by each start
    addresses = ("--rest-url", venue.rest_url, "--ws-url", venue.ws_url, "--store-path", str(folder))
    output = ("--quiet", "--format", "json", "--out", str(folder.parent / "report.json"), "--log-format", "json")
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "eliteflow", "scan", *addresses, "--limit", str(BARS), *output),
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    async for line in process.stdout:
        if way is not None and line.startswith(b"{"):
            note(way, json.loads(line), time.perf_counter() - started)
    assert await process.wait() == 0
    if way is not None:
        way.cpu_s.append(children_s() - cpu_before_s)


def children_s() -> float:
    """Return the processor time of all processes that were started here and have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def note(way: Way, event: dict[str, object], elapsed_s: float) -> None:
    """Take down what an event of the log says."""
    if event["event"] == "store.loaded":
        way.load_ms.append(float(str(event["load_s"])) * 1000)
    elif event["event"] == "cycle.finished":
        assert event["succeeded"] == event["symbols"]
        way.seconds.append(elapsed_s)
        way.requests.append(int(str(event["requests"])))
        way.weights.append(int(str(event["weight"])))


def report(found: Iterable[Way]) -> None:
    """Print what each kind of start took, and what that saves."""
    without, *others = found
    print(f"{'start':<24}{'seconds':>20}{'CPU s':>8}{'load ms':>9}{'requests':>10}{'weight':>8}{'minutes':>9}  saved")
    for way in (without, *others):
        seconds, weight = statistics.median(way.seconds), statistics.median(way.weights)
        spread = f"{seconds:.2f} ({min(way.seconds):.2f}–{max(way.seconds):.2f})"
        load = f"{statistics.median(way.load_ms):.0f}" if way.load_ms else "–"
        minutes = math.ceil(weight / WEIGHT_A_MINUTE)
        saved = "" if way is without else f"{saving(without, way):.0%} of requests"
        requests = statistics.median(way.requests)
        cpu_s = statistics.median(way.cpu_s)
        print(f"{way.name:<24}{spread:>20}{cpu_s:>8.2f}{load:>9}{requests:>10.0f}{weight:>8.0f}{minutes:>9}  {saved}")
    a_day(without, {way.name: way for way in others})


def saving(without: Way, way: Way) -> float:
    """Return which part of the requests a kind of start does not send."""
    return 1 - statistics.median(way.requests) / statistics.median(without.requests)


def a_day(without: Way, others: dict[str, Way]) -> None:
    """Print what that comes to in a day."""
    print(f"\nA day, against the {HOPED_FOR} that were hoped for:")
    for habit, starts, name in (
        ("`eliteflow run`, restarted once", 1, "at once"),
        ("`eliteflow run`, restarted every hour", 24, "at once"),
        ("`eliteflow scan` every hour", 24, "after an hour"),
        ("`eliteflow scan` after every close of 5m", 288, "after one close of 5m"),
    ):
        way = others[name]
        before, after = (starts * statistics.median(each.requests) for each in (without, way))
        seconds = starts * (statistics.median(without.seconds) - statistics.median(way.seconds))
        print(f"  {habit:<42}{before:>9.0f} → {after:>7.0f} requests, {saving(without, way):.0%} less, {seconds:.0f} s")


async def measure(rounds: int, latency_ms: float) -> None:
    """Measure every way and print it."""
    found = ways()
    with tempfile.TemporaryDirectory() as scratch:
        full, folder = Path(scratch) / "full", Path(scratch) / "aged"
        async with emulator_process(("--latency-ms", f"{latency_ms:g}")) as venue:
            for _ in range(rounds):
                await start(venue, full, None)
                for way in found:
                    if way.age_s is not None:
                        make_folder(full, folder, way.age_s)
                    await start(venue, folder, way)
    report(found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency-ms", type=float, default=120.0)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.rounds, chosen.latency_ms))

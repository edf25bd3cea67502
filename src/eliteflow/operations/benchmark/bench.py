"""Measures the fetch of a whole market on a local venue: the ways of today, and ours, in one run.

Limits of these figures: one machine, loopback, a simulated latency without jitter, the venue's limits switched off.
Client and venue each have a core of their own where there are two.
"""

import gc
import os
import platform
import resource
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sized
from importlib.metadata import version
from pathlib import Path

import aiohttp
import msgspec

from eliteflow.clock import Clock
from eliteflow.config import RestSettings, Settings, VenueSettings
from eliteflow.errors import utc_text
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.model.timeframe import Timeframe
from eliteflow.model.venue import SIMULATED
from eliteflow.operations.benchmark import old_ways
from eliteflow.operations.emulator_process import EmulatorAddress, emulator_process
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline

# The ways of today, in the order of their table; the first is slow and measured once only.
# The number is its scale: a serial way fetches one symbol in ten.
OLD_WAYS: Mapping[str, tuple[old_ways.Way, int]] = {
    "serial": (old_ways.serial, 10),
    "serial_gathered": (old_ways.serial_gathered, 10),
    "batch_64": (old_ways.batches_of_64, 1),
}
TIMEFRAMES = ("1h", "15m", "5m")
LIMIT = 50
QUIET_MS = 25_000  # before a 5m boundary nothing is started: the longest way takes about 20 s
SETTLE_MS = 3_000


class Measurement(msgspec.Struct, frozen=True):
    """One way, measured.

    wall_s, cpu_s: seconds for the symbols fetched, one value a round; cpu_s is the client's own processor time.
    scale: symbols of the market for each symbol fetched; the figures for the whole market are that many times larger.
    requests: what the venue counted in one round. series, complete: asked for, and returned with all their bars.
    """

    wall_s: list[float]
    cpu_s: list[float]
    scale: int
    requests: int
    series: int
    complete: int

    @property
    def market_s(self) -> float:
        """Median seconds for the whole market."""
        return statistics.median(self.wall_s) * self.scale

    @property
    def spread_s(self) -> tuple[float, float]:
        """Fastest and slowest round, for the whole market."""
        return min(self.wall_s) * self.scale, max(self.wall_s) * self.scale


class BenchResult(msgspec.Struct, frozen=True):
    """A run of the benchmark: when, where, on what, and every measurement by the name of its way.

    latency_ms: what the local venue was told to take, or what a real one took. venue: as in reports.
    """

    date: str
    machine: dict[str, str]
    symbols: int
    latency_ms: float
    rounds: int
    measurements: dict[str, Measurement]
    venue: str = SIMULATED


Job = Callable[[], Awaitable[Mapping[str, Mapping[str, Sized]]]]


async def run_bench(*, symbols: int, latency_ms: float, rounds: int, progress: Callable[[str], None]) -> BenchResult:
    """Measure every way `rounds` times in turn (the fully serial one once) and return all figures.

    symbols: size of the market. latency_ms: what each answer of the local venue takes at least.
    progress: called with the name of each way as it begins.
    """
    options = ("--symbols", str(symbols), "--latency-ms", str(latency_ms), "--young", "0")
    async with emulator_process(options) as address, aiohttp.ClientSession(address.control_url) as control:
        _give_cores_of_their_own(address.pid)
        (await control.post("/limits", json={"enabled": False})).raise_for_status()
        bench = _Bench(address, control)
        await bench.learn_universe()
        gc.freeze()  # as `app.py` does, for every way alike
        for number in range(rounds):
            for name, (way, scale) in OLD_WAYS.items():
                if number == 0 or name != "serial":
                    progress(name)
                    await bench.measure(name, bench.old_way(way, scale), scale)
            progress("ours_cold")
            await bench.measure_ours()
    measured = {name: bench.measurements[name] for name in (*OLD_WAYS, "ours_cold", "ours_warm")}
    return BenchResult(utc_text(bench.now_ms()), machine(), symbols, latency_ms, rounds, measured)


class _Bench:
    """The venue, its control port, and what was measured so far."""

    def __init__(self, address: EmulatorAddress, control: aiohttp.ClientSession) -> None:
        self._venue = VenueSettings(environment="emulator", rest_url=address.rest_url, ws_url=address.ws_url)
        self._control = control
        self._clock = Clock()
        self._symbols: list[str] = []
        self.measurements: dict[str, Measurement] = {}

    def now_ms(self) -> int:
        return self._clock.now_ms()

    async def learn_universe(self) -> None:
        async with BinanceClient(Settings(venue=self._venue), clock=self._clock) as client:
            await client.synchronise_clock()
            self._symbols = [instrument.symbol for instrument in await client.fetch_universe()]

    async def measure(self, name: str, job: Job, scale: int) -> None:
        """Run one way once and keep its figures."""
        await self._wait_for_quiet()
        (await self._control.post("/limits", json={"reset": True})).raise_for_status()
        before = await self._requests()
        frames, wall_s, cpu_s = await timed(job, self._clock)
        requests = await self._requests() - before
        complete = sum(len(frame) == LIMIT for of_symbol in frames.values() for frame in of_symbol.values())
        known = self.measurements.setdefault(
            name, Measurement([], [], scale, requests, len(frames) * len(TIMEFRAMES), complete)
        )
        known.wall_s.append(wall_s)
        known.cpu_s.append(cpu_s)

    def old_way(self, way: old_ways.Way, scale: int) -> Callable[[], Awaitable[old_ways.Frames]]:
        """Return a job that fetches every `scale`-th symbol on a session of its own."""

        async def job() -> old_ways.Frames:
            async with aiohttp.ClientSession(self._venue.rest_url) as session:
                return await way(session, self._symbols[::scale], TIMEFRAMES, LIMIT)

        return job

    async def measure_ours(self) -> None:
        """Measure the first call of a new pipeline, and the second."""
        settings = Settings(venue=self._venue, rest=RestSettings(state_dir=""))  # each round is a program of its own
        async with BinanceClient(settings, clock=self._clock) as client:
            await client.synchronise_clock()
            pipeline = UnifiedDataPipeline(client, clock=self._clock)
            for name in ("ours_cold", "ours_warm"):
                await self.measure(
                    name, lambda: pipeline.batch_get_multi_timeframe_data(self._symbols, TIMEFRAMES, LIMIT), 1
                )

    async def _requests(self) -> int:
        async with self._control.get("/stats") as answer:
            return int((await answer.json())["requests"])

    async def _wait_for_quiet(self) -> None:
        """Wait where a bar is about to close, or just has, so that none does inside a measurement."""
        boundary_ms = Timeframe.M5.open_time_ms(self._clock.now_ms())
        if self._clock.now_ms() > boundary_ms + Timeframe.M5.ms - QUIET_MS:
            boundary_ms += Timeframe.M5.ms
        await self._clock.sleep_until(boundary_ms + SETTLE_MS)


async def timed(job: Job, clock: Clock) -> tuple[Mapping[str, Mapping[str, Sized]], float, float]:
    """Return what a job returned, the seconds it took, and the processor seconds."""
    cpu_s, started_s = _cpu_s(), clock.steady_s()
    frames = await job()
    return frames, clock.steady_s() - started_s, _cpu_s() - cpu_s


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "eliteflow": version("eliteflow"),
        "aiohttp": version("aiohttp"),
        "pandas": version("pandas"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _give_cores_of_their_own(venue_pid: int) -> None:
    """Put the client on one core and the venue on another, where the system can and there are two."""
    if hasattr(os, "sched_setaffinity") and len(cores := sorted(os.sched_getaffinity(0))) > 1:
        os.sched_setaffinity(0, cores[:1])
        os.sched_setaffinity(venue_pid, cores[1:2])


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

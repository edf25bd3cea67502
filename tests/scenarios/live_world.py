"""A venue without a socket and a whole live program in front of it, in virtual time."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import numpy as np

from eliteflow.config import RestSettings, SchedulerSettings, Settings, StrategySettings, StreamSettings
from eliteflow.emulator.intervals import INTERVALS
from eliteflow.emulator.market import KlineQuery
from eliteflow.emulator.opening import GENERATED, EmulatorOptions, open_venue
from eliteflow.emulator.scenario import parse_scenario
from eliteflow.emulator.steering import Steering
from eliteflow.errors import EliteflowError
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.kline_wire import decode_klines
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.disk_cache import DiskCache
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.pipeline.upkeep import UpkeepSnapshot
from eliteflow.scheduler.cycle import CycleReport
from eliteflow.scheduler.detached_threads import AtOnce
from eliteflow.scheduler.patience import Patience
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from eliteflow.testing.emulated_frames import EmulatedFrames
from eliteflow.testing.emulated_http import EmulatedHttp
from eliteflow.testing.virtual_time import VirtualTimeLoop

START_MS = 1_795_420_810_000  # 2026-11-23 08:00:10 UTC
MINUTE_MS = 60_000
TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
# A push at most every 50 s makes six a bar; every other rule is the venue's.
PUSHES = "[streams]\nkline_push_ms = 50_000\n"


class LiveWorld:
    """A venue of some contracts, and a program that has nothing yet.

    scenario: how the venue behaves, in TOML. symbols: how many contracts, None for all that `market` has.
    market: `generated`, or the folder of a recorded one. start_ms: when the world begins.
    """

    def __init__(
        self,
        folder: Path,
        scenario: str = PUSHES,
        *,
        symbols: int | None = 12,
        seed: int = 7,
        settings: Settings | None = None,
        market: str = GENERATED,
        start_ms: int = START_MS,
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        random.seed(seed)  # pauses between repeated requests
        self.seed = seed
        self.clock = loop.clock(start_ms)
        self.venue = open_venue(EmulatorOptions(symbols=symbols, market=market), start_ms)
        self.steering = Steering(self.venue)
        self.steering.begin(parse_scenario(scenario), start_ms)
        self.settings = settings or Settings(
            rest=RestSettings(state_dir=str(folder)),
            scheduler=SchedulerSettings(batch_size=64),
            strategy=StrategySettings(names=()),
            stream=StreamSettings(stale_s=75),  # longer than the pause between two pushes
        )
        self.http = EmulatedHttp(self.venue, self.clock.now_ms, way_s=0.06)
        self.frames = EmulatedFrames(self.venue.desk, self.clock.now_ms, beat_s=0.25)

    @asynccontextmanager
    async def running(self, cache_path: Path | None = None) -> AsyncIterator["Program"]:
        """Start the program, with everything it does in the background, and stop it at the end.

        cache_path: where it keeps its candles; it keeps none without.
        """
        program = Program(self, cache_path)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(program.client)
            await program.learn_time()
            if program.cache is not None:
                await stack.enter_async_context(program.cache)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            jobs: list[Callable[[], Coroutine[None, None, None]]] = [program.client.watch, program.pipeline.run]
            if program.cache is not None:
                jobs.append(program.cache.run)
            background = [tasks.create_task(job()) for job in jobs]
            yield program
            for task in background:
                task.cancel()

    def truth(self, symbol: str, timeframe: Timeframe, bars: int) -> dict[int, list[float]]:
        """Return the venue's newest closed bars of a series as they stand now."""
        now_ms = self.clock.now_ms()
        end_ms = timeframe.newest_closed_ms(now_ms)
        query = KlineQuery(symbol, INTERVALS[timeframe.value], None, end_ms, bars)
        series = decode_klines(self.venue.market.klines(query, now_ms), timeframe.ms)
        return dict(zip(series.open_time_ms.tolist(), series.values.T.tolist(), strict=True))

    def in_progress(self, symbol: str, timeframe: str) -> list[float]:
        """Return all fields of the venue's bar in progress."""
        now_ms = self.clock.now_ms()
        query = KlineQuery(symbol, INTERVALS[timeframe], None, None, 1)
        series = decode_klines(self.venue.market.klines(query, now_ms), Timeframe(timeframe).ms)
        return [float(number) for number in series.values[:, 0]]

    def refuse_streams(self) -> None:
        """Let every stream of klines be silent from now on."""
        self.steering.begin(parse_scenario('[[fault]]\nkind = "silent"\ninterval = "5m"'), self.clock.now_ms())

    def drop(self) -> None:
        """Break every connection that brings klines, without a word."""
        self.steering.begin(parse_scenario('[[fault]]\nkind = "drop"\ninterval = "5m"\ncount = 8'), self.clock.now_ms())

    async def audited(self, program: "Program") -> None:
        """Let time pass until every series has been compared with the venue once more."""
        wanted = program.upkeep.audits + 2 * program.upkeep.watched
        while program.upkeep.audits < wanted:
            await self.pass_until(self.clock.now_ms() + MINUTE_MS)

    def pass_until(self, time_ms: int) -> Coroutine[None, None, None]:
        """Let time pass."""
        return self.clock.sleep_until(time_ms)


class Program:
    """Client, streams, pipeline and scheduler over one world. cache: None where nothing is kept on disk."""

    def __init__(self, world: LiveWorld, cache_path: Path | None = None) -> None:
        self._world = world
        self.patience = Patience(world.clock)
        settings = world.settings
        self.client = BinanceClient(settings, transport=world.http, clock=world.clock)
        self.streams = WebSocketManager(settings, source=world.frames, clock=world.clock, dice=Random(world.seed))
        self.data_service = DataService(self.client)
        self.cache = None
        if cache_path is not None:
            venue, bars = (lambda: self.client.venue), settings.data.capacity_bars
            self.cache = DiskCache(cache_path, venue=venue, capacity_bars=bars, clock=world.clock)
        self.pipeline = UnifiedDataPipeline(self.client, self.streams, self.cache, clock=world.clock, settings=settings)
        self.scheduler = UnifiedScheduler(
            settings, self.client, self.data_service, data_pipeline=self.pipeline, strategy_executor=AtOnce()
        )

    async def learn_time(self) -> None:
        """Learn the venue's time, however long that takes."""
        while True:
            try:
                return await self.client.synchronise_clock()
            except EliteflowError as error:
                await self.patience.wait(error)

    def crash(self) -> None:
        """Lose what waits to be written to disk, as a program does that is killed."""
        assert self.cache is not None
        self.cache._writer._queue.close()

    @property
    def upkeep(self) -> UpkeepSnapshot:
        """What runs in the background, as it is now."""
        upkeep = self.pipeline.snapshot().upkeep
        assert upkeep is not None
        return upkeep

    @property
    def report(self) -> CycleReport:
        """The report of the last cycle."""
        assert self.scheduler.last_outcome is not None
        return self.scheduler.last_outcome.report

    def differences(self) -> list[str]:
        """Return every closed bar in memory that is not the venue's own, and every one that is missing inside."""
        found = []
        for symbol in self.data_service.all_symbols:
            for timeframe in TIMEFRAMES:
                held = self.pipeline.store.stored(symbol, timeframe)
                truth = self._world.truth(symbol, timeframe, 499)
                if held is None:
                    found += [f"{symbol} {timeframe}: nothing in memory"] if truth else []
                    continue
                bars = dict(zip(held.open_time_ms.tolist(), held.values.T.tolist(), strict=True))
                for open_ms, values in truth.items():
                    if open_ms >= held.open_time_ms[0] and bars.get(open_ms) != values:
                        found.append(f"{symbol} {timeframe} {open_ms}: {bars.get(open_ms)} instead of {values}")
                newest_ms = max(truth, default=0)
                found += [f"{symbol} {timeframe}: unknown bar {ms}" for ms in bars if ms > newest_ms]
        return found


def kline_requests(world: LiveWorld) -> int:
    """Return how many klines requests the venue has seen."""
    return int(np.sum([client.paths["/fapi/v1/klines"] for client in world.venue.limits.clients.values()]))

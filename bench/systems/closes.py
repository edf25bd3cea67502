"""From the venue's final klines of a 5m close to what a program makes of them: ours whole, users' symbol by symbol.

The venue sends the finals 2 s after its close; from that instant, its own sending included, until the last symbol is
judged. Each round has a venue of its own whose clock stands before a close, so nobody waits five minutes.
"""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from importlib.metadata import version
from tempfile import TemporaryDirectory

import aiohttp
import msgspec
import numpy as np
import pandas as pd

from bench.job import Job
from bench.systems.base import System, pooled, users_frame
from bench.systems.indicators import WAYS
from bench.truth import Frames
from bench.venue import Venue, pinned
from eliteflow.app import open_app
from eliteflow.config import DataSettings, RestSettings, Settings, StoreSettings, TelemetrySettings, VenueSettings

VERSION = f"eliteflow {version('eliteflow')}"
BEFORE_S = 10.0
"""How long before the close the venue begins: time to start, fill memory and follow."""
FINAL_AFTER_S, OPENS_BEFORE_S, PATIENCE_S = 2.0, 1.0, 60.0
STREAMS_A_CONNECTION = 200
NUMBERS = ["open", "high", "low", "close", "volume"]


class CloseVenue(msgspec.Struct, frozen=True):
    """What bench.close_venue prints."""

    rest_url: str
    ws_url: str
    control_url: str
    closes_ms: int
    ahead_ms: int


def begin_venue() -> tuple["subprocess.Popen[bytes]", CloseVenue]:
    """Return a venue of its own and what it says when it is ready."""
    command = [sys.executable, "-m", "bench.close_venue", "--before-s", str(BEFORE_S)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    ready = msgspec.json.decode(process.stdout.readline(), type=CloseVenue)
    pinned(process.pid)
    return process, ready


class Close(System):
    """Opens before a close, and fetches what the close brings."""

    async def open(self) -> None:
        """Begin the venue and the program, and return shortly before the finals, once the market is followed."""
        self._process, self.venue = begin_venue()
        symbols = Venue(msgspec.to_builtins(self.venue)).symbols()[: len(self.job.symbols)]
        self.job = msgspec.structs.replace(
            self.job, control_url=self.venue.control_url, symbols=tuple(symbols), timeframes=("5m",)
        )
        self.ready, self.ended, self._idle_s = asyncio.Event(), asyncio.Event(), 0.0
        self._running = asyncio.create_task(self.run())
        await self._unless_broken(self.ready.wait())
        if self._until_finals_s() < OPENS_BEFORE_S:
            raise RuntimeError("the program was not ready before the close")
        await asyncio.sleep(self._until_finals_s() - OPENS_BEFORE_S)

    async def run(self) -> None:
        """Follow the market, set `ready`, take the close and set `ended`, in one task."""
        raise NotImplementedError

    async def fetch(self) -> Frames:
        """Wait for the finals, and until all of it is done."""
        self._idle_s = max(0.0, self._until_finals_s())
        async with asyncio.timeout(PATIENCE_S):
            await self._unless_broken(self.ended.wait())
        return {}

    @property
    def idle_s(self) -> float:
        """How long the finals were waited for."""
        return self._idle_s

    async def check(self, found: Frames, as_of_ms: int) -> tuple[int, int, int]:
        """Compare what the program holds after the close."""
        return await super().check(await self.held(), self.venue.closes_ms)

    async def held(self) -> Frames:
        """Return the frames that the judgement stood on."""
        raise NotImplementedError

    async def close(self) -> None:
        """End the program and the venue."""
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running
        self._process.terminate()
        self._process.communicate()

    def _until_finals_s(self) -> float:
        return (self.venue.closes_ms - self.venue.ahead_ms) / 1_000 + FINAL_AFTER_S - time.time()

    async def _unless_broken(self, waiting: Coroutine[None, None, bool]) -> None:
        """Wait, but no longer than the program runs; what broke it is raised."""
        awaited = asyncio.create_task(waiting)
        await asyncio.wait({awaited, self._running}, return_when=asyncio.FIRST_COMPLETED)
        if not awaited.done():
            awaited.cancel()
            self._running.result()


class Ours(Close):
    """The whole program of `eliteflow run`: streams, barrier, disk cache, ledger, indicators, trends, strategy."""

    async def run(self) -> None:
        """Run a cycle on a new market, and that of the close."""
        with TemporaryDirectory() as folder:
            venue = VenueSettings(environment="emulator", rest_url=self.venue.rest_url, ws_url=self.venue.ws_url)
            settings = Settings(
                venue=venue,
                data=DataSettings(history_bars=self.job.limit),
                rest=RestSettings(state_dir=""),
                store=StoreSettings(path=folder),
                telemetry=TelemetrySettings(port=0),
            )
            async with open_app(settings, is_live=True) as self._app:
                await self._app.scheduler.run_cycle()
                self.ready.set()
                await self._app.clock.sleep_until(self.venue.closes_ms)
                await self._app.data_pipeline.closed(self.venue.closes_ms)
                await self._app.scheduler.run_cycle()
                self.ended.set()
                await asyncio.Event().wait()

    async def held(self) -> Frames:
        """Return what memory holds; all of it is there, so nothing is asked for."""
        outcome = self._app.scheduler.last_outcome
        assert outcome is not None
        judged = [row.symbol for row in outcome.rows]
        found: Frames = await self._app.data_pipeline.batch_get_multi_timeframe_data(judged, ["5m"], self.job.limit)
        return found


class SymbolBySymbol(Close):
    """A user's program: a frame for each symbol, and at each final kline its indicators anew and a rule."""

    def __init__(self, job: Job, compute: Callable[[pd.DataFrame], Mapping[str, object]]) -> None:
        super().__init__(job)
        self._compute = compute
        self.signals: list[str] = []

    async def run(self) -> None:
        """Fetch the history, follow the streams, and judge each symbol as its bar closes."""
        self._frames: dict[str, pd.DataFrame] = {}
        self._left = set(self.job.symbols)
        async with aiohttp.ClientSession() as session:
            await pooled(64, lambda symbol: self._fill(session, symbol), self.job.symbols)
            self.ready.set()
            names = [f"{symbol.lower()}@kline_5m" for symbol in self.job.symbols]
            async with asyncio.TaskGroup() as tasks:
                for begin in range(0, len(names), STREAMS_A_CONNECTION):
                    tasks.create_task(self._follow(session, names[begin : begin + STREAMS_A_CONNECTION]))

    async def _fill(self, session: aiohttp.ClientSession, symbol: str) -> None:
        query = {"symbol": symbol, "interval": "5m", "limit": str(self.job.limit)}
        async with session.get(f"{self.venue.rest_url}/fapi/v1/klines", params=query) as answer:
            self._frames[symbol] = users_frame((await answer.json())[:-1])[NUMBERS]

    async def _follow(self, session: aiohttp.ClientSession, names: list[str]) -> None:
        async with session.ws_connect(f"{self.venue.ws_url}/market/stream?streams={'/'.join(names)}") as socket:
            async for message in socket:
                bar = msgspec.json.decode(message.data)["data"]["k"]
                if bar["x"]:
                    self._judge(bar)

    def _judge(self, bar: dict[str, str]) -> None:
        frame = self._frames[bar["s"]]
        frame.loc[pd.Timestamp(int(bar["t"]), unit="ms")] = [float(bar[name]) for name in "ohlcv"]
        found = {name: np.asarray(values)[-1] for name, values in self._compute(frame).items()}
        if found["adx"] > 25 and found["rsi"] > 50 and frame["close"].iloc[-1] > found["ema_20"]:
            self.signals.append(bar["s"])
        self._left.discard(bar["s"])
        if not self._left:
            self.ended.set()

    async def held(self) -> Frames:
        """Return the frames."""
        return {symbol: {"5m": frame} for symbol, frame in self._frames.items()}


def make(job: Job) -> System:
    """Return the system for a job."""
    return Ours(job) if job.way == "ours" else SymbolBySymbol(job, WAYS[job.way])

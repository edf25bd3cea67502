"""Runs a program that falls again and again, each time begun anew at once."""

import asyncio
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.soak.closes import CLOSE_EVERY_MS
from bench.soak.falls import Fall, Moment
from bench.soak.processes import Address, Process, free_port, start_program
from bench.soak.recorder import FOLDER
from eliteflow.clock import Clock
from eliteflow.pipeline.disk.disk_place import store_path

READY_WITHIN_S = 150.0
"""A program that was begun and ended often may have spent a clock minute's weight, and then waits for the next."""

WHOLE_WITHIN_S = 360.0
"""History is fetched with what weight is left, and looked after once a minute."""

POLL_S = 0.04
NOTIFIED_EVERY_S = "1"


@dataclass(frozen=True, slots=True)
class Ready:
    """A program that says it is ready. after_s: since its process began; symbols, failed: of its last cycle."""

    after_s: float
    symbols: int
    failed: int


@dataclass(frozen=True, slots=True)
class Life:
    """One run of the program.

    ready: None if it fell before. fell_ms, fell_after_s: when, by the clock and since its process began.
    status, took_s: how it ended, and how long that took.
    candles: a copy of its file of candles as the fall left it, None where there was none. log: its log.
    """

    fall: Fall
    ready: Ready | None
    fell_ms: int
    fell_after_s: float
    status: int
    took_s: float
    candles: Path | None
    log: Path


class Lives:
    """Plays falls in front of a running venue; everything lies in `folder`."""

    def __init__(self, address: Address, folder: Path, webhook_url: str) -> None:
        self._address = address
        self._folder = folder
        self.seen = folder / "seen"
        self.seen.mkdir()
        self.store = store_path(address.rest_url.partition("//")[2], str(folder / "store"))
        self._variables = {
            FOLDER: str(self.seen),
            "ELITEFLOW_NOTIFY__URLS": webhook_url,
            "ELITEFLOW_NOTIFY__EVENTS": "signals",
            "ELITEFLOW_NOTIFY__MIN_INTERVAL_S": NOTIFIED_EVERY_S,
        }
        self._port = free_port()
        self._clock = Clock()
        self._closes: dict[int, int] = {}

    async def play(self, falls: Sequence[Fall], is_whole: Callable[[], Awaitable[bool]]) -> list[Life]:
        """Live through all falls and once more, until `is_whole` says that the disk has all, or that took too long."""
        last = Fall(len(falls) + 1, signal.SIGTERM, Moment.CALM, 0.0)
        async with aiohttp.ClientSession() as self._session:
            lives = [await self._live(fall) for fall in falls]
            return [*lives, await self._live(last, is_whole)]

    async def _live(self, fall: Fall, may_end: Callable[[], Awaitable[bool]] | None = None) -> Life:
        if fall.begins_empty:
            for part in _files(self.store):
                part.unlink()
        log = self._folder / f"{fall.number:02}.log"
        words = ("--strategy", "bench.soak.recorder:Recorder")
        program = start_program(self._address, self._folder, self._port, log, *words, **self._variables)
        try:
            ready = await self._until_moment(fall, program)
            if may_end is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(WHOLE_WITHIN_S):
                        while not await may_end():  # noqa: ASYNC110  # another process fetches, nothing signals it
                            await asyncio.sleep(1)
        finally:
            fell_ms, fell_after_s = self._clock.now_ms(), time.monotonic() - program.started_s
            status, took_s = await asyncio.to_thread(program.end, fall.signal)
        candles = self._copied(fall.number)
        life = Life(fall, ready, fell_ms, fell_after_s, status, took_s, candles, log)
        print(_told(life), flush=True)
        return life

    async def _until_moment(self, fall: Fall, program: Process) -> Ready | None:
        """Return when the fall is due, with what the program said of itself if it was ready by then."""
        if fall.moment is Moment.CLOSE:
            wait_s = (self._close_ms(fall.group) - self._clock.now_ms()) / 1000 + fall.at_s
            return await self._ready_within(program, wait_s)
        if fall.moment in (Moment.START, Moment.FIRST_FILL):
            return await self._ready_within(program, fall.at_s - (time.monotonic() - program.started_s))
        ready = await self._until_ready(program)
        await asyncio.sleep(fall.at_s)
        return ready

    def _close_ms(self, group: int) -> int:
        """Return the close that a group of falls is about: the next one when its first fall's program has begun."""
        if group not in self._closes:
            now_ms = self._clock.now_ms() + 1_500
            self._closes[group] = now_ms - now_ms % CLOSE_EVERY_MS + CLOSE_EVERY_MS
        return self._closes[group]

    async def _ready_within(self, program: Process, wait_s: float) -> Ready | None:
        """Wait for so long, and return what the program said in that time."""
        until_s = time.monotonic() + wait_s
        ready = None
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                ready = await self._until_ready(program)
        await asyncio.sleep(max(0.0, until_s - time.monotonic()))
        return ready

    async def _until_ready(self, program: Process) -> Ready:
        url = f"http://127.0.0.1:{self._port}"
        while program.is_running and time.monotonic() - program.started_s < READY_WITHIN_S:
            with suppress(aiohttp.ClientError):
                async with self._session.get(f"{url}/readyz") as answer:
                    is_ready = answer.status == 200
                if is_ready:
                    after_s = time.monotonic() - program.started_s
                    async with self._session.get(f"{url}/status") as answer:
                        report = (await answer.json())["last_cycle"]
                    return Ready(after_s, report["symbols"], report["failed"])
            await asyncio.sleep(POLL_S)
        raise SystemExit(f"not ready after {time.monotonic() - program.started_s:.0f} s")

    def _copied(self, number: int) -> Path | None:
        """Copy the file of candles, so that the next program may begin at once."""
        folder = self._folder / f"{number:02}"
        folder.mkdir()
        for part in _files(self.store):
            shutil.copyfile(part, folder / part.name)
        copy = folder / self.store.name
        return copy if copy.exists() else None


def _files(store: Path) -> Iterable[Path]:
    return [part for part in store.parent.glob(f"{store.name}*") if not part.name.endswith(".lock")]


def _told(life: Life) -> str:
    fall = life.fall
    ready = "fell before it was ready" if life.ready is None else f"ready after {life.ready.after_s:.2f} s"
    how = f"{fall.signal.name} {fall.moment} at {fall.at_s:+.2f} s: status {life.status}, {life.took_s:.2f} s"
    return f"{fall.number:3}  {ready}, {how}"

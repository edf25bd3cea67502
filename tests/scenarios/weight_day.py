"""A day at the venue's limits: two programs of ours, and a neighbour on the same address."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eliteflow.config import RestSettings, Settings
from eliteflow.emulator.limits import Limits
from eliteflow.emulator.messages import Request, Response
from eliteflow.emulator.parameters import klines_weight, parse
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.model.timeframe import Timeframe
from eliteflow.testing.emulated_http import EmulatedHttp
from eliteflow.testing.virtual_time import VirtualTimeLoop

START_MS = 1_795_420_770_000  # 2026-11-23 07:59:30 UTC
MINUTE_MS = 60_000
SYMBOLS = [f"COIN{number}USDT" for number in range(530)]
ADDRESS = "203.0.113.7"
NEIGHBOUR_MOST = 720
CEILING = 2_160


class LimitedVenue:
    """The emulator's own limits in front of one fixed answer."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.refused: Counter[int] = Counter()

    def handle(self, request: Request, now_ms: int) -> Response:
        """Count the request and answer it."""
        is_klines = request.path.endswith("klines")
        weight = klines_weight(parse(request.query), measured=False) if is_klines else 1
        refusal = self.limits.charge(request.client_ip, weight, now_ms)
        if refusal is not None:
            self.refused[now_ms // MINUTE_MS] += 1
        used = self.limits.client(request.client_ip).used
        if refusal is not None:
            return Response(refusal.status, refusal.body, refusal.headers, used, delay_s=0.12)
        body = b"[]" if is_klines else b'{"serverTime":%d}' % now_ms
        return Response(200, body, used_weight=used, delay_s=0.12)


@dataclass
class Day:
    """What happened. late_s: for each cycle, from its boundary to its last answer. totals: the address's, by minute."""

    venue: LimitedVenue
    late_s: list[float] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)
    served: int = 0
    second_served: int = 0
    neighbour: Counter[int] = field(default_factory=Counter)

    @property
    def totals(self) -> dict[int, int]:
        """Weight of the whole address by minute, counted from the first."""
        first = START_MS // MINUTE_MS
        return {minute - first: weight for minute, weight in self.counted.items()}

    @property
    def refusals(self) -> dict[int, int]:
        """Refusals by minute, counted from the first."""
        first = START_MS // MINUTE_MS
        return {minute - first: count for minute, count in self.venue.refused.items()}

    counted: dict[int, int] = field(default_factory=dict)


async def play(hours: float, folder: Path, *, seed: int = 7, second: bool = True) -> Day:
    """Let the day pass: REST alone, a cycle at each 5-minute boundary."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    day = Day(LimitedVenue())
    end_ms = START_MS + int(hours * 60) * MINUTE_MS
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(neighbour(loop, day, end_ms, random.Random(seed)))
        tasks.create_task(keep_counting(loop, day, end_ms))
        tasks.create_task(our_program(loop, day, end_ms, folder))
        if second:
            tasks.create_task(our_second_program(loop, day, end_ms, folder, random.Random(seed + 1)))
    return day


@asynccontextmanager
async def program(loop: VirtualTimeLoop, day: Day, folder: Path) -> AsyncIterator[BinanceClient]:
    """A process of ours: its own client and budget, one book on disk."""
    clock = loop.clock(START_MS)
    settings = Settings(rest=RestSettings(state_dir=str(folder)))
    transport = EmulatedHttp(day.venue, clock.now_ms, client_ip=ADDRESS, way_s=0.06, host="venue.test")
    async with BinanceClient(settings, transport=transport, clock=clock) as client, asyncio.TaskGroup() as tasks:
        await client.synchronise_clock()
        watch = tasks.create_task(client.watch())
        yield client
        watch.cancel()


async def our_program(loop: VirtualTimeLoop, day: Day, end_ms: int, folder: Path) -> None:
    """A cycle 2 s after each boundary: 530 requests each 5 minutes, 1,060 at a quarter, 1,590 at a full hour."""
    async with program(loop, day, folder) as client:
        boundary_ms = START_MS - START_MS % (5 * MINUTE_MS) + 5 * MINUTE_MS
        while boundary_ms < end_ms:
            await client.clock.sleep_until(boundary_ms + 2_000)
            await cycle(client, day, boundary_ms)
            boundary_ms += 5 * MINUTE_MS


async def cycle(client: BinanceClient, day: Day, boundary_ms: int) -> None:
    """Ask for the bars that have just closed, of every symbol."""
    closed = [tf for tf in (Timeframe.M5, Timeframe.M15, Timeframe.H1) if boundary_ms % tf.ms == 0]
    requests = [client.fetch_series(symbol, tf, limit=50) for tf in closed for symbol in SYMBOLS]
    for outcome in await asyncio.gather(*requests, return_exceptions=True):
        if isinstance(outcome, Exception):
            day.failed.append(outcome)
        else:
            day.served += 1
    day.late_s.append((client.clock.now_ms() - boundary_ms) / 1_000)


async def our_second_program(loop: VirtualTimeLoop, day: Day, end_ms: int, folder: Path, chance: random.Random) -> None:
    """A second process that reads 300 to 900 weight right when the first one does."""
    async with program(loop, day, folder) as client:
        boundary_ms = START_MS - START_MS % (5 * MINUTE_MS) + 5 * MINUTE_MS
        while boundary_ms < end_ms:
            await client.clock.sleep_until(boundary_ms + 2_000 + chance.randrange(2_000))
            requests = [
                client.fetch_series(symbol, Timeframe.M1, limit=499) for symbol in SYMBOLS[: chance.randint(150, 450)]
            ]
            outcomes = await asyncio.gather(*requests, return_exceptions=True)
            day.second_served += sum(not isinstance(outcome, BaseException) for outcome in outcomes)
            day.failed += [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            boundary_ms += 5 * MINUTE_MS


async def neighbour(loop: VirtualTimeLoop, day: Day, end_ms: int, chance: random.Random) -> None:
    """Somebody else: each minute a number of bursts of 120, up to six, at any second of it."""
    clock = loop.clock(START_MS)
    minute_ms = START_MS - START_MS % MINUTE_MS
    while minute_ms < end_ms:
        for moment_ms in sorted(chance.randrange(MINUTE_MS) for _ in range(chance.choice([0, 2, 4, 6, 6]))):
            await clock.sleep_until(minute_ms + moment_ms)
            if minute_ms + moment_ms >= START_MS:
                refusal = day.venue.limits.charge(ADDRESS, 120, clock.now_ms())
                day.neighbour[minute_ms // MINUTE_MS] += 120
                if refusal is not None:
                    day.venue.refused[minute_ms // MINUTE_MS] += 1
        minute_ms += MINUTE_MS
        await clock.sleep_until(minute_ms)


async def keep_counting(loop: VirtualTimeLoop, day: Day, end_ms: int) -> None:
    """Take the venue's own books before it forgets: it keeps three hours."""
    clock = loop.clock(START_MS)
    while clock.now_ms() < end_ms:
        await asyncio.sleep(3_600)
        day.counted |= day.venue.limits.client(ADDRESS).weight_by_minute
    day.counted |= day.venue.limits.client(ADDRESS).weight_by_minute

"""Days of a whole market under everything that a venue does to its clients, in virtual time (docs/soak.md).

Every hour, and at the end, each closed bar in memory and on disk is compared with the venue's own.
`python -m tests.scenarios.soak` lives through seven days, or `ELITEFLOW_SCENARIO_HOURS`, and prints its figures last.
"""

import asyncio
import gc
import logging
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from eliteflow.config import RestSettings, SchedulerSettings, Settings, StrategySettings, StreamSettings
from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.listings import ListingOrder
from eliteflow.emulator.neighbour import NeighbourOrder
from eliteflow.emulator.revisions import RevisionOrder
from eliteflow.pipeline.close_barrier import CloseSummary
from eliteflow.pipeline.disk.disk_reader import DiskReader
from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.scenarios.live_world import MINUTE_MS, LiveWorld, Program
from tests.scenarios.venue_truth import TIMEFRAMES, VenueTruth

HOUR_MS = 60 * MINUTE_MS
CHECK_MS = 4 * MINUTE_MS + 30_000
"""How long after a full hour it is compared: whatever its close met has had as long to heal."""

MOST_DRIFT = 0.05
"""How much memory may grow, as a share."""

ALWAYS = """
[streams]
kline_push_ms = 50_000   # six pushes a bar

[[fault]]                # of a hundred finals one is 28 s late, one never comes
kind = "final_late"
delay_s = 28
probability = 0.01

[[fault]]
kind = "final_lost"
probability = 0.01

[[fault]]
kind = "final_duplicated"
probability = 0.05

[[fault]]                # followed by an older state of its bar
kind = "final_disordered"
probability = 0.05

[[fault]]                # connections break several times an hour, in the middle of a frame or of a bar
kind = "drop"
probability = 0.0002

[[fault]]
kind = "frame_truncated"
probability = 0.00001

[[fault]]
kind = "frame_invalid"
probability = 0.00001

[[fault]]
kind = "frame_malformed"
probability = 0.001

[[fault]]
kind = "frame_slow"
delay_s = 1
probability = 0.001

[[fault]]
kind = "stream_delay"
delay_s = 0.3
jitter_s = 1.5
probability = 0.001

[[fault]]                # REST lacks a bar's last trades for four seconds
kind = "unfinal"
delay_s = 4
probability = 0.2

[[fault]]
kind = "500"
probability = 0.005

[[fault]]
kind = "503a"
probability = 0.005

[[fault]]
kind = "503b"
probability = 0.01

[[fault]]
kind = "503c"
probability = 0.005

[[fault]]
kind = "delay"
delay_s = 1
jitter_s = 2
probability = 0.01

[[fault]]
kind = "slow"
delay_s = 3
probability = 0.005

[[fault]]
kind = "hang"
probability = 0.001

[[fault]]
kind = "reset"
probability = 0.005

[[fault]]
kind = "truncated"
probability = 0.003

[[fault]]
kind = "malformed"
probability = 0.003
"""


@dataclass(slots=True)
class Figures:
    """What a soak saw. lost: bars that were not there 15 s after their close. memory_mb: at each comparison."""

    hours: int = 0
    compared: int = 0
    differences: list[str] = field(default_factory=list)
    closes: list[CloseSummary] = field(default_factory=list)
    cycles: int = 0
    failed_cycles: int = 0
    restarts: int = 0
    reconnects: int = 0
    revised: int = 0
    mismatches: int = 0
    repaired: int = 0
    requests: int = 0
    refused: int = 0
    heaviest_minute: int = 0
    tasks_left: int = 0
    memory_mb: list[float] = field(default_factory=list)

    def share_final(self, after_s: int) -> float:
        """Return which share of all bars was final so long after their close, 0 to 1."""
        bars = sum(close.bars for close in self.closes)
        return sum(close.final_after[after_s] * close.bars for close in self.closes) / max(1, bars)

    def line(self) -> str:
        """Return everything in one line."""
        shares = " ".join(f"+{after_s}s {self.share_final(after_s):.2%}" for after_s in (2, 3, 5, 10))
        lost = sum(close.lost for close in self.closes)
        return (
            f"soak: {self.hours} h, {self.compared:,} bars compared, {len(self.differences)} differ; "
            f"{len(self.closes)} closes, final {shares}, {lost} lost and {self.repaired} gaps repaired; "
            f"{self.revised} bars revised, {self.mismatches} by audits; {self.reconnects} reconnects, "
            f"{self.restarts} restarts; {self.cycles} cycles, {self.failed_cycles} failed; {self.requests:,} requests, "
            f"{self.refused} × 429, heaviest minute {self.heaviest_minute}; memory {self.memory_mb[-1]:.0f} MB, "
            f"drift {self.memory_drift:+.1%}; {self.tasks_left} tasks left"
        )

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong that a user would have to live with."""
        return not (self.differences or self.refused or self.tasks_left or self.memory_drift > MOST_DRIFT)

    @property
    def memory_drift(self) -> float:
        """How much memory has grown, as a share of what it was after the first day, or the first half."""
        settled = self.memory_mb[min(24, len(self.memory_mb) // 2) :]
        return settled[-1] / settled[0] - 1 if settled else 0.0


class Soak:
    """A venue, and a program in front of it that is ended and started again now and then.

    symbols: trading contracts at the beginning. seed: of everything that happens by chance.
    """

    def __init__(self, folder: Path, *, symbols: int = 530, seed: int = 1) -> None:
        settings = Settings(
            rest=RestSettings(state_dir=str(folder)),
            scheduler=SchedulerSettings(batch_size=64),
            strategy=StrategySettings(names=()),
            stream=StreamSettings(stale_s=75, rollover_h=5),
        )
        self.world = LiveWorld(folder, ALWAYS, symbols=symbols, settings=settings)
        self.figures = Figures()
        self._cache = folder / "venue.sqlite"
        self._dice = Random(seed)
        self._truth = VenueTruth(self.world.venue.market)
        self._start_ms = self.world.clock.now_ms() - self.world.clock.now_ms() % HOUR_MS
        self._seen_ms = 0
        self._told: Callable[[Figures], None] = lambda _: None

    async def run(self, hours: int, told: Callable[[Figures], None] = lambda _: None) -> Figures:
        """Let so many hours pass, and return what happened. told: called after each comparison."""
        self._told = told
        moments = self._moments(hours)
        is_over = False
        while not is_over:
            async with self.world.running(self._cache) as program:
                cycles = asyncio.create_task(program.scheduler.run(patience=program.patience))
                is_over = await self._watch(program, moments)
                self._count(program)
                self._count_program(program)
                cycles.cancel()
            await asyncio.wait([cycles])
            self.figures.tasks_left += len(asyncio.all_tasks()) - 1
            if not is_over:
                self.figures.restarts += 1
                await asyncio.sleep(self._dice.choice((0.5, 20, 150)))
        return self.figures

    async def _watch(self, program: Program, moments: Iterator[tuple[int, str]]) -> bool:
        """Compare whenever it is time, until the program shall end; return whether that was the end of all."""
        for moment_ms, what in moments:
            await self.world.pass_until(moment_ms)
            match what:
                case "plan":
                    self._plan_hour()
                case "compare":
                    await self._compare(program)
                case "crash" | "restart":
                    if what == "crash":
                        program.crash()
                    return False
        return True

    def _moments(self, hours: int) -> Iterator[tuple[int, str]]:
        """Yield what is to be done when: each hour is planned, lived through and compared."""
        for hour in range(hours):
            start_ms = self._start_ms + hour * HOUR_MS
            yield start_ms + CHECK_MS, "plan"
            if hour % 3 == 2:
                # Half an hour before a comparison: so long a sweep of the audits takes, and a start begins a new one.
                when_ms = start_ms + CHECK_MS + self._dice.randrange(30_000, 2 * MINUTE_MS)
                yield when_ms, "crash" if hour % 2 else "restart"
            yield start_ms + HOUR_MS + CHECK_MS, "compare"

    def _plan_hour(self) -> None:
        """Order what happens until the next comparison."""
        world, now_ms, dice, hour = self.world, self.world.clock.now_ms(), self._dice, self.figures.hours
        world.venue.faults.rules = [rule for rule in world.venue.faults.rules if (rule.end_ms or now_ms) >= now_ms]
        symbols = [i.symbol for i in world.venue.market.instruments if i.is_usdt_perpetual]
        for _ in range(20):
            order = RevisionOrder(
                symbol=dice.choice(symbols), bars_ago=dice.randint(1, 80), ticks=3, in_s=dice.uniform(1, 600)
            )
            world.steering.revise(order, now_ms)
        for symbol in dice.sample(symbols, 3):
            begin_ms = now_ms + dice.randrange(50 * MINUTE_MS)
            self._fault(FaultRule(kind="silent", symbol=symbol, begin_ms=begin_ms, end_ms=begin_ms + 8 * MINUTE_MS))
        weight = dice.choice((0, 240, 480, 720))
        neighbour = NeighbourOrder(weight_a_minute=weight, bursts=6, first_second=dice.uniform(0, 9.9), minutes=60)
        world.steering.invite(neighbour, now_ms)
        self._plan_rare(hour, now_ms)

    def _plan_rare(self, hour: int, now_ms: int) -> None:
        """Order what does not happen every hour."""
        dice = self._dice
        at_ms = now_ms + dice.randrange(20 * MINUTE_MS)
        if hour == 1:
            self._fault(FaultRule(kind="418", for_s=120, count=1, begin_ms=at_ms))
        if hour == 3:
            self._fault(FaultRule(kind="403", count=1, begin_ms=at_ms))
        if hour % 5 == 4:  # at one close nothing comes by any way
            self._fault(FaultRule(kind="silent", interval="5m", begin_ms=at_ms, end_ms=at_ms + 200_000))
            self._fault(FaultRule(kind="503b", path="/fapi/v1/klines", begin_ms=at_ms, end_ms=at_ms + 200_000))
        if hour % 10 == 2 and self.world.venue.market.unlisted:
            self.world.steering.listings.follow(ListingOrder(list_in_s=dice.uniform(1, 3_000)), now_ms)
        if hour % 10 == 5:
            market = self.world.venue.market
            symbol = dice.choice([i.symbol for i in market.instruments if i.is_usdt_perpetual])
            self.world.steering.listings.follow(ListingOrder(symbol=symbol, delist_in_s=dice.uniform(1, 3_000)), now_ms)

    def _fault(self, rule: FaultRule) -> None:
        self.world.venue.faults.add(rule, self.world.clock.now_ms())

    async def _compare(self, program: Program) -> None:
        """Compare everything in memory and on disk with the venue."""
        assert program.cache is not None
        await program.cache.flush()
        figures, store = self.figures, program.pipeline.store
        self._truth.advance(self.world.clock.now_ms())
        symbols = [symbol for symbol in program.data_service.all_symbols if self._trades(symbol)]
        for timeframe in TIMEFRAMES:
            figures.differences += self._truth.differences(timeframe, symbols, store)
        with DiskReader(self._cache) as reader:
            kept = {(stored.symbol, stored.timeframe): stored for stored in reader.series(TIMEFRAMES, store.capacity)}
        for symbol in symbols:
            for timeframe in TIMEFRAMES:
                if (stored := kept.get((symbol, timeframe))) is None:
                    figures.differences.append(f"{symbol} {timeframe} is not on disk")
                elif difference := self._truth.stored_difference(stored):
                    figures.differences.append(difference)
        figures.hours += 1
        figures.compared += 2 * sum(len(stored.open_time_ms) for stored in kept.values())
        self._count(program)
        figures.memory_mb.append(memory_mb())
        self._told(figures)

    def _trades(self, symbol: str) -> bool:
        market = self.world.venue.market
        return market.is_live(market.rows[symbol], self.world.clock.now_ms())

    def _count(self, program: Program) -> None:
        """Take over what has been counted since this was last done."""
        figures, client = self.figures, self.world.venue.limits.client("127.0.0.1")
        new = [close for close in program.upkeep.closes if close.boundary_ms > self._seen_ms]
        figures.closes += new
        self._seen_ms = max((close.boundary_ms for close in new), default=self._seen_ms)
        figures.requests += len(self.world.http.sent_ms)
        self.world.http.sent_ms.clear()
        figures.heaviest_minute = max(figures.heaviest_minute, *client.weight_by_minute.values())
        figures.refused = client.statuses[429]

    def _count_program(self, program: Program) -> None:
        """Take over what a program has counted; before it ends."""
        figures, upkeep, scheduler = self.figures, program.upkeep, program.scheduler.snapshot()
        figures.cycles += scheduler.started
        figures.failed_cycles += scheduler.failed
        figures.reconnects += program.streams.snapshot().reconnects
        figures.revised += upkeep.revised
        figures.mismatches += upkeep.mismatches
        figures.repaired += upkeep.gaps.repaired_total


def memory_mb() -> float:
    """Return how much memory the process has, in megabytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> int:
    """Live through the time that was asked for, hour by hour on stderr, and print one line last."""
    logging.getLogger("eliteflow").setLevel(logging.ERROR)
    hours = round(float(os.environ.get("ELITEFLOW_SCENARIO_HOURS", "168")))
    started_s = time.perf_counter()

    told: set[str] = set()

    def tell(figures: Figures) -> None:
        for difference in sorted({*figures.differences} - told):
            sys.stderr.write(f"{difference}\n")
        told.update(figures.differences)
        sys.stderr.write(f"hour {figures.hours} of {hours}: {len(figures.differences)} bars or series differ\n")

    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        figures = runner.run(_soaked(Path(folder), hours, tell))
    sys.stdout.write(f"{figures.line()}; took {time.perf_counter() - started_s:.0f} s\n")
    return 0 if figures.is_clean else 1


async def _soaked(folder: Path, hours: int, tell: Callable[[Figures], None]) -> Figures:
    return await Soak(folder).run(hours, tell)


if __name__ == "__main__":
    sys.exit(main())

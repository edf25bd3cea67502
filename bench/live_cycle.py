"""How long the analysis step of a cycle takes, as `UnifiedScheduler` runs it, close after close.

    python bench/live_cycle.py [--symbols 530] [--bars 499] [--hours 2]

take: each batch of 64 reads its newest closed bars from memory and updates its handles. rank: batches are put together,
trends and regimes follow, the table is sorted. strategy: the built-in one with its funnel. Milliseconds of processor
time, medians over the closes of that kind; `cold` opens all handles and judges all bars, `no news` is a cycle in which
nothing closed.

Limits: candles come from a venue inside the process and are fetched before the clock starts; one core; no streams, no
disk. Milliseconds depend on the machine, and on what else runs on it: compare lines of one run, and take `fastest`
for an undisturbed cycle.
"""

import argparse
import asyncio
import platform
import statistics
import time
from collections import defaultdict

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.strategies.trend_pullback import TrendPullback
from eliteflow.analysis.strategy import indicators_read
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.cycle import batches
from eliteflow.scheduler.market_analysis import MarketAnalysis
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource

TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
START_MS = 1_763_892_000_000 + 60_000
"""One minute after a full hour."""
BATCH_SIZE = 64

Phases = dict[str, float]


class Desk:
    """A market and its analysis."""

    def __init__(self, symbols: int) -> None:
        self.names = [f"S{number:03}USDT" for number in range(symbols)]
        self.clock = ManualClock(START_MS)
        self.pipeline = UnifiedDataPipeline(MemorySource(self.clock), clock=self.clock)
        engine, self.strategy = EliteTechnicalEngine(), TrendPullback()
        names = indicators_read([self.strategy], DEFAULT_SET)
        self.analysis = MarketAnalysis(self.pipeline, engine, TrendMonitor(engine), TIMEFRAMES, names)

    async def cycle(self, bars: int) -> Phases:
        """Fetch what has closed, then measure the analysis of it."""
        await self.pipeline.refresh(self.names, TIMEFRAMES, bars, as_of_ms=self.clock.now_ms())
        now_ms, phases = self.clock.now_ms(), Phases()
        started = time.process_time()
        parts: dict[Timeframe, list[MarketIndicators]] = defaultdict(list)
        for batch in batches(self.names, BATCH_SIZE):
            for timeframe, found in self.analysis.take(batch, now_ms).items():
                parts[timeframe].append(found)
        taken = time.process_time()
        self.analysis.rank(parts, now_ms)
        ranked = time.process_time()
        self.strategy.evaluate(self.analysis.view(self.names, now_ms))
        phases |= {"take": taken - started, "rank": ranked - taken, "strategy": time.process_time() - ranked}
        return phases


async def main(symbols: int, bars: int, hours: int) -> None:
    """Print one line for each kind of cycle."""
    desk = Desk(symbols)
    found: dict[str, list[Phases]] = defaultdict(list)
    found["cold"].append(await desk.cycle(bars))
    for _ in range(hours * 12):
        found["no news"].append(await desk.cycle(bars))
        desk.clock.advance(300)
        minute = desk.clock.now_ms() // 60_000 % 60
        kind = "hourly close" if minute == 1 else "15m close" if minute % 15 == 1 else "5m close"
        found[kind].append(await desk.cycle(bars))
    print(f"Python {platform.python_version()}, {platform.machine()}, {symbols} symbols × 3 × {bars} bars")
    print("          cycle  count   take ms   rank ms  strategy ms  together ms  fastest ms")
    for kind, phases in found.items():
        take, rank, strategy = (statistics.median(one[name] for one in phases) * 1e3 for name in phases[0])
        together, fastest = take + rank + strategy, min(sum(one.values()) for one in phases) * 1e3
        times = f"{take:>9.1f} {rank:>9.1f} {strategy:>12.1f} {together:>12.1f} {fastest:>11.1f}"
        print(f"{kind:>15} {len(phases):>6} {times}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--symbols", type=int, default=530)
    parser.add_argument("--bars", type=int, default=499)
    parser.add_argument("--hours", type=int, default=2)
    options = parser.parse_args()
    asyncio.run(main(options.symbols, options.bars, options.hours))

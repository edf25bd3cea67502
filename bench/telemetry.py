"""What being watched costs: a scrape, a look, an observation, and the loop's own measuring.

    python bench/telemetry.py [--symbols 530]

Limits of these figures: one machine, a local venue in a process of its own, streams as they come in that time. Each
figure is a median of its rounds; where two are compared, both come from one run, in turn.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable

from eliteflow.clock import Clock
from eliteflow.config import Settings, StoreSettings, StrategySettings, TelemetrySettings, VenueSettings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.operations.emulator_process import emulator_process
from eliteflow.operations.notices.notifier import Notifier
from eliteflow.operations.watch.cycle_watch import CycleWatch
from eliteflow.operations.watch.exposition import exposition
from eliteflow.operations.watch.live_status import LiveStatus, WatchedParts, Watchers
from eliteflow.operations.watch.status_document import status_document
from eliteflow.operations.watch.watchman import Watchman
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from eliteflow.telemetry.histogram import Histogram
from eliteflow.telemetry.loop_lag import LoopLag
from eliteflow.telemetry.metrics import STREAM_LAG_S

ROUNDS = 200


def median_us(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median microseconds of one call."""
    taken = []
    for _ in range(rounds):
        started_ns = time.perf_counter_ns()
        work()
        taken.append((time.perf_counter_ns() - started_ns) / 1000)
    return statistics.median(taken)


async def cpu_share(seconds: float) -> float:
    """Part of a core that this process takes while nobody asks anything of it."""
    started_s, cpu_s = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu_s) / (time.perf_counter() - started_s)


async def measure(symbols: int) -> None:
    """Run a cycle over the market, then measure what watching adds."""
    async with emulator_process(("--symbols", str(symbols), "--latency-ms", "0")) as address:
        settings = Settings(
            venue=VenueSettings(environment="emulator", rest_url=address.rest_url, ws_url=address.ws_url),
            store=StoreSettings(enabled=False),
            strategy=StrategySettings(names=()),
            telemetry=TelemetrySettings(enabled=False),
        )
        clock = Clock()
        notifier = Notifier(settings.notify, [], clock)
        watchman = Watchman(clock, notifier)
        cycles, lag = CycleWatch(clock, watchman.take_outcome), LoopLag(clock)
        async with BinanceClient(settings, clock=clock) as client:
            await client.synchronise_clock()
            streams, service = WebSocketManager(settings, clock=clock), DataService(client)
            pipeline = UnifiedDataPipeline(client, streams, clock=clock, settings=settings, data_service=service)
            scheduler = UnifiedScheduler(settings, client, service, data_pipeline=pipeline, observer=cycles)
            parts = WatchedParts(client, pipeline, scheduler, streams)
            source = LiveStatus(settings, clock, parts, Watchers(cycles, lag, notifier, watchman.days))
            running = asyncio.create_task(pipeline.run())
            await scheduler.run_cycle()
            await asyncio.sleep(5)
            report(source, watchman)
            running.cancel()
            await asyncio.wait({running})
    await report_loop_lag()


def report(source: LiveStatus, watchman: Watchman) -> None:
    """Print what each look costs."""
    status = source.status()
    watchman.look(status)
    size = len(exposition(status)[0])
    histogram = Histogram(STREAM_LAG_S)
    print(f"symbols {status.pipeline.symbols}, live streams {status.streams.live if status.streams else 0}")
    print(f"status of all parts         {median_us(source.status) / 1000:8.3f} ms")
    print(f"a scrape of {size:5d} bytes     {median_us(lambda: exposition(source.status())) / 1000:8.3f} ms")
    document = median_us(lambda: status_document(source.status(), source.days(status)))
    print(f"/status                     {document / 1000:8.3f} ms")
    print(f"the watchman's look         {median_us(lambda: watchman.look(source.status())) / 1000:8.3f} ms")
    batch = median_us(lambda: [histogram.observe(0.02, times=500) for _ in range(1000)])
    print(f"an observation              {batch / 1000:8.3f} µs, whatever its number of pushes")


async def report_loop_lag() -> None:
    """Print what the measuring of the loop itself takes of a core, against a loop that sleeps."""
    lag = LoopLag(Clock())
    idle, measuring = [], []
    for _ in range(5):
        idle.append(await cpu_share(1.0))
        task = asyncio.create_task(lag.run())
        measuring.append(await cpu_share(1.0))
        task.cancel()
    added = statistics.median(measuring) - statistics.median(idle)
    seen = lag.snapshot()
    print(f"loop lag measured           {added * 100:8.3f} % of a core, p99 ≤ {seen.quantile(0.99) * 1000:.3g} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=530)
    asyncio.run(measure(parser.parse_args().symbols))


if __name__ == "__main__":
    main()

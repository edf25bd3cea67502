"""What budget, leases and breaker cost: a cold fill of the market with them and without.

`.venv/bin/python bench/limits.py [--rounds 7] [--latency-ms 120]`

Its limits: loopback, simulated latency without jitter, client and emulator on the same cores. Both ways send the same
1,590 requests through the same client and connections of their own; the rounds alternate, so that other work on the
machine meets both. Before each round the venue forgets what was spent, and a round does not begin near a minute's end,
where waiting for the next window is meant. The way without begins all at once; with, the first request goes alone and
the first 120 wait for its answer, which is what learning the venue's counter costs.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self
from urllib.request import Request, urlopen

from eliteflow.clock import Clock
from eliteflow.config import RestSettings, Settings, VenueSettings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.circuit_breaker import CircuitBreaker
from eliteflow.exchange.weight_budget import WeightBudget
from eliteflow.model.priority import Priority
from eliteflow.operations.emulator_process import EmulatorAddress, emulator_process
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline

TIMEFRAMES = ["1h", "15m", "5m"]
LAST_START_S = 50


class _Open:
    """Stands for a lease and a breaker's guard, and does nothing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exit_: object) -> None:
        return None

    def sent(self) -> None:
        """Count nothing."""

    def answered(self, counter: int | None) -> None:
        """Learn nothing."""


class NoBudget(WeightBudget):
    """Lets everything go."""

    def lease(self, weight: int, priority: Priority = Priority.INTERACTIVE) -> _Open:  # type: ignore[override]
        """Return what does nothing."""
        return _Open()


class NoBreaker(CircuitBreaker):
    """Lets everything through."""

    def guard(self, priority: Priority = Priority.INTERACTIVE, subject: str = "") -> _Open:  # type: ignore[override]
        """Return what does nothing."""
        return _Open()

    def check(self, priority: Priority) -> None:
        """Hold nothing back."""


@asynccontextmanager
async def program(address: EmulatorAddress, *, with_limits: bool) -> AsyncIterator[BinanceClient]:
    """A new program with a book of its own; connections and clock are ready, nothing has been fetched."""
    with tempfile.TemporaryDirectory() as folder:
        venue = VenueSettings(environment="emulator", rest_url=address.rest_url)
        settings = Settings(venue=venue, rest=RestSettings(state_dir=folder))
        clock = Clock()
        budget = None if with_limits else NoBudget(clock)
        breaker = None if with_limits else NoBreaker("emulator", clock)
        async with BinanceClient(settings, clock=clock, budget=budget, breaker=breaker) as client:
            await client.synchronise_clock()
            yield client


async def cold_fill_s(address: EmulatorAddress, *, with_limits: bool) -> float:
    """Return how long a program's first fetch of the whole market takes."""
    forget_spending(address)
    await asyncio.sleep(max(0.0, (60 - time.time() % 60 + 0.5) if time.time() % 60 > LAST_START_S else 0.0))
    async with program(address, with_limits=with_limits) as client:
        symbols = [instrument.symbol for instrument in await client.fetch_universe()]
        pipeline = UnifiedDataPipeline(client, clock=client.clock)
        started_s = time.perf_counter()
        refresh = await pipeline.refresh(symbols, TIMEFRAMES, 50)
        took_s = time.perf_counter() - started_s
    if refresh.errors or refresh.report.requests != len(symbols) * len(TIMEFRAMES):
        raise SystemExit(f"not a whole fill: {refresh.report}")
    return took_s


def forget_spending(address: EmulatorAddress) -> None:
    """Let the venue begin at zero."""
    urlopen(Request(f"{address.control_url}/limits", b'{"reset": true}', method="POST")).read()


async def measure(rounds: int, latency_ms: float) -> None:
    """Alternate both ways and print their medians."""
    times: dict[bool, list[float]] = {True: [], False: []}
    async with emulator_process(("--latency-ms", str(latency_ms))) as address:
        for _ in range(rounds + 1):
            for with_limits in (True, False):
                times[with_limits].append(await cold_fill_s(address, with_limits=with_limits))
    show(times[True][1:], times[False][1:])  # the first of each warms the emulator's market up


def show(with_limits: list[float], without: list[float]) -> None:
    """Print both medians with their spread, and the median of the pairwise ratios."""
    for name, seconds in (("with budget, leases and breaker", with_limits), ("without", without)):
        print(f"{name:<34}{statistics.median(seconds):7.3f} s   {min(seconds):.3f}-{max(seconds):.3f}")
    slower = statistics.median(on / off for on, off in zip(with_limits, without, strict=True)) - 1
    print(f"{'slower, median of the pairs':<34}{slower:7.1%}     aim: at most 5 %")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    import uvloop

    return uvloop.new_event_loop


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--latency-ms", type=float, default=120.0)
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(measure(chosen.rounds, chosen.latency_ms))

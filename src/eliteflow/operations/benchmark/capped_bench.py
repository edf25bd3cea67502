"""Measures the fetch of a few contracts at a venue with limits, inside a weight that its user has allowed.

Limits of these figures: one round, a part of the market, the line and the hour as they are. What the ways of today
send is outside eliteflow's own budget, so it is planned before anything is sent, and begins only where the venue's
counter has room for all of it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

import aiohttp

from eliteflow.clock import Clock
from eliteflow.config import RestSettings, Settings, VenueSettings
from eliteflow.errors import ConfigError, utc_text
from eliteflow.exchange import endpoints
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.weight_ledger import DEFAULT_LIMIT
from eliteflow.messages import text
from eliteflow.model.timeframe import MINUTE_MS
from eliteflow.operations.benchmark import old_ways
from eliteflow.operations.benchmark.bench import LIMIT, TIMEFRAMES, BenchResult, Job, Measurement, machine, timed
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline

WAYS: Mapping[str, old_ways.Way] = {
    "serial_gathered": old_ways.serial_gathered,
    "batch_64": old_ways.batches_of_64,
}
OVERHEAD = 30
"""Weight for time, contracts, and the readings of the venue's counter before and after each way."""
SHARE = 0.5
"""Of the venue's limit: more is not spent on a benchmark, whatever is allowed."""
WEIGHT_HEADER = "x-mbx-used-weight-1m"
LATEST_START_MS = 20_000
"""Into a clock minute: the counter has to be read again before it begins anew."""


def symbols_for(weight: int) -> int:
    """Return for how many symbols the weight is enough; raise ConfigError if for none, or if it is too much."""
    most = int(DEFAULT_LIMIT * SHARE)
    symbols = (weight - OVERHEAD) // ((len(WAYS) + 1) * len(TIMEFRAMES))
    if symbols < 1 or weight > most:
        least = OVERHEAD + (len(WAYS) + 1) * len(TIMEFRAMES)
        raise ConfigError("--weight", text("bench.weight_wanted", least=least, most=most, found=weight))
    return symbols


async def run_capped_bench(
    venue: VenueSettings, *, weight: int, announce: Callable[[str], None], progress: Callable[[str], None]
) -> BenchResult:
    """Measure every way once at a venue with limits and return the figures.

    weight: the most that is spent. announce: called with a sentence that says so before anything is sent.
    progress: called with the name of each way as it begins. Raises ConfigError and ExchangeError.
    """
    count = symbols_for(weight)
    announce(text("bench.will_spend", weight=weight, host=endpoints.rest_url(venue), symbols=count))
    clock = Clock()
    settings = Settings(venue=venue, rest=RestSettings(state_dir=""))
    url = endpoints.rest_url(venue)
    async with BinanceClient(settings, clock=clock) as client, aiohttp.ClientSession(url) as session:
        await client.synchronise_clock()
        symbols = [instrument.symbol for instrument in await client.fetch_universe()][:count]
        bench = _CappedBench(clock, session)
        await bench.wait_for_room(weight)
        for name, way in WAYS.items():
            progress(name)
            await bench.measure(name, partial(way, session, symbols, TIMEFRAMES, LIMIT))
        progress("ours_cold")
        pipeline = UnifiedDataPipeline(client, clock=clock)
        for name in ("ours_cold", "ours_warm"):
            await bench.measure(name, lambda: pipeline.batch_get_multi_timeframe_data(symbols, TIMEFRAMES, LIMIT))
        date = utc_text(clock.now_ms())
        return BenchResult(date, machine(), count, bench.round_trip_ms, 1, bench.measurements, client.venue)


class _CappedBench:
    """The venue's own counter, and what was measured so far."""

    def __init__(self, clock: Clock, session: aiohttp.ClientSession) -> None:
        self._clock = clock
        self._session = session
        self._round_trips_s: list[float] = []
        self.measurements: dict[str, Measurement] = {}

    @property
    def round_trip_ms(self) -> float:
        """Median time to an answer of the venue that holds nothing."""
        return round(median(self._round_trips_s) * 1000, 1)

    async def wait_for_room(self, weight: int) -> None:
        """Wait for a clock minute that is young, and in which others have left enough."""
        while self._clock.now_ms() % MINUTE_MS > LATEST_START_MS or await self._counter() + weight > DEFAULT_LIMIT:
            await self._clock.sleep_until((self._clock.now_ms() // MINUTE_MS + 1) * MINUTE_MS + 500)

    async def measure(self, name: str, job: Job) -> None:
        """Run one way and keep its figures; requests as the venue's counter has them, its reading taken off."""
        before = await self._counter()
        frames, wall_s, cpu_s = await timed(job, self._clock)
        requests = await self._counter() - before - 1
        complete = sum(len(frame) == LIMIT for of_symbol in frames.values() for frame in of_symbol.values())
        series = len(frames) * len(TIMEFRAMES)
        self.measurements[name] = Measurement([wall_s], [cpu_s], 1, max(0, requests), series, complete)

    async def _counter(self) -> int:
        begun_s = self._clock.steady_s()
        async with self._session.get(endpoints.PING.path) as answer:
            answer.raise_for_status()
            await answer.read()
            self._round_trips_s.append(self._clock.steady_s() - begun_s)
            return int(answer.headers.get(WEIGHT_HEADER, "0"))

"""Brings the past of every series into memory in the background, after its newest bars are there."""

import asyncio
from collections.abc import Sequence

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError
from eliteflow.model.priority import Priority
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import Fetch, plan_deepening, request_weight
from eliteflow.pipeline.bar_close import WATCH_MS
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.pipeline.tally import Tally
from eliteflow.telemetry.log import EventLog

LOOK_MS = 60_000


class Deepening:
    """Fetches what series lack of their newest `bars` bars, with what weight everybody else leaves.

    symbols: those that are watched.
    """

    def __init__(
        self, store: CandleStore, fetcher: SeriesFetcher, clock: Clock, timeframes: Sequence[Timeframe], bars: int
    ) -> None:
        self.symbols: tuple[str, ...] = ()
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._timeframes = timeframes
        self._bars = min(bars, store.capacity)
        self._wake = asyncio.Event()
        self._log = EventLog("UnifiedDataPipeline")

    def look(self) -> None:
        """Look now: series have been filled."""
        self._wake.set()

    async def run(self) -> None:
        """Deepen until cancelled; what could not be had is tried again a minute later."""
        while True:
            await self._clock.wait(self._wake, self._clock.now_ms() + LOOK_MS)
            if plan := self._plan():
                await self._carry_out(plan)

    def _plan(self) -> list[Fetch]:
        """Return the requests for series of which something is there; the others are filled by whoever needs them."""
        # What has just closed is the barrier's concern.
        settled_ms = self._clock.now_ms() - WATCH_MS
        coverages = []
        for timeframe in self._timeframes:
            known = [symbol for symbol in self.symbols if self._store.newest_closed_ms(symbol, timeframe) is not None]
            head_ms = timeframe.newest_closed_ms(settled_ms)
            coverages.append(self._store.coverage(timeframe, known, head_ms, self._bars))
        return plan_deepening(coverages)

    async def _carry_out(self, plan: Sequence[Fetch]) -> None:
        started_s, tally = self._clock.steady_s(), Tally()
        async with asyncio.TaskGroup() as tasks:
            requests = [
                tasks.create_task(self._bring(fetch, tally), name=f"deepen {fetch.symbol} {fetch.timeframe}")
                for fetch in plan
            ]
        brought = [fetch for fetch, request in zip(plan, requests, strict=True) if request.result() is None]
        if brought:
            weight = sum(request_weight(fetch.limit) for fetch in brought)
            took_s = self._clock.steady_s() - started_s
            self._log.write("history.deepened", series=len(brought), bars=self._bars, weight=weight, took_s=took_s)

    async def _bring(self, fetch: Fetch, tally: Tally) -> EliteflowError | None:
        return await self._fetcher.bring(fetch, tally, Priority.BACKFILL)

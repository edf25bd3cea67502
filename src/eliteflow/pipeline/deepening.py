"""Brings the past of every series into memory in the background, after its newest bars are there."""

import asyncio
from collections.abc import Sequence

import numpy as np

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

AGAIN_MS = 3_600_000
"""How soon to ask once more for bars that the venue did not have."""


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
        # What the venue has answered about each series, and when: what lacks all the same it does not have.
        self._answered: dict[tuple[str, Timeframe], tuple[Fetch, int]] = {}
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
        fetches = []
        for timeframe in self._timeframes:
            head_ms = timeframe.newest_closed_ms(settled_ms)
            coverage = self._store.coverage(timeframe, self.symbols, head_ms, self._bars)
            empty = {coverage.symbols[row] for row in np.flatnonzero(coverage.is_empty).tolist()}
            fetches += [fetch for fetch in plan_deepening([coverage]) if fetch.symbol not in empty]
        return [fetch for fetch in fetches if not self._is_answered(fetch)]

    def _is_answered(self, fetch: Fetch) -> bool:
        answered, at_ms = self._answered.get((fetch.symbol, fetch.timeframe), (None, 0))
        return answered is not None and answered.covers(fetch) and self._clock.now_ms() < at_ms + AGAIN_MS

    async def _carry_out(self, plan: Sequence[Fetch]) -> None:
        started_s, tally = self._clock.steady_s(), Tally()
        async with asyncio.TaskGroup() as tasks:
            requests = [
                tasks.create_task(self._bring(fetch, tally), name=f"deepen {fetch.symbol} {fetch.timeframe}")
                for fetch in plan
            ]
        brought = [fetch for fetch, request in zip(plan, requests, strict=True) if request.result() is None]
        now_ms = self._clock.now_ms()
        self._answered |= {(fetch.symbol, fetch.timeframe): (fetch, now_ms) for fetch in brought}
        if brought:
            weight = sum(request_weight(fetch.limit) for fetch in brought)
            took_s = self._clock.steady_s() - started_s
            self._log.write("history.deepened", series=len(brought), bars=self._bars, weight=weight, took_s=took_s)

    async def _bring(self, fetch: Fetch, tally: Tally) -> EliteflowError | None:
        return await self._fetcher.bring(fetch, tally, Priority.BACKFILL)

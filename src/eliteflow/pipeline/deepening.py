"""Brings the past of every series into memory in the background, after its newest bars are there."""

import asyncio
from collections.abc import Sequence

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError
from eliteflow.model.klines_weight import request_weight
from eliteflow.model.priority import Priority
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import Fetch, plan_deepening
from eliteflow.pipeline.bar_close import WATCH_MS
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.pipeline.tally import Tally
from eliteflow.telemetry.log import EventLog

FIRST_LOOK_MS, LOOK_MS = 5_000, 60_000
"""How long after the beginning, and after each look, the next one is: a restart may have found all that is new on disk,
and then nobody says that series have been filled."""

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
        self._timeframes = sorted(timeframes, key=lambda timeframe: timeframe.ms)
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
        pause_ms = FIRST_LOOK_MS
        while True:
            await self._clock.wait(self._wake, self._clock.now_ms() + pause_ms)
            await self._deepen()
            pause_ms = LOOK_MS

    async def _deepen(self) -> None:
        """Fetch what lacks, one timeframe after the other: of a larger one what does not follow from the shorter."""
        started_s, brought = self._clock.steady_s(), list[Fetch]()
        for timeframe in self._timeframes:
            brought += await self._carry_out(self._plan(timeframe))
        if brought:
            weight = sum(request_weight(fetch.limit) for fetch in brought)
            took_s = self._clock.steady_s() - started_s
            self._log.write("history.deepened", series=len(brought), bars=self._bars, weight=weight, took_s=took_s)

    def _plan(self, timeframe: Timeframe) -> list[Fetch]:
        """Return the requests for series whose newest bar is there; the others are first filled by whoever needs them.

        After a restart the tail of every series is missing, and on its way already.
        """
        # What has just closed is the barrier's concern.
        head_ms = timeframe.newest_closed_ms(self._clock.now_ms() - WATCH_MS)
        current = [
            symbol for symbol in self.symbols if (self._store.newest_closed_ms(symbol, timeframe) or 0) >= head_ms
        ]
        plan = plan_deepening([self._store.coverage(timeframe, current, head_ms, self._bars)])
        return [fetch for fetch in plan if not self._is_answered(fetch)]

    def _is_answered(self, fetch: Fetch) -> bool:
        answered, at_ms = self._answered.get((fetch.symbol, fetch.timeframe), (None, 0))
        return answered is not None and answered.covers(fetch) and self._clock.now_ms() < at_ms + AGAIN_MS

    async def _carry_out(self, plan: Sequence[Fetch]) -> list[Fetch]:
        """Return which of the requests were answered."""
        tally = Tally()
        async with asyncio.TaskGroup() as tasks:
            requests = [
                tasks.create_task(self._bring(fetch, tally), name=f"deepen {fetch.symbol} {fetch.timeframe}")
                for fetch in plan
            ]
        brought = [fetch for fetch, request in zip(plan, requests, strict=True) if request.result() is None]
        now_ms = self._clock.now_ms()
        self._answered |= {(fetch.symbol, fetch.timeframe): (fetch, now_ms) for fetch in brought}
        return brought

    async def _bring(self, fetch: Fetch, tally: Tally) -> EliteflowError | None:
        return await self._fetcher.bring(fetch, tally, Priority.BACKFILL)

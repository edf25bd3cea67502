"""From one planned request to L1: every series is fetched once at a time, whoever asks for it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError
from eliteflow.model.priority import Priority
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import Fetch
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.ports import SeriesSource
from eliteflow.pipeline.tally import Tally


@dataclass(slots=True, eq=False)
class _UnderWay:
    """left_s: when its request left for the venue, on the steady clock; None while it waits for its turn."""

    fetch: Fetch
    priority: Priority
    outcome: "asyncio.Future[EliteflowError | None]"
    left_s: float | None = None


class SeriesFetcher:
    """Fetches series into L1. Two callers that need the same bars share one request and its outcome."""

    def __init__(self, source: SeriesSource, store: CandleStore, clock: Clock, *, spare_rows: int = 0) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._spare_rows = spare_rows
        self._under_way: dict[tuple[str, Timeframe], list[_UnderWay]] = {}

    @property
    def under_way(self) -> int:
        """How many requests are under way, those that wait for their turn included."""
        return sum(map(len, self._under_way.values()))

    async def bring(
        self, fetch: Fetch, tally: Tally, priority: Priority = Priority.INTERACTIVE
    ) -> EliteflowError | None:
        """Bring the answer to `fetch` into L1 and return None, or return why that failed.

        priority: of the request; one that is under way is shared if it brings as much and is no less urgent.
        """
        joined_s = self._clock.steady_s()
        while (shared := self._shared(fetch, priority)) is not None:
            await asyncio.wait((shared.outcome,))
            # Whoever led it may have been cancelled: then it is fetched again, by us.
            if not shared.outcome.cancelled():
                break
        if shared is None:
            return await self._lead(fetch, tally, priority)
        if shared.left_s is not None:
            tally.left(max(joined_s, shared.left_s))
            tally.replied(self._clock.steady_s())
        return shared.outcome.result()

    def _shared(self, fetch: Fetch, priority: Priority) -> _UnderWay | None:
        for other in self._under_way.get((fetch.symbol, fetch.timeframe), ()):
            if other.priority <= priority and other.fetch.covers(fetch):
                return other
        return None

    async def _lead(self, fetch: Fetch, tally: Tally, priority: Priority) -> EliteflowError | None:
        outcome: asyncio.Future[EliteflowError | None] = asyncio.get_running_loop().create_future()
        under_way = _UnderWay(fetch, priority, outcome)
        self._under_way.setdefault((fetch.symbol, fetch.timeframe), []).append(under_way)

        def left() -> None:
            now_s = self._clock.steady_s()
            tally.left(now_s)
            under_way.left_s = under_way.left_s or now_s  # a repetition leaves later, and is not the first

        try:
            tally.ask(fetch.limit + self._spare_rows)
            error = await self._fetch(fetch, priority, left)
            tally.replied(self._clock.steady_s())
            outcome.set_result(error)
            return error
        finally:
            self._end(under_way)
            outcome.cancel()  # without effect once there is a result

    def _end(self, under_way: _UnderWay) -> None:
        key = under_way.fetch.symbol, under_way.fetch.timeframe
        self._under_way[key].remove(under_way)
        if not self._under_way[key]:
            del self._under_way[key]

    async def _fetch(self, fetch: Fetch, priority: Priority, on_sent: Callable[[], None]) -> EliteflowError | None:
        # Taken before the source may queue the request, so a bar is never thought to be older than it was.
        requested_ms = self._clock.now_ms()
        try:
            series = await self._source.fetch_series(
                fetch.symbol,
                fetch.timeframe,
                limit=fetch.limit,
                end_ms=fetch.end_ms,
                priority=priority,
                on_sent=on_sent,
            )
        except EliteflowError as error:
            return error
        if len(series) < fetch.limit:
            # Before the write, which tells the disk cache of the series.
            first_ms = int(series.open_time_ms[0]) if len(series) else fetch.end_ms + fetch.timeframe.ms
            self._store.note_first_bar(fetch.symbol, fetch.timeframe, first_ms)
        self._store.write(fetch.symbol, fetch.timeframe, series, requested_ms=requested_ms)
        return None

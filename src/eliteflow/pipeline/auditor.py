"""Compares memory with the venue, a little all the time, and repairs what differs: the runner around `AuditPlan`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError, utc_text
from eliteflow.model.priority import Priority
from eliteflow.model.series import Series
from eliteflow.pipeline.audit import AuditPlan, Mismatch, compare
from eliteflow.pipeline.backfill import Fetch
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.ports import SeriesSource, WeightLimited
from eliteflow.telemetry.log import EventLog

if TYPE_CHECKING:
    from numpy.typing import NDArray

IDLE_MS = 1_000
"""How soon to ask again while nothing is watched."""


class Auditor:
    """Asks for the newest bars of one series after the other, at the lowest priority.

    audits: answers compared so far. mismatches: bars that memory had otherwise; the venue's version has replaced them.
    """

    def __init__(self, store: CandleStore, source: SeriesSource, clock: Clock, plan: AuditPlan) -> None:
        self.plan = plan
        self.audits = 0
        self.mismatches = 0
        self._store = store
        self._source = source
        self._clock = clock
        self._log = EventLog("UnifiedDataPipeline")

    async def run(self) -> None:
        """Audit until cancelled. A request that fails for a while is made once more a little later."""
        while True:
            if isinstance(self._source, WeightLimited):
                self.plan.weight_limit = self._source.weight_limit
            now_ms = self._clock.now_ms()
            await self._clock.sleep_until(max(now_ms + 1, self.plan.next_ms() or now_ms + IDLE_MS))
            if (fetch := self.plan.take(self._clock.now_ms())) is not None:
                await self._audit(fetch)

    async def _audit(self, fetch: Fetch) -> None:
        requested_ms, versions = self._clock.now_ms(), self._versions(fetch)
        try:
            answer = await self._source.fetch_series(
                fetch.symbol, fetch.timeframe, limit=fetch.limit, end_ms=fetch.end_ms, priority=Priority.AUDIT
            )
        except EliteflowError as error:
            if error.retryable:
                self.plan.failed(fetch, self._clock.now_ms())
            return
        # What a stream has said meanwhile is newer than the answer, which would win by its number.
        changed = self._versions(fetch) != versions
        if changed.any():
            times = fetch.end_ms + (np.flatnonzero(changed) + 1 - len(changed)) * fetch.timeframe.ms
            kept = ~np.isin(answer.open_time_ms, times)
            answer = Series(answer.open_time_ms[kept], answer.values[:, kept])
        memory = self._store.block(fetch.timeframe, (fetch.symbol,), fetch.end_ms, fetch.limit)
        found = compare(memory, answer, requested_ms=requested_ms)
        self._store.write(fetch.symbol, fetch.timeframe, answer, requested_ms=requested_ms)
        self.audits += 1
        self.mismatches += len(found)
        if found:
            self._tell(found)
            if fetch.timeframe not in self.plan.streamed:
                for timeframe in self.plan.streamed:  # its parts may be those that the venue has corrected
                    self.plan.doubt((fetch.symbol,), requested_ms, timeframe)

    def _versions(self, fetch: Fetch) -> "NDArray[np.int64]":
        bars = min(fetch.limit, self._store.capacity)
        return self._store.versions(fetch.timeframe, (fetch.symbol,), fetch.end_ms, bars)[0]

    def _tell(self, found: Sequence[Mismatch]) -> None:
        newest = found[-1]
        field, (held, venue) = next(iter(newest.fields.items()))
        self._log.write(
            "audit.mismatch",
            symbol=newest.symbol,
            timeframe=newest.timeframe.value,
            bars=len(found),
            bar=utc_text(newest.open_time_ms),
            field=field,
            held=held,
            venue_has=venue,
        )

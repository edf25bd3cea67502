"""Compares memory with the venue, a little all the time, and repairs what differs: the runner around `AuditPlan`."""

from collections.abc import Sequence

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError, utc_text
from eliteflow.model.priority import Priority
from eliteflow.pipeline.audit import AuditPlan, Mismatch, compare
from eliteflow.pipeline.backfill import Fetch
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.ports import SeriesSource
from eliteflow.telemetry.log import EventLog

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
        """Audit until cancelled. A request that fails is left out: the next sweep comes to its series again."""
        while True:
            now_ms = self._clock.now_ms()
            await self._clock.sleep_until(max(now_ms + 1, self.plan.next_ms() or now_ms + IDLE_MS))
            if (fetch := self.plan.take(self._clock.now_ms())) is not None:
                await self._audit(fetch)

    async def _audit(self, fetch: Fetch) -> None:
        requested_ms = self._clock.now_ms()
        try:
            answer = await self._source.fetch_series(
                fetch.symbol, fetch.timeframe, limit=fetch.limit, end_ms=fetch.end_ms, priority=Priority.AUDIT
            )
        except EliteflowError:
            return
        memory = self._store.block(fetch.timeframe, (fetch.symbol,), fetch.end_ms, fetch.limit)
        found = compare(memory, answer, requested_ms=requested_ms)
        self._store.write(fetch.symbol, fetch.timeframe, answer, requested_ms=requested_ms)
        self.audits += 1
        self.mismatches += len(found)
        if found:
            self._tell(found)

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

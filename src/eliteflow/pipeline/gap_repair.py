"""Looks for bars that may have been lost and fetches those that were: the runner around `GapLedger`."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eliteflow.clock import Clock
from eliteflow.model.priority import Priority
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import plan_backfill
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import Coverage
from eliteflow.pipeline.gaps import Doubt, GapLedger
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.pipeline.tally import Tally
from eliteflow.telemetry.log import EventLog


@dataclass(frozen=True, slots=True)
class GapSnapshot:
    """down: symbols whose streams bring nothing. open: series known to lack bars. repaired_total: series repaired."""

    down: int
    open: int
    repaired_total: int


class GapRepair:
    """Keeps the ledger of what may be missing, and repairs it over REST, inside the weight budget."""

    def __init__(
        self, store: CandleStore, fetcher: SeriesFetcher, clock: Clock, timeframes: Iterable[Timeframe]
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._ledger = GapLedger(timeframes)
        self._wake = asyncio.Event()
        self._log = EventLog("UnifiedDataPipeline")

    def lost(self, symbols: Iterable[str], since_ms: int, reason: str) -> None:
        """Note that pushes of these symbols may be missing from `since_ms` on, until they are live again."""
        self._ledger.lost(symbols, since_ms, reason)
        self._wake.set()

    def live(self, symbols: Iterable[str], at_ms: int) -> None:
        """Note that every push of these symbols arrives from `at_ms` on."""
        self._ledger.live(symbols, at_ms)
        self._wake.set()

    def suspect(self, timeframe: Timeframe, symbols: Iterable[str], open_time_ms: int) -> None:
        """Note a closed bar that did not come."""
        for symbol in symbols:
            self._ledger.suspect(symbol, timeframe, open_time_ms, open_time_ms)
        self._wake.set()

    def forget(self, symbols: Iterable[str]) -> None:
        """Forget symbols that are no longer watched."""
        self._ledger.forget(symbols)

    def snapshot(self) -> GapSnapshot:
        """Return what is missing at present."""
        return GapSnapshot(len(self._ledger.down), self._ledger.open, self._ledger.repaired_total)

    async def run(self) -> None:
        """Look after everything in doubt until cancelled."""
        while True:
            await self._clock.wait(self._wake, self._ledger.next_ms())
            for doubt in self._ledger.due(self._clock.now_ms()):
                await self._look(doubt)

    async def _look(self, doubt: Doubt) -> None:
        coverage = self._coverage(doubt)
        lacking = _lacking(coverage)
        if news := self._ledger.found(doubt, lacking):
            self._log.write(
                "gap.found", symbols=news, timeframe=doubt.timeframe.value, bars=doubt.bars, reason=doubt.reason
            )
        async with asyncio.TaskGroup() as tasks:
            for fetch in plan_backfill(coverage, capacity=self._store.capacity):
                # A failure needs no word here: what is still missing stays in doubt and is looked for again.
                request = self._fetcher.bring(fetch, Tally(), Priority.CLOSE_REPAIR)
                tasks.create_task(request, name=f"gap {fetch.symbol} {fetch.timeframe}")
        still = set(_lacking(self._coverage(doubt))) if lacking else set()
        whole = [symbol for symbol in doubt.symbols if symbol not in still]
        if repaired := self._ledger.repaired(doubt, whole):
            self._log.write("gap.repaired", symbols=repaired, timeframe=doubt.timeframe.value, open=self._ledger.open)

    def _coverage(self, doubt: Doubt) -> Coverage:
        bars = min(doubt.bars, self._store.capacity)
        return self._store.coverage(doubt.timeframe, doubt.symbols, doubt.last_ms, bars)


def _lacking(coverage: Coverage) -> Sequence[str]:
    return [coverage.symbols[row] for row in np.flatnonzero(coverage.missing).tolist()]

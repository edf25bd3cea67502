"""Bringing L1 up to date: what is missing is planned, waited for if it has only just closed, fetched and verified."""

import asyncio
from collections.abc import Sequence

from eliteflow.clock import Clock
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import Fetch, plan_backfill
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import Coverage
from eliteflow.pipeline.closes import Closes
from eliteflow.pipeline.completeness import incomplete
from eliteflow.pipeline.market_call import MarketCall
from eliteflow.pipeline.series_fetcher import SeriesFetcher


class MarketRefresher:
    """Makes L1 hold the newest bars of many series, all fetches of a call flowing at once."""

    def __init__(
        self,
        store: CandleStore,
        fetcher: SeriesFetcher,
        clock: Clock,
        closes: Closes,
        *,
        spare_rows: int,
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._closes = closes
        self._spare_rows = spare_rows

    async def run(self, call: MarketCall) -> None:
        """Fetch what the call needs and memory lacks; what could not be had stands in the call's failures."""
        symbols = call.asked()
        self._store.reserve(symbols, call.timeframes)
        async with asyncio.TaskGroup() as tasks:
            for timeframe in call.timeframes:
                tasks.create_task(self._bring_timeframe(call, timeframe, symbols), name=f"refresh {timeframe}")
        for timeframe in call.timeframes:
            self._verify(call, timeframe, symbols)

    async def _bring_timeframe(self, call: MarketCall, timeframe: Timeframe, symbols: Sequence[str]) -> None:
        coverage = self._coverage(call, timeframe, symbols)
        if (coverage.newest_missing_ms == coverage.head_ms).any():
            started_s = self._clock.steady_s()
            await self._closes.settled(coverage.head_ms + timeframe.ms)
            call.waited_s = max(call.waited_s, self._clock.steady_s() - started_s)
            coverage = self._coverage(call, timeframe, symbols)
        lacking = int((coverage.missing > 0).sum())
        call.l1_misses += lacking
        call.l1_hits += len(symbols) - lacking
        plan = plan_backfill(
            coverage,
            capacity=self._store.capacity,
            include_forming=call.asks_for_forming,
            spare_rows=self._spare_rows,
        )
        async with asyncio.TaskGroup() as tasks:
            for fetch in plan:
                tasks.create_task(self._bring_series(call, fetch), name=f"fetch {fetch.symbol} {timeframe}")

    async def _bring_series(self, call: MarketCall, fetch: Fetch) -> None:
        error = await self._fetcher.bring(fetch, call.tally)
        if error is not None:
            call.failures[fetch.symbol, fetch.timeframe] = error

    def _coverage(self, call: MarketCall, timeframe: Timeframe, symbols: Sequence[str]) -> Coverage:
        return self._store.coverage(timeframe, symbols, call.head_ms(timeframe), call.bars)

    def _verify(self, call: MarketCall, timeframe: Timeframe, symbols: Sequence[str]) -> None:
        """Find the series that are still not complete although nothing went wrong on the way."""
        coverage = self._coverage(call, timeframe, symbols)
        for row in coverage.missing.nonzero()[0].tolist():
            symbol = symbols[row]
            if (symbol, timeframe) not in call.failures:
                newest_ms = self._store.newest_closed_ms(symbol, timeframe)
                call.failures[symbol, timeframe] = incomplete(coverage, row, newest_ms, call.as_of_ms)

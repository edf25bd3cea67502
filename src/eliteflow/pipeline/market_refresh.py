"""Bringing L1 up to date: what is missing is planned, waited for if it has only just closed, fetched and verified."""

import asyncio
from collections.abc import Sequence

import numpy as np

from eliteflow.clock import Clock
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.backfill import Fetch, plan_backfill
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.closes import Closes
from eliteflow.pipeline.completeness import incomplete
from eliteflow.pipeline.larger_bars import LargerBars
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
        larger: LargerBars,
        *,
        spare_rows: int,
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._closes = closes
        self._larger = larger
        self._spare_rows = spare_rows

    async def run(self, call: MarketCall) -> None:
        """Fetch what the call needs and memory lacks; what could not be had stands in the call's failures.

        Parts go before larger bars that will follow from them, which then need no request.
        """
        symbols = call.asked()
        self._store.reserve(symbols, call.timeframes)
        if parts := self._parts_first(call, symbols):
            await self._bring(call, self._larger.part, *parts)
        async with asyncio.TaskGroup() as tasks:
            for timeframe in call.timeframes:
                tasks.create_task(self._bring(call, timeframe, symbols, call.bars), name=f"refresh {timeframe}")
        for timeframe in call.timeframes:
            self._verify(call, timeframe, symbols)

    def _parts_first(self, call: MarketCall, symbols: Sequence[str]) -> tuple[Sequence[str], int] | None:
        """Return whose parts, and how many, make the larger bars that memory lacks; None where none would follow.

        That is after a restart: 15m and 1h end together with 5m, and 5m is known before that.
        """
        part, head_ms = self._larger.part, call.head_ms(self._larger.part)
        oldest_ms = head_ms + part.ms
        lacking: set[str] = set()
        for timeframe in self._larger.follow(call.timeframes):
            coverage = self._store.coverage(timeframe, symbols, call.head_ms(timeframe), call.bars)
            for row in np.flatnonzero((coverage.missing > 0) & ~coverage.is_empty).tolist():
                lacking.add(symbols[row])
                oldest_ms = min(oldest_ms, int(coverage.oldest_missing_ms[row]))
        bars = (head_ms - oldest_ms) // part.ms + 1
        if not lacking or bars >= self._store.capacity:
            return None
        # With the part before: where memory lacks that one too, 5m would be fetched for the sake of the others.
        coverage = self._store.coverage(part, sorted(lacking), head_ms, bars + 1)
        follows = (coverage.missing > 0) & (coverage.oldest_missing_ms >= oldest_ms)
        chosen = [coverage.symbols[row] for row in np.flatnonzero(follows).tolist()]
        return (chosen, bars) if chosen else None

    async def _bring(self, call: MarketCall, timeframe: Timeframe, symbols: Sequence[str], bars: int) -> None:
        head_ms = call.head_ms(timeframe)
        coverage = self._store.coverage(timeframe, symbols, head_ms, bars)
        if (coverage.newest_missing_ms == head_ms).any():
            started_s = self._clock.steady_s()
            await self._closes.settled(head_ms + timeframe.ms)
            call.waited_s = max(call.waited_s, self._clock.steady_s() - started_s)
            coverage = self._store.coverage(timeframe, symbols, head_ms, bars)
        plan = plan_backfill(
            coverage,
            capacity=self._store.capacity,
            include_forming=call.asks_for_forming,
            spare_rows=self._spare_rows,
        )
        late = self._closes.late(timeframe, head_ms + timeframe.ms) if call.leaves_late else ()
        async with asyncio.TaskGroup() as tasks:
            for fetch in plan:
                if fetch.start_ms < head_ms or fetch.symbol not in late:
                    tasks.create_task(self._bring_series(call, fetch), name=f"fetch {fetch.symbol} {timeframe}")

    async def _bring_series(self, call: MarketCall, fetch: Fetch) -> None:
        call.asked_for.add((fetch.symbol, fetch.timeframe))
        error = await self._fetcher.bring(fetch, call.tally)
        if error is not None:
            call.failures[fetch.symbol, fetch.timeframe] = error

    def _verify(self, call: MarketCall, timeframe: Timeframe, symbols: Sequence[str]) -> None:
        """Find the series that are still not complete although nothing went wrong on the way."""
        coverage = self._store.coverage(timeframe, symbols, call.head_ms(timeframe), call.bars)
        for row in coverage.missing.nonzero()[0].tolist():
            symbol = symbols[row]
            if (symbol, timeframe) not in call.failures:
                newest_ms = self._store.newest_closed_ms(symbol, timeframe)
                call.failures[symbol, timeframe] = incomplete(coverage, row, newest_ms, call.as_of_ms)

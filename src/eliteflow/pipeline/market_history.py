"""More bars than memory holds, for many symbols: each series is paged through `DataService`."""

import asyncio

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.completeness import stretch_fault
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.market_call import MarketCall
from eliteflow.pipeline.merge import settled_at_ms


class MarketHistory:
    """Fetches what a call wants and memory cannot hold, all series at once and each page by page."""

    def __init__(self, data_service: DataService, clock: Clock) -> None:
        self._data_service = data_service
        self._clock = clock

    async def run(self, call: MarketCall) -> dict[tuple[str, Timeframe], Series]:
        """Return each series that could be had, ending with the bar in progress if the call includes it.

        What could not be had stands in the call's failures.
        """
        found: dict[tuple[str, Timeframe], Series] = {}
        await self._settle(call)
        async with asyncio.TaskGroup() as tasks:
            for timeframe in call.timeframes:
                for symbol in call.asked():
                    call.asked_for.add((symbol, timeframe))
                    tasks.create_task(self._page(call, symbol, timeframe, found), name=f"page {symbol} {timeframe}")
        return found

    async def _settle(self, call: MarketCall) -> None:
        """Wait until a REST answer about the bars that closed last can be trusted."""
        boundary_ms = max(call.head_ms(timeframe) + timeframe.ms for timeframe in call.timeframes)
        if self._clock.now_ms() < (settled_ms := settled_at_ms(boundary_ms, 0)):
            started_s = self._clock.steady_s()
            await self._clock.sleep_until(settled_ms)
            call.waited_s = self._clock.steady_s() - started_s

    async def _page(
        self, call: MarketCall, symbol: str, timeframe: Timeframe, found: dict[tuple[str, Timeframe], Series]
    ) -> None:
        head_ms = call.head_ms(timeframe)
        rows, end_ms = call.bars, head_ms
        if call.include_forming:
            rows, end_ms = rows + 1, head_ms + timeframe.ms
        try:
            series = await self._data_service.fetch_history(
                symbol, timeframe, limit=rows, end_ms=end_ms, tally=call.tally
            )
        except EliteflowError as error:
            call.failures[symbol, timeframe] = error
            return
        closed_ms = series.open_time_ms[series.open_time_ms <= head_ms]
        if fault := stretch_fault(symbol, timeframe, closed_ms, head_ms, call.as_of_ms):
            call.failures[symbol, timeframe] = fault
        else:
            found[symbol, timeframe] = series

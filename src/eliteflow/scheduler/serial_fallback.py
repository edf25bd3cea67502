"""What a batch falls back to when its pooled path breaks: one series after the other through DataService."""

from collections.abc import Sequence

from eliteflow.errors import EliteflowError
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.result import FetchReport, Refresh
from eliteflow.pipeline.tally import Tally
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline


async def fetch_serially(
    data_service: DataService,
    data_pipeline: UnifiedDataPipeline,
    symbols: Sequence[str],
    timeframes: Sequence[Timeframe],
    bars: int,
    *,
    as_of_ms: int,
) -> Refresh:
    """Bring the newest `bars` closed bars into memory, one request at a time; errors stay with their symbol."""
    tally, errors = Tally(), dict[str, EliteflowError]()
    for symbol in symbols:
        try:
            for timeframe in timeframes:
                end_ms = timeframe.newest_closed_ms(as_of_ms)
                series = await data_service.fetch_history(symbol, timeframe, limit=bars, end_ms=end_ms, tally=tally)
                data_pipeline.absorb(symbol, timeframe, series, rows_asked=bars)
        except EliteflowError as error:
            errors[symbol] = error
    report = FetchReport(
        as_of_ms=as_of_ms,
        symbols=len(symbols),
        succeeded=len(symbols) - len(errors),
        failed=len(errors),
        requests=tally.requests,
        weight=tally.weight,
        l1_misses=tally.requests,
        data_s=tally.data_s,
    )
    return Refresh(errors, report)

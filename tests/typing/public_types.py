"""What a type checker sees of the public names; `make check` runs mypy over it, nothing runs it."""

from typing import assert_type

import pandas as pd

from eliteflow import BinanceClient, CycleReport, EliteTechnicalEngine, UnifiedDataPipeline, UnifiedScheduler
from eliteflow.errors import EliteflowError


async def frames_are_plain_dictionaries(pipeline: UnifiedDataPipeline) -> dict[str, dict[str, pd.DataFrame]]:
    """A batch can be passed on wherever a dict of dicts of DataFrames is expected."""
    batch = await pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], timeframes=["1h", "5m"], limit=50)
    assert_type(batch["BTCUSDT"]["1h"], pd.DataFrame)
    for error in batch.errors.values():
        assert_type(error, EliteflowError)
    one: dict[str, pd.DataFrame] = await pipeline.get_multi_timeframe_data("BTCUSDT")
    return batch | {"ETHUSDT": one}


async def rows_are_raw(client: BinanceClient) -> None:
    """The client's raw rows are lists, as the venue sends them."""
    assert_type(await client.get_klines("BTCUSDT", "5m", limit=50), list[list[object]])


def an_indicator_is_a_series_or_a_frame(engine: EliteTechnicalEngine, frame: pd.DataFrame) -> None:
    """How many outputs an indicator has is known by its name alone."""
    assert_type(engine.calculate("rsi", frame), pd.Series | pd.DataFrame)


async def a_cycle_returns_its_report(scheduler: UnifiedScheduler) -> None:
    """Its numbers are attributes."""
    report = await scheduler.run_cycle()
    assert_type(report, CycleReport)
    assert_type(report.cache_hit_rate, float)


class MyClient:
    """A client of one's own: one method is enough."""

    async def get_klines(self, symbol: str, interval: str, limit: int) -> list[list[object]]:
        """Return the venue's raw rows."""
        return []


def any_client_will_do() -> UnifiedDataPipeline:
    """The pipeline takes it as it is."""
    return UnifiedDataPipeline(MyClient())

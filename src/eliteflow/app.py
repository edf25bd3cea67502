"""Puts the parts together: settings in, a running market out."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.unified_scheduler import CycleObserver, UnifiedScheduler

if TYPE_CHECKING:
    from eliteflow.operations.monitor import Monitor


@dataclass(frozen=True, slots=True)
class App:
    """The parts of one running program, each usable by itself."""

    settings: Settings
    clock: Clock
    client: BinanceClient
    data_service: DataService
    data_pipeline: UnifiedDataPipeline
    scheduler: UnifiedScheduler


@contextlib.asynccontextmanager
async def open_app(
    settings: Settings, *, observer: CycleObserver | None = None, is_watched: bool = False
) -> AsyncIterator[App]:
    """Build all parts from `settings`, learn the venue's time, and close everything at the end.

    is_watched: whether a `Monitor` serves status and metrics, and notifies, while the block runs.
    Raises ConfigError, or the ExchangeError that kept the venue's time from being read.
    """
    clock = Clock()
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(BinanceClient(settings, clock=clock))
        monitor = _monitor(settings, clock) if is_watched else None
        data_service = DataService(client)
        data_pipeline = UnifiedDataPipeline(client, clock=clock, settings=settings, data_service=data_service)
        scheduler = UnifiedScheduler(
            settings,
            client,
            data_service,
            data_pipeline=data_pipeline,
            clock=clock,
            observer=observer if monitor is None else monitor.observer(observer),
        )
        if monitor is not None:
            await stack.enter_async_context(beside(monitor.run(client, data_pipeline, scheduler)))
        await client.synchronise_clock()
        gc.freeze()  # all parts live as long as the program; looking through them costs a fifth of a cold fetch
        await stack.enter_async_context(beside(client.watch()))
        yield App(settings, clock, client, data_service, data_pipeline, scheduler)


def _monitor(settings: Settings, clock: Clock) -> "Monitor":
    from eliteflow.operations.monitor import Monitor

    return Monitor(settings, clock)


@contextlib.asynccontextmanager
async def beside(job: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run `job` while the block runs, and cancel it at its end; an error of the block comes out as it is."""
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(job)
        try:
            yield
        except Exception as error:  # noqa: BLE001  # raised again below, where no group is wrapped around it
            failure = error
        task.cancel()
    if failure is not None:
        raise failure

"""Puts the parts together: settings in, a running market out."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.errors import EliteflowError
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.operations.supervisor import Supervisor
from eliteflow.operations.watch.live_status import WatchedParts
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.disk.disk_place import store_path
from eliteflow.pipeline.disk_cache import DiskCache
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.patience import Patience
from eliteflow.scheduler.signal_follower import SignalFollower
from eliteflow.scheduler.signal_ledger import SignalLedger, ledger_path
from eliteflow.scheduler.unified_scheduler import CycleObserver, UnifiedScheduler

if TYPE_CHECKING:
    from eliteflow.operations.watch.monitor import Monitor


@dataclass(frozen=True, slots=True)
class App:
    """The parts of one running program, each usable by itself.

    streams, cache, patience: None where they are off. ledger: keeps nothing where it is off.
    """

    settings: Settings
    clock: Clock
    client: BinanceClient
    data_service: DataService
    data_pipeline: UnifiedDataPipeline
    scheduler: UnifiedScheduler
    ledger: SignalLedger
    streams: WebSocketManager | None = None
    cache: DiskCache | None = None
    patience: Patience | None = None


@contextlib.asynccontextmanager
async def open_app(
    settings: Settings, *, observer: CycleObserver | None = None, is_live: bool = False, is_patient: bool = False
) -> AsyncIterator[App]:
    """Build all parts from `settings`, learn the venue's time, and close everything at the end.

    is_live: whether the program goes on for hours: streams keep memory current, and a `Monitor` serves status and
        metrics, and notifies, while the block runs. Parts that fail are begun again.
    is_patient: whether a venue that refuses or is away is waited for; else its ExchangeError is raised.
    Raises ConfigError.
    """
    clock = Clock()
    supervisor = Supervisor(clock)
    patience = Patience(clock) if is_patient else None
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(BinanceClient(settings, clock=clock))
        monitor = _monitor(settings, clock) if is_live else None
        observers = observer if monitor is None else monitor.observer(observer)
        app = _app(settings, client, observers, patience, is_live=is_live)
        await stack.enter_async_context(contextlib.aclosing(app.ledger))
        if monitor is not None:
            parts = WatchedParts(client, app.data_pipeline, app.scheduler, app.streams, app.cache, supervisor)
            await stack.enter_async_context(beside(supervisor.keep("monitor", lambda: monitor.run(parts))))
        await _learn_time(client, patience)
        if app.cache is not None:
            await stack.enter_async_context(app.cache)
            await stack.enter_async_context(beside(supervisor.keep("disk cache", app.cache.run)))
        gc.freeze()  # all parts live as long as the program; looking through them costs a fifth of a cold fetch
        await stack.enter_async_context(beside(supervisor.keep("venue watch", client.watch)))
        await stack.enter_async_context(beside(supervisor.keep("live candles", app.data_pipeline.run)))
        yield app


def _app(
    settings: Settings,
    client: BinanceClient,
    observer: CycleObserver | None,
    patience: Patience | None,
    *,
    is_live: bool,
) -> App:
    """Return all parts over one client, none of them at work yet."""
    clock = client.clock
    streams = WebSocketManager(settings, clock=clock) if is_live and settings.data.streams != "off" else None
    cache = _cache(settings, client, clock)
    service = DataService(client)
    pipeline = UnifiedDataPipeline(client, streams, cache, clock=clock, settings=settings, data_service=service)
    ledger = _ledger(settings, client, service, pipeline)
    scheduler = UnifiedScheduler(
        settings, client, service, data_pipeline=pipeline, clock=clock, observer=observer, ledger=ledger
    )
    return App(settings, clock, client, service, pipeline, scheduler, ledger, streams, cache, patience)


async def _learn_time(client: BinanceClient, patience: Patience | None) -> None:
    """Learn the venue's time, however long that takes if there is patience."""
    while True:
        try:
            await client.synchronise_clock()
        except EliteflowError as error:
            if patience is None:
                raise
            await patience.wait(error)
        else:
            return


def _cache(settings: Settings, client: BinanceClient, clock: Clock) -> DiskCache | None:
    if not settings.store.enabled:
        return None
    path = store_path(client.host, settings.store.path)
    capacity = max(settings.data.capacity_bars, settings.data.limit)
    return DiskCache(path, venue=lambda: client.venue, capacity_bars=capacity, clock=clock)


def _monitor(settings: Settings, clock: Clock) -> "Monitor":
    from eliteflow.operations.watch.monitor import Monitor

    return Monitor(settings, clock)


def _ledger(
    settings: Settings, client: BinanceClient, data_service: DataService, data_pipeline: UnifiedDataPipeline
) -> SignalLedger:
    """Return the ledger of the venue's signals, off where nothing is kept on disk or nobody looks for signals."""
    is_on = settings.store.enabled and settings.strategy.names
    path = ledger_path(client.host, settings.store.path) if is_on else None
    follower = SignalFollower(data_pipeline.store, data_service, expiry_bars=settings.strategy.expiry_bars)
    return SignalLedger(path, follower, host=client.host)


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

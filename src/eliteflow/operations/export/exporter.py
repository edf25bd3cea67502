"""Candles from disk into a file, and if asked for the rest of them from the venue."""

import asyncio
from collections.abc import Iterable, Sequence

import numpy as np

from eliteflow.config import Settings
from eliteflow.errors import ConfigError, EliteflowError
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.export.candle_files import write_candles
from eliteflow.operations.export.export_order import ExportOrder, Key
from eliteflow.operations.store.stored_candles import open_stored, stored_path
from eliteflow.operations.tables.rendering import venue_label
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.history import Stretch
from eliteflow.pipeline.merge import SETTLE_MS
from eliteflow.scheduler.universe import UniverseReader, select_universe

Found = dict[Key, StoredSeries]

AT_ONCE = 8
"""Series that are fetched at the same time; how fast they come is up to the weight budget."""
MEGABYTE = 1_000_000


async def export_candles(settings: Settings, order: ExportOrder) -> str:
    """Write what was ordered to its file, and return a sentence that says what is in it.

    Raises ConfigError, StoreUnusable, and with `fetch` whatever keeps candles from being fetched: a file that lacks
    some without a word is worse than none.
    """
    venue, wanted, found = await (_fetched(settings, order) if order.fetch else _stored(settings, order))
    series = [found[key] for key in wanted if key in found and len(found[key].open_time_ms)]
    if not series:
        raise ConfigError("--out", text("export.nothing"))
    write_candles(order.out, order.file_format, venue, series)
    return text(
        "export.lacking" if (lacking := _lacking(order, wanted, found)) else "export.written",
        path=order.out,
        venue=venue_label(venue),
        series=len(series),
        bars=sum(len(stored.open_time_ms) for stored in series),
        megabytes=order.out.stat().st_size / MEGABYTE,
        lacking=lacking,
    )


async def _stored(settings: Settings, order: ExportOrder) -> tuple[str, list[Key], Found]:
    """Return the venue, which series are wanted, and what the disk has of them."""
    if settings.universe.top is not None:
        raise ConfigError("universe.top", text("export.top"))
    with open_stored(stored_path(settings)) as reader:
        series = list(reader.series(settings.data.timeframes))
    universe = settings.universe
    on_disk = sorted({stored.symbol for stored in series})
    chosen = select_universe(on_disk, include=universe.include, exclude=universe.exclude)
    wanted = _keys((*chosen.symbols, *chosen.unknown), settings)
    return reader.venue, wanted, _parts(series, order)


async def _fetched(settings: Settings, order: ExportOrder) -> tuple[str, list[Key], Found]:
    """Return the same with all of it there."""
    path = stored_path(settings)
    async with BinanceClient(settings) as client:
        await client.synchronise_clock()
        service = DataService(client)
        contracts = UniverseReader(settings.universe, client, service, client.clock)
        symbols = (await contracts.current(client.clock.now_ms())).symbols
        wanted, found = _keys(symbols, settings), Found()
        if settings.store.enabled and path.is_file():
            with open_stored(path) as reader:
                if reader.venue == client.venue:
                    found = _parts(reader.series(settings.data.timeframes), order)
        now_ms = client.clock.now_ms() - SETTLE_MS
        stretches = [
            order.lacking(key, found.get(key), key[1].newest_closed_ms(now_ms), settings.data.history_bars)
            for key in wanted
        ]
        return client.venue, wanted, found | await _fetch_all(service, stretches)


async def _fetch_all(service: DataService, stretches: Iterable[Stretch | None]) -> Found:
    """Return all stretches as series, a few fetched at a time; raise the first error there is."""
    left = iter([stretch for stretch in stretches if stretch is not None])
    fetched: Found = {}
    failures: list[EliteflowError] = []

    async def work() -> None:
        for stretch in left:
            if failures:
                return
            try:
                fetched[stretch.symbol, stretch.timeframe] = await _fetch(service, stretch)
            except EliteflowError as error:
                failures.append(error)

    async with asyncio.TaskGroup() as tasks:
        for number in range(AT_ONCE):
            tasks.create_task(work(), name=f"export {number}")
    if failures:
        raise failures[0]
    return fetched


async def _fetch(service: DataService, stretch: Stretch) -> StoredSeries:
    symbol, timeframe, limit, end_ms, start_ms = stretch
    series = await service.fetch_history(symbol, timeframe, limit=limit, end_ms=end_ms, start_ms=start_ms)
    first_ms = int(series.open_time_ms[0]) if len(series) else end_ms
    return StoredSeries(
        symbol, timeframe, series.open_time_ms, series.values, np.zeros(len(series), np.int64), first_ms, 0
    )


def _keys(symbols: Sequence[str], settings: Settings) -> list[Key]:
    """Return the series in the order of the file: one timeframe after the other."""
    return [(symbol, timeframe) for timeframe in settings.data.timeframes for symbol in symbols]


def _parts(series: Iterable[StoredSeries], order: ExportOrder) -> Found:
    return {(stored.symbol, stored.timeframe): order.part(stored) for stored in series}


def _lacking(order: ExportOrder, wanted: Sequence[Key], found: Found) -> int:
    """Return how many of the series are not all there; without an end up to the newest bar that any of them has."""
    newest_ms: dict[Timeframe, int] = {}
    for (_, timeframe), stored in found.items():
        if len(stored.open_time_ms):
            newest_ms[timeframe] = max(newest_ms.get(timeframe, 0), int(stored.open_time_ms[-1]))
    lacks = 0
    for key in wanted:
        end_ms = newest_ms.get(key[1], 0) if order.end_ms is None else order.end_ms
        lacks += key not in found or not order.has_all(found[key], end_ms)
    return lacks

"""The candles in memory with everything that fills them, keeps them current, and keeps them on disk."""

from collections.abc import Iterable
from dataclasses import dataclass

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.closes import Closes, RestCloses
from eliteflow.pipeline.disk.disk_mirror import DiskMirror
from eliteflow.pipeline.klines_client import KlinesClientSource
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.market_call import MarketCall
from eliteflow.pipeline.market_frames import FormingSource
from eliteflow.pipeline.market_refresh import MarketRefresher
from eliteflow.pipeline.merge import is_inferred
from eliteflow.pipeline.ports import CandleKeeper, CandleStream, SeriesSource
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.pipeline.upkeep import STREAMED, Upkeep, rolled_up
from eliteflow.pipeline.warm_start import WarmStart


@dataclass(frozen=True, slots=True)
class MarketMemory:
    """The parts around one store.

    fetcher: brings single series. larger: rolls up. refresher: brings what a call needs. warm_start: what the disk has.
    closes: when the bars of a boundary can be counted on. upkeep: keeps the watched current, None without streams.
    """

    store: CandleStore
    fetcher: SeriesFetcher
    larger: LargerBars
    refresher: MarketRefresher
    warm_start: WarmStart
    closes: Closes
    upkeep: Upkeep | None

    def is_live(self, symbols: Iterable[str]) -> bool:
        """Return whether streams bring the bars in progress of all these symbols at present."""
        if self.upkeep is None:
            return False
        live = self.upkeep.live
        return set(symbols) <= set(live.watched) - set(live.down())

    def forming(self, call: MarketCall) -> FormingSource:
        """Return who knows the bars in progress that a call wants."""
        return self.store if call.asks_for_forming or self.upkeep is None else self.upkeep.live

    def count(self, call: MarketCall) -> None:
        """Count which series of a call the disk had, each once, and which of its bars were closed by rule."""
        asked = call.asked()
        wanted = {(symbol, timeframe) for symbol in asked for timeframe in call.timeframes}
        call.l2_hits = len(self.warm_start.count(wanted) - call.asked_for)
        if self.upkeep is not None:
            for timeframe in call.timeframes:
                versions = self.store.versions(timeframe, asked, call.head_ms(timeframe), 1)
                call.inferred += int(is_inferred(versions).sum())


def market_memory(
    source: SeriesSource, stream: CandleStream | None, cache: CandleKeeper | None, clock: Clock, settings: Settings
) -> MarketMemory:
    """Return an empty memory over a source of candles, and where they are there streams and a disk cache."""
    spare_rows = 1 if isinstance(source, KlinesClientSource) else 0
    store = CandleStore(max(settings.data.capacity_bars, settings.data.limit))
    fetcher = SeriesFetcher(source, store, clock, spare_rows=spare_rows)
    # Who follows the store comes after the larger bars, and finds them complete.
    larger = LargerBars(store, STREAMED, rolled_up(settings))
    store.observers.append(larger)
    upkeep = None if stream is None else Upkeep(store, source, fetcher, stream, larger, clock, settings)
    if cache is not None:
        store.observers.append(DiskMirror(store, cache))
    closes: Closes = RestCloses(clock) if upkeep is None else upkeep.closes
    refresher = MarketRefresher(store, fetcher, clock, closes, larger, spare_rows=spare_rows)
    timeframes = dict.fromkeys([*map(Timeframe, settings.data.timeframes), STREAMED])
    return MarketMemory(store, fetcher, larger, refresher, WarmStart(store, cache, [*timeframes]), closes, upkeep)

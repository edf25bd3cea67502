"""Hands every change of closed bars to the disk cache."""

from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.ports import CandleKeeper


class DiskMirror:
    """A StoreObserver that keeps on disk what memory holds: a series after each answer of REST, a bar at each close."""

    def __init__(self, store: CandleStore, keeper: CandleKeeper) -> None:
        self._store = store
        self._keeper = keeper

    def series_changed(self, change: SeriesChange) -> None:
        """Keep the series as it is."""
        stored = self._store.stored(change.symbol, change.timeframe)
        if stored is not None:
            self._keeper.keep_series(stored)

    def bar_changed(self, change: BarChange) -> None:
        """Keep the bar of the symbols that have another one than before."""
        symbols = (*change.added, *change.revised)
        block = self._store.block(change.timeframe, symbols, change.open_time_ms, 1)
        versions = self._store.versions(change.timeframe, symbols, change.open_time_ms, 1)
        self._keeper.keep_bars(change.timeframe, change.open_time_ms, symbols, block.values[:, :, 0], versions[:, 0])

"""Hands every change of closed bars to the disk cache."""

import dataclasses

import numpy as np

from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.ports import CandleKeeper

FEW_BARS = 16
"""So many bars are written by themselves; a whole series is 44 kB, and REST without streams asks at every close."""


class DiskMirror:
    """A StoreObserver that keeps on disk what memory holds: a series after each answer of REST, a bar at each close."""

    def __init__(self, store: CandleStore, keeper: CandleKeeper) -> None:
        self._store = store
        self._keeper = keeper

    def series_changed(self, change: SeriesChange) -> None:
        """Keep the series as it is, or of a long one the few bars that changed."""
        stored = self._store.stored(change.symbol, change.timeframe)
        if stored is None:
            return
        changed_ms = np.concatenate((change.added_ms, change.revised_ms))
        if len(changed_ms) > FEW_BARS or len(stored.open_time_ms) <= FEW_BARS:
            self._keeper.keep_series(stored)
            return
        bars = np.isin(stored.open_time_ms, changed_ms)
        times, values, versions = stored.open_time_ms[bars], stored.values[:, bars], stored.version[bars]
        self._keeper.keep_part(dataclasses.replace(stored, open_time_ms=times, values=values, version=versions))

    def bar_changed(self, change: BarChange) -> None:
        """Keep the bar of the symbols that have another one than before."""
        symbols = (*change.added, *change.revised)
        block = self._store.block(change.timeframe, symbols, change.open_time_ms, 1)
        versions = self._store.versions(change.timeframe, symbols, change.open_time_ms, 1)
        self._keeper.keep_bars(change.timeframe, change.open_time_ms, symbols, block.values[:, :, 0], versions[:, 0])

"""What a run takes over from the one before it, and what the disk need not keep any longer."""

from collections.abc import Iterable, Sequence

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.ports import CandleKeeper


class WarmStart:
    """Brings the candles of some timeframes back into memory, once, and has the keeper forget what trades no more.

    cache: None where nothing is kept. series: what was brought back and not yet counted as used.
    """

    def __init__(self, store: CandleStore, cache: CandleKeeper | None, timeframes: Sequence[Timeframe]) -> None:
        self.series: set[tuple[str, Timeframe]] = set()
        self._store = store
        self._cache = cache
        self._timeframes = timeframes
        self._is_done = cache is None
        self._universe: frozenset[str] = frozenset()

    def follow(self, universe: Sequence[str]) -> None:
        """Take over what is kept of the symbols that trade, and forget the others; later those that have gone."""
        if not universe:
            return  # A venue that lists nothing has not delisted everything.
        # Places in the venue's order: what lies side by side is read four times as fast.
        if not self._is_done:
            self._store.reserve(universe, self._timeframes)
            self.load(universe)
        names = frozenset(universe)
        self._forget(self._universe - names)
        self._universe = names

    def load(self, universe: Iterable[str] | None = None) -> None:
        """Take over what is kept of some symbols, all by default; the second time there is nothing more."""
        if self._cache is None or self._is_done:
            return
        self._is_done = True
        names, others = None if universe is None else frozenset(universe), set[str]()
        for stored in self._cache.load(self._timeframes):
            if names is None or stored.symbol in names:
                self._store.restore(stored)
                self.series.add((stored.symbol, stored.timeframe))
            else:
                others.add(stored.symbol)
        self._forget(others)

    def count(self, wanted: set[tuple[str, Timeframe]]) -> set[tuple[str, Timeframe]]:
        """Return which of the series were brought back and have not been counted before."""
        found = self.series & wanted
        self.series -= found
        return found

    def _forget(self, symbols: Iterable[str]) -> None:
        if self._cache is not None:
            for symbol in symbols:
                self._cache.forget(symbol)

"""A disk cache without a disk."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries


class Kept:
    """A CandleKeeper that remembers what it was given, beside what it was made with."""

    def __init__(self, stored: Iterable[StoredSeries] = ()) -> None:
        self.stored = [*stored]
        self.series: list[StoredSeries] = []
        self.parts: list[StoredSeries] = []
        self.bars: list[tuple[int, tuple[str, ...], list[float], list[int]]] = []

    def load(self, timeframes: Sequence[Timeframe]) -> Iterator[StoredSeries]:
        """Return what was kept before."""
        return iter(self.stored)

    def keep_series(self, stored: StoredSeries) -> None:
        """Remember a series."""
        self.series.append(stored)

    def keep_part(self, stored: StoredSeries) -> None:
        """Remember some bars of a series."""
        self.parts.append(stored)

    def keep_bars(
        self,
        timeframe: Timeframe,
        open_time_ms: int,
        symbols: tuple[str, ...],
        values: NDArray[np.float64],
        versions: NDArray[np.int64],
    ) -> None:
        """Remember a bar."""
        self.bars.append((open_time_ms, symbols, values[3].tolist(), versions.tolist()))

    def forget(self, symbol: str) -> None:
        """Nothing here asks for it."""

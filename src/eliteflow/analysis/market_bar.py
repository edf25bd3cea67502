"""One bar of the whole market, as the store hands it to `EliteTechnicalEngine.update` and `peek`."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

EVERY_BAR = 1_000_000
"""More bars than any history has."""


class MarketBar(NamedTuple):
    """The bars of many symbols that opened at the same time: just closed for `update`, in progress for `peek`.

    open_time_ms: UTC milliseconds.
    values: float64, shape (5, symbols), fields in the order of `OHLCV`; NaN where a symbol has no such bar.
    revisions: int64, shape (symbols,): how often closed bars of the series, this one included, were corrected.
        None: never.
    first_ms: int64, shape (symbols,): open time of the oldest bar from which the history reaches here without a hole.
        None: as old as it was.
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    open_time_ms: int
    values: NDArray[np.float64]
    revisions: NDArray[np.int64] | None = None
    first_ms: NDArray[np.int64] | None = None

    @classmethod
    def newest_of(cls, panel: Panel, revisions: NDArray[np.int64] | None = None) -> "MarketBar":
        """Return the newest bar of a panel that has one."""
        first_ms = panel.open_time_ms[-1] - (panel.known_bars() - 1) * panel.timeframe.ms
        newest_ms = int(panel.open_time_ms[-1])
        return cls(panel.timeframe, panel.symbols, newest_ms, panel.values[:, :, -1], revisions, first_ms)

    @property
    def is_there(self) -> NDArray[np.bool_]:
        """Which symbols have the bar, shape (symbols,)."""
        is_there: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(self.values))
        return is_there

    def is_same(self, other: "MarketBar") -> bool:
        """Return whether both are the same bar of the same symbols, with the same history behind it."""
        return self[:3] == other[:3] and all(map(_is_equal, self[3:], other[3:]))

    def select(self, rows: NDArray[np.intp]) -> "MarketBar":
        """Return the bar of some of its symbols."""
        return self._replace(
            symbols=tuple(self.symbols[row] for row in rows),
            values=self.values[:, rows],
            revisions=None if self.revisions is None else self.revisions[rows],
            first_ms=None if self.first_ms is None else self.first_ms[rows],
        )


def _is_equal(one: NDArray[np.generic] | None, other: NDArray[np.generic] | None) -> bool:
    return one is other if one is None or other is None else np.array_equal(one, other)


class History(Protocol):
    """Closed bars in memory; `CandleStore` is one."""

    def panel(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        """Return at most `bars` bars up to the one opening at `head_ms`; symbols without that one are left out."""


class PanelFeed:
    """Makes bars and a history out of one panel after another, for those who have no store.

    A panel does not say what was corrected, so each is compared with the one before, of which no copy is made.
    """

    def __init__(self) -> None:
        self._panel: Panel | None = None
        self._revisions: dict[str, int] = {}

    def next(self, panel: Panel) -> MarketBar:
        """Return the panel's newest bar, with the number of corrections seen of each series."""
        for symbol in _corrected(self._panel, panel):
            self._revisions[symbol] = self._revisions.get(symbol, 0) + 1
        self._revisions = {symbol: self._revisions.get(symbol, 0) for symbol in panel.symbols}
        self._panel = panel
        return MarketBar.newest_of(panel, np.fromiter(self._revisions.values(), np.int64, len(self._revisions)))

    def panel(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        """Return those rows of the newest panel."""
        del timeframe, head_ms, bars
        assert self._panel is not None
        places = {symbol: row for row, symbol in enumerate(self._panel.symbols)}
        values = self._panel.values[:, [places[symbol] for symbol in symbols]]
        return Panel(self._panel.timeframe, tuple(symbols), self._panel.open_time_ms, values)


def _corrected(before: Panel | None, after: Panel) -> tuple[str, ...]:
    """Return the symbols of which a bar that both panels hold differs."""
    if before is None or before.timeframe != after.timeframe:
        return ()
    _, old, new = np.intersect1d(before.open_time_ms, after.open_time_ms, assume_unique=True, return_indices=True)
    rows = {symbol: row for row, symbol in enumerate(before.symbols)}
    here = [place for place, symbol in enumerate(after.symbols) if symbol in rows]
    there = [rows[after.symbols[place]] for place in here]
    if not len(old):
        return ()
    then, now = before.values[:, there, old[0] : old[-1] + 1], after.values[:, here, new[0] : new[-1] + 1]
    differs = np.logical_or.reduce((then != now) & ~np.isnan(then), axis=(0, 2))
    return tuple(after.symbols[here[place]] for place in np.flatnonzero(differs))

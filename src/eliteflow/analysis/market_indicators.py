"""The indicators of a whole panel at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.errors import InvalidArgument
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class MarketIndicators:
    """Indicators of all symbols of a panel, read-only.

    panel: the candles they were computed from, from the same instant.
    values: name of an output → float64, shape (symbols, bars), NaN before a series' first value.
    converges_after: name of an output → known bars from which on its newest value is converged, None: never known.
    known_bars: int64, shape (symbols,), real bars of each series; 0 for one of `holes`.
    holes: symbols with a missing or infinite value after their first bar. Nothing is computed for them.
    opened: from `update`, symbols that were opened anew: their values before this bar may have changed.
    """

    panel: Panel
    values: Mapping[str, "NDArray[np.float64]"] = field(repr=False)
    converges_after: Mapping[str, int | None] = field(repr=False)
    known_bars: "NDArray[np.int64]" = field(repr=False)
    holes: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """One name a row."""
        return self.panel.symbols

    @property
    def timeframe(self) -> Timeframe:
        """The length of the bars."""
        return self.panel.timeframe

    @property
    def open_time_ms(self) -> "NDArray[np.int64]":
        """Open times of the bars, UTC milliseconds, shape (bars,)."""
        return self.panel.open_time_ms

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs, in the order in which they were asked for."""
        return tuple(self.values)

    def __getitem__(self, output: str) -> "NDArray[np.float64]":
        """Return one output, shape (symbols, bars); raise InvalidArgument for one that was not computed."""
        try:
            return self.values[output]
        except KeyError:
            raise InvalidArgument("output", found=output, wanted=", ".join(self.values)) from None

    def latest(self, output: str) -> "NDArray[np.float64]":
        """Return one output at the newest bar, shape (symbols,), NaN where it is not known."""
        values = self[output]
        return values[:, -1] if self.panel.bars else np.full(len(self.symbols), np.nan)

    def converged(self, output: str) -> "NDArray[np.bool_]":
        """Return whose newest value is there and within 1e-6 of the one from an endless history, shape (symbols,).

        Judged by the number of known bars; False everywhere for outputs that count from the first bar, as OBV.
        """
        is_known = ~np.isnan(self.latest(output))
        needed = self.converges_after[output]
        return is_known & (self.known_bars >= needed) if needed is not None else np.zeros_like(is_known)

    def at(self, symbol: str) -> dict[str, float]:
        """Return all outputs of one symbol at the newest bar; raise KeyError if it is not here."""
        if symbol not in self.symbols:
            raise KeyError(symbol)
        row = self.symbols.index(symbol)
        return {output: float(self.latest(output)[row]) for output in self.values}

"""One market from its batches."""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.model.panel import Panel


def join_market(parts: Sequence[MarketIndicators]) -> MarketIndicators:
    """Return the indicators of all symbols of `parts`, which share timeframe, outputs and newest bar.

    A part with fewer bars has NaN before its first one, as a young listing has. Raises ValueError without any part, or
    for parts whose newest bars differ.
    """
    if len({int(part.open_time_ms[-1]) for part in parts if part.panel.bars}) > 1:
        raise ValueError("parts of a market must end with the same bar")
    longest = max(parts, key=lambda part: part.panel.bars)
    bars = longest.panel.bars
    panel = Panel(
        timeframe=longest.timeframe,
        symbols=tuple(symbol for part in parts for symbol in part.symbols),
        open_time_ms=longest.open_time_ms,
        values=np.concatenate([_widened(part.panel.values, bars) for part in parts], axis=1),
        universe_version=longest.panel.universe_version,
    )
    values = {name: np.concatenate([_widened(part[name], bars) for part in parts]) for name in longest.outputs}
    return MarketIndicators(
        panel=panel,
        values=MappingProxyType(values),
        converges_after=longest.converges_after,
        known_bars=np.concatenate([part.known_bars for part in parts]),
        holes=tuple(symbol for part in parts for symbol in part.holes),
        opened=tuple(symbol for part in parts for symbol in part.opened),
    )


def _widened(values: NDArray[np.float64], bars: int) -> NDArray[np.float64]:
    """Return `values` (…, bars) with as much NaN before its first bar as it lacks."""
    lacking = bars - values.shape[-1]
    if not lacking:
        return values
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(lacking, 0)], constant_values=np.nan)

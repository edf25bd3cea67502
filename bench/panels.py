"""Seeded random candles as panels: what indicators are measured on."""

import numpy as np
import pandas as pd

from eliteflow.model.candle import OHLCV
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
NOW_MS = 1_750_200_000_000
"""On the hour, when bars of all timeframes have just closed."""


def market(timeframe: Timeframe, symbols: int, bars: int) -> Panel:
    """Return random walks, the newest bar closing at NOW_MS."""
    random = np.random.default_rng(timeframe.ms)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.004, (symbols, bars)), axis=1))
    open_ = np.concatenate([np.full((symbols, 1), 100.0), close[:, :-1]], axis=1)
    high = np.maximum(open_, close) * (1 + np.abs(random.normal(0, 0.001, close.shape)))
    low = np.minimum(open_, close) * (1 - np.abs(random.normal(0, 0.001, close.shape)))
    values = np.stack([open_, high, low, close, random.lognormal(8, 1, close.shape)])
    names = tuple(f"S{row}USDT" for row in range(symbols))
    return Panel(timeframe, names, timeframe.newest_closed_ms(NOW_MS) + np.arange(1 - bars, 1) * timeframe.ms, values)


def until(panel: Panel, left: int) -> Panel:
    """Return the panel without its newest `left` bars."""
    bars = slice(0, panel.bars - left)
    return Panel(panel.timeframe, panel.symbols, panel.open_time_ms[bars], panel.values[:, :, bars])


def frames(panel: Panel, rows: int) -> list[pd.DataFrame]:
    """Return the first series of a panel as frames."""
    index = pd.to_datetime(panel.open_time_ms, unit="ms", utc=True)
    return [
        pd.DataFrame(panel.values[:, row].T.copy(), index=index, columns=list(OHLCV))
        for row in range(min(rows, len(panel.symbols)))
    ]

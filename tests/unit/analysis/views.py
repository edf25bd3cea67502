"""Market views with chosen numbers, for the tests of strategies."""

from collections.abc import Mapping

import numpy as np

from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.trend_monitor import MarketTrends
from eliteflow.model.candle import OHLCV
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

NOW_MS = 1_750_200_000_000  # on the hour: a bar of every timeframe has just closed

Numbers = Mapping[str, float]


def indicators_of(
    timeframe: Timeframe, rows: Mapping[str, Numbers], *, known_bars: int = 499, at_ms: int = NOW_MS
) -> MarketIndicators:
    """Return one bar of each symbol: candles and outputs by name; an output needs 100 bars to converge."""
    symbols = tuple(rows)
    values = np.array([[[rows[symbol].get(column, 1.0)] for symbol in symbols] for column in OHLCV])
    outputs = {name for row in rows.values() for name in row} - set(OHLCV)
    return MarketIndicators(
        panel=Panel(timeframe, symbols, np.array([timeframe.newest_closed_ms(at_ms)]), values),
        values={name: np.array([[row[name]] for row in rows.values()]) for name in outputs},
        converges_after=dict.fromkeys(outputs, 100),
        known_bars=np.full(len(symbols), known_bars),
    )


def trends_of(timeframe: Timeframe, rows: Mapping[str, tuple[int, float]]) -> MarketTrends:
    """Return trends by symbol: direction and strength."""
    count = len(rows)
    return MarketTrends(
        timeframe=timeframe,
        symbols=tuple(rows),
        as_of_ms=timeframe.newest_closed_ms(NOW_MS),
        direction=np.array([direction for direction, _ in rows.values()], np.int8),
        strength=np.array([strength for _, strength in rows.values()]),
        since_ms=np.zeros(count, np.int64),
        adx=np.full(count, 30.0),
        converged=np.ones(count, np.bool_),
    )


def view_of(*indicators: MarketIndicators, trends: tuple[MarketTrends, ...] = ()) -> MarketView:
    """Return a view of the first one's symbols."""
    return MarketView(
        NOW_MS,
        indicators[0].symbols,
        indicators={market.timeframe: market for market in indicators},
        trends={one.timeframe: one for one in trends},
    )

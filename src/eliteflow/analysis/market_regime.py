"""What kind of market it is, symbol by symbol and as a whole: a rule over the newest closed bar.

A symbol is in one of three regimes:
  trending  it is in a trend, up or down, by the rule of `TrendMonitor`, which has hysteresis;
  volatile  it is in none, and its volatility_rank is >= 0.8: above four fifths of its last 99 values;
  ranging   neither.
It is in none that is known while the trend or the volatility_rank (120 bars) is not.

The market as a whole is measured over the symbols whose regime is known:
  breadth                 the part of them that closed above their EMA50;
  rising, falling         the part in a trend up, and down;
  volatile                the part in the volatile regime;
  median_adx              the median of ADX14;
  median_volatility_rank  the median of volatility_rank, how high volatility is in its own recent past.
It is trending, up or down, where median_adx >= 25 and breadth >= 0.6, or <= 0.4: most symbols move, and the same way;
else volatile where median_volatility_rank >= 0.8; else ranging. Nothing is remembered from bar to bar here: what the
rule says of a bar follows from the trends and values at that bar.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis import trend_rule
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.talib_library import Array
from eliteflow.analysis.trend_monitor import Direction, MarketTrends
from eliteflow.analysis.volatility_rank import VolatilityRankKernel
from eliteflow.model.candle import OHLCV
from eliteflow.model.timeframe import Timeframe

INPUTS = ("ema_50", "adx", "volatility_rank")
"""Outputs of the engine that the rule reads, beside the trends."""

VOLATILE_RANK = 0.8
TRENDING_ADX = 25.0
UP_BREADTH, DOWN_BREADTH = 0.6, 0.4

_CLOSE = OHLCV.index("close")


_VOLATILITY = VolatilityRankKernel()
_PERIODS = {"timeperiod": 20, "rankperiod": 100}
VOLATILITY_BARS = _VOLATILITY.lookback(_PERIODS) + 1
"""How many closes a volatility_rank follows from."""


class Regime(StrEnum):
    """The kind of market. None stands for not known yet."""

    TRENDING = "trending"
    VOLATILE = "volatile"
    RANGING = "ranging"


class WholeMarket(NamedTuple):
    """The market of one timeframe as a whole; numbers are None where no symbol's regime is known.

    symbols: over how many it is measured. direction: of a trending market, None for any other.
    breadth, rising, falling, volatile: parts of these symbols, 0–1.
    median_adx: 0–100. median_volatility_rank: 0–1.
    """

    symbols: int
    regime: Regime | None
    direction: Direction | None
    breadth: float | None
    rising: float | None
    falling: float | None
    volatile: float | None
    median_adx: float | None
    median_volatility_rank: float | None


@dataclass(frozen=True, slots=True)
class MarketRegime:
    """The regimes of all symbols in one timeframe at one instant, and of the market as a whole.

    as_of_ms: open time of the bar judged. is_known, is_trending, is_volatile: bool, shape (symbols,).
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    as_of_ms: int
    is_known: NDArray[np.bool_] = field(repr=False)
    is_trending: NDArray[np.bool_] = field(repr=False)
    is_volatile: NDArray[np.bool_] = field(repr=False)
    whole: WholeMarket

    def of(self, symbol: str) -> Regime | None:
        """Return one symbol's regime, None where it is not known or the symbol is not here."""
        if symbol not in self.symbols:
            return None
        row = self.symbols.index(symbol)
        if not self.is_known[row]:
            return None
        if self.is_trending[row]:
            return Regime.TRENDING
        return Regime.VOLATILE if self.is_volatile[row] else Regime.RANGING


def find_regime(trends: MarketTrends, market: MarketIndicators, volatility_rank: Array | None = None) -> MarketRegime:
    """Return the regimes at the newest bar.

    market: the indicators that the trends were judged from, of the same symbols.
    volatility_rank: shape (symbols,), by default an output of `market`. Raises ValueError for other symbols.
    """
    if trends.symbols != market.symbols:
        raise ValueError("trends and indicators must be of the same symbols")
    rank = market.latest("volatility_rank") if volatility_rank is None else volatility_rank
    is_trending = np.abs(trends.direction) == trend_rule.UP
    is_known = (trends.direction != trend_rule.UNKNOWN) & ~np.isnan(rank)
    is_volatile = is_known & ~is_trending & (rank >= VOLATILE_RANK)
    return MarketRegime(
        timeframe=trends.timeframe,
        symbols=trends.symbols,
        as_of_ms=trends.as_of_ms,
        is_known=is_known,
        is_trending=is_known & is_trending,
        is_volatile=is_volatile,
        whole=_whole(trends, market, rank, is_known, is_volatile),
    )


def newest_volatility_rank(close: Array) -> Array:
    """Return the output volatility_rank at the newest of the closes (symbols, bars), shape (symbols,).

    NaN where fewer than `VOLATILITY_BARS` are known.
    """
    if close.shape[1] < VOLATILITY_BARS:
        return np.full(len(close), np.nan)
    (rank,) = _VOLATILITY.compute((close[:, -VOLATILITY_BARS:],), _PERIODS)
    return rank[:, -1]


def _whole(
    trends: MarketTrends,
    market: MarketIndicators,
    rank: Array,
    is_known: NDArray[np.bool_],
    is_volatile: NDArray[np.bool_],
) -> WholeMarket:
    if not is_known.any():
        return WholeMarket(0, *(None,) * 8)
    direction = trends.direction[is_known]
    above = market.panel.values[_CLOSE, :, -1] > market.latest("ema_50")
    breadth, median_adx = _part(above[is_known]), float(np.median(trends.adx[is_known]))
    median_rank = float(np.median(rank[is_known]))
    way = _way(breadth) if median_adx >= TRENDING_ADX else None
    calm = Regime.VOLATILE if median_rank >= VOLATILE_RANK else Regime.RANGING
    return WholeMarket(
        symbols=int(np.count_nonzero(is_known)),
        regime=calm if way is None else Regime.TRENDING,
        direction=way,
        breadth=breadth,
        rising=_part(direction == trend_rule.UP),
        falling=_part(direction == trend_rule.DOWN),
        volatile=_part(is_volatile[is_known]),
        median_adx=median_adx,
        median_volatility_rank=median_rank,
    )


def _way(breadth: float) -> Direction | None:
    if breadth >= UP_BREADTH:
        return Direction.UP
    return Direction.DOWN if breadth <= DOWN_BREADTH else None


def _part(chosen: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(chosen) / len(chosen))

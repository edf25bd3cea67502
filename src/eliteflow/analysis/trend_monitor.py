"""Where each market is going, in every timeframe, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis import trend_rule
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.market_bar import EVERY_BAR, History
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.trend_history import Past, TrendHistory
from eliteflow.analysis.trend_rule import Direction8, Evidence, directions, newest_strength
from eliteflow.errors import UnknownSymbol
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe


class Direction(StrEnum):
    """Where a market is going. `FLAT` is measured, unlike None, which stands for not known yet."""

    UP = "up"
    DOWN = "down"
    FLAT = "flat"


DIRECTIONS: Mapping[int, Direction | None] = {
    trend_rule.UP: Direction.UP,
    trend_rule.DOWN: Direction.DOWN,
    trend_rule.FLAT: Direction.FLAT,
    trend_rule.UNKNOWN: None,
}
"""The members for the numbers in `MarketTrends.direction`."""


class TrendState(NamedTuple):
    """The trend of one symbol in one timeframe.

    direction: None while fewer bars are known than the rule needs (50).
    strength: 0–1; 0 without a trend.
    since_ms: open time of the bar at which this direction began, UTC milliseconds, or of the oldest bar that could be
        judged if it began before; None while the direction is.
    adx: None while it is not known.
    converged: whether all inputs of the rule are within 1e-6 of those from an endless history.
    """

    direction: Direction | None
    strength: float
    since_ms: int | None
    adx: float | None
    converged: bool


@dataclass(frozen=True, slots=True)
class MarketTrends:
    """The trends of all symbols in one timeframe at one instant; arrays of shape (symbols,).

    as_of_ms: open time of the newest bar judged.
    direction: int8, 1 up, -1 down, 0 flat, -2 not known yet.
    strength: float64, 0–1. since_ms: int64, -1 where the direction is not known. adx: float64, NaN where not known.
    """

    timeframe: Timeframe
    symbols: tuple[str, ...]
    as_of_ms: int
    direction: Direction8 = field(repr=False)
    strength: NDArray[np.float64] = field(repr=False)
    since_ms: NDArray[np.int64] = field(repr=False)
    adx: NDArray[np.float64] = field(repr=False)
    converged: NDArray[np.bool_] = field(repr=False)

    def state(self, symbol: str) -> TrendState | None:
        """Return the trend of one symbol, None if it is not here."""
        if symbol not in self.symbols:
            return None
        row = self.symbols.index(symbol)
        direction = DIRECTIONS[int(self.direction[row])]
        return TrendState(
            direction,
            strength=float(self.strength[row]),
            since_ms=None if direction is None else int(self.since_ms[row]),
            adx=None if np.isnan(self.adx[row]) else float(self.adx[row]),
            converged=bool(self.converged[row]),
        )


class TrendMonitor:
    """Follows the trend of every symbol in every timeframe by the rule of `trend_rule`.

    Each update judges all bars given, so a revised bar corrects what followed from it. Only what lies before them is
    remembered: the direction that held there, and since when. Given one bar after the other and a history, it judges
    that bar alone, and all bars of those series that are new or were opened anew.
    """

    def __init__(self, engine: EliteTechnicalEngine | None = None) -> None:
        self._engine = engine or EliteTechnicalEngine()
        self._trends: dict[Timeframe, MarketTrends] = {}
        self._histories: dict[Timeframe, TrendHistory] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._trends)})"

    @property
    def trends(self) -> Mapping[Timeframe, MarketTrends]:
        """The newest trends of each timeframe that was updated."""
        return dict(self._trends)

    def update(self, market: Panel | MarketIndicators, history: History | None = None) -> MarketTrends:
        """Judge all symbols of one timeframe, and return their trends.

        market: a panel, or its indicators; those of `trend_rule.INPUTS` that are missing are computed.
        history: for what `EliteTechnicalEngine.update` returns; asked for the bars of those series whose trend does not
            go on from the update before.
        """
        indicators = self._with_inputs(market)
        timeframe = indicators.timeframe
        if indicators.panel.bars:
            evidence, open_time_ms = Evidence.of(indicators), indicators.open_time_ms
            if history is not None and (rows := self._without_past(indicators)).size:
                evidence, open_time_ms = self._with_past(indicators, evidence, rows, history)
            judged = _judge(indicators, open_time_ms, evidence, self._histories.get(timeframe))
            self._histories[timeframe] = judged
            self._trends[timeframe] = _newest(indicators, evidence, judged)
        else:
            self._trends[timeframe] = _nothing_known(indicators)
        return self._trends[timeframe]

    def state(self, symbol: str) -> dict[Timeframe, TrendState]:
        """Return the trend of one symbol in each timeframe where it is known to the monitor.

        Raises UnknownSymbol if it is in none.
        """
        states = {timeframe: trends.state(symbol) for timeframe, trends in self._trends.items()}
        known = {timeframe: state for timeframe, state in states.items() if state is not None}
        if not known:
            raise UnknownSymbol(symbol)
        return known

    def _without_past(self, indicators: MarketIndicators) -> NDArray[np.intp]:
        """Return the rows of the series that do not go on from what was judged last."""
        before = self._histories.get(indicators.timeframe)
        if before is None or not 0 <= indicators.open_time_ms[-1] - before.open_time_ms[-1] <= indicators.timeframe.ms:
            return np.arange(len(indicators.symbols))
        if not indicators.opened and indicators.symbols == before.symbols:
            return np.empty(0, np.intp)
        followed = set(before.symbols).difference(indicators.opened)
        return np.array([row for row, one in enumerate(indicators.symbols) if one not in followed], np.intp)

    def _with_past(
        self, indicators: MarketIndicators, evidence: Evidence, rows: NDArray[np.intp], history: History
    ) -> tuple[Evidence, NDArray[np.int64]]:
        """Return the evidence with all bars of the series at `rows`, and the bars' open times."""
        symbols = [indicators.symbols[row] for row in rows]
        panel = history.panel(indicators.timeframe, symbols, int(indicators.open_time_ms[-1]), EVERY_BAR)
        if panel.bars <= indicators.panel.bars:
            return evidence, indicators.open_time_ms
        row_of = dict(zip(symbols, rows.tolist(), strict=True))
        rows = np.array([row_of[symbol] for symbol in panel.symbols], np.intp)
        past = Evidence.of(self._engine.calculate_market(panel, trend_rule.INPUTS))
        return evidence.with_past(rows, past), panel.open_time_ms

    def _with_inputs(self, market: Panel | MarketIndicators) -> MarketIndicators:
        if isinstance(market, Panel):
            return self._engine.calculate_market(market, trend_rule.INPUTS)
        if set(trend_rule.INPUTS) <= set(market.values):
            return market
        return self._engine.calculate_market(market.panel, trend_rule.INPUTS)


def _judge(
    indicators: MarketIndicators, open_time_ms: NDArray[np.int64], evidence: Evidence, before: TrendHistory | None
) -> TrendHistory:
    first_ms = open_time_ms[np.argmax(evidence.is_known, axis=1)]
    past = before.before(indicators.symbols, first_ms) if before else Past.unknown(len(indicators.symbols))
    return TrendHistory(
        timeframe=indicators.timeframe,
        symbols=indicators.symbols,
        open_time_ms=open_time_ms,
        direction=directions(evidence, past.direction),
        first_ms=first_ms,
        past=past,
    )


def _newest(indicators: MarketIndicators, evidence: Evidence, history: TrendHistory) -> MarketTrends:
    direction = history.direction[:, -1].copy()  # views would keep all bars in memory
    return MarketTrends(
        timeframe=indicators.timeframe,
        symbols=indicators.symbols,
        as_of_ms=int(indicators.open_time_ms[-1]),
        direction=direction,
        strength=newest_strength(evidence, direction),
        since_ms=history.newest_since_ms(),
        adx=indicators.latest("adx").copy(),
        converged=np.logical_and.reduce([indicators.converged(name) for name in trend_rule.INPUTS]),
    )


def _nothing_known(indicators: MarketIndicators) -> MarketTrends:
    count = len(indicators.symbols)
    return MarketTrends(
        timeframe=indicators.timeframe,
        symbols=indicators.symbols,
        as_of_ms=-1,
        direction=np.full(count, trend_rule.UNKNOWN, np.int8),
        strength=np.zeros(count),
        since_ms=np.full(count, -1, np.int64),
        adx=np.full(count, np.nan),
        converged=np.zeros(count, np.bool_),
    )

"""The whole market at one instant, as a strategy sees it."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis import trend_rule
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.structure import MarketStructure, find_structure
from eliteflow.analysis.talib_library import Array
from eliteflow.analysis.trend_monitor import MarketTrends
from eliteflow.errors import InvalidArgument
from eliteflow.model.candle import OHLCV
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe


class MarketView:
    """Newest closed bars, indicators, trends and structure of `symbols`, each as one array of shape (symbols,).

    Every array has the order of `symbols`, whichever of them a timeframe lacks: those are NaN, unknown, False. Arrays
    that are shared with others are read-only.

    as_of_ms: the venue's time; nothing that closed later is in here.
    indicators: by timeframe, from `EliteTechnicalEngine.update` or `calculate_market`.
    trends: by timeframe, from `TrendMonitor.update`.
    panels: by timeframe, the bars in which structure is looked for; a strategy's `reads` asks for them.
    """

    def __init__(
        self,
        as_of_ms: int,
        symbols: Sequence[str],
        *,
        indicators: Mapping[Timeframe, MarketIndicators],
        trends: Mapping[Timeframe, MarketTrends] | None = None,
        panels: Mapping[Timeframe, Panel] | None = None,
    ) -> None:
        self.as_of_ms = as_of_ms
        self.symbols = tuple(symbols)
        self._indicators = dict(indicators)
        self._trends = dict(trends or {})
        self._panels = dict(panels or {})
        self._structures: dict[Timeframe, MarketStructure] = {}
        self._places: dict[tuple[str, ...], NDArray[np.intp]] = {}

    def __repr__(self) -> str:
        return f"<MarketView of {len(self.symbols)} symbols, {', '.join(self._indicators)}, at {self.as_of_ms}>"

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """The timeframes with indicators."""
        return tuple(self._indicators)

    def bar_ms(self, timeframe: Timeframe) -> int:
        """Return the open time of the newest bar that has closed by now."""
        return timeframe.newest_closed_ms(self.as_of_ms)

    def has_bar(self, timeframe: Timeframe) -> NDArray[np.bool_]:
        """Return which symbols have that very bar, and not only an older one."""
        return self.known_bars(timeframe) > 0

    def known_bars(self, timeframe: Timeframe) -> Array:
        """Return from how many bars each symbol's values follow, 0 without the newest bar."""
        market = self._market(timeframe)
        newest_ms = int(market.open_time_ms[-1]) if market.panel.bars else None
        if newest_ms != self.bar_ms(timeframe):
            return np.zeros(len(self.symbols))
        return self.aligned(market.known_bars.astype(np.float64), market.symbols, missing=0.0)

    def candle(self, timeframe: Timeframe, column: str) -> Array:
        """Return a column of `OHLCV` of the newest bar."""
        if column not in OHLCV:
            raise InvalidArgument("column", found=column, wanted=", ".join(OHLCV))
        panel = self._market(timeframe).panel
        newest = panel.values[OHLCV.index(column), :, -1] if panel.bars else np.full(len(panel.symbols), np.nan)
        return self.aligned(newest, panel.symbols)

    def indicator(self, timeframe: Timeframe, output: str) -> Array:
        """Return an output at the newest bar; raise InvalidArgument if it was not computed."""
        market = self._market(timeframe)
        return self.aligned(market.latest(output), market.symbols)

    def bars_needed(self, timeframe: Timeframe, outputs: Sequence[str]) -> int:
        """Return the known bars from which on all these outputs are converged; those that never are do not count."""
        needed = self._market(timeframe).converges_after
        return max((needed[output] or 0 for output in outputs), default=0)

    def direction(self, timeframe: Timeframe) -> Array:
        """Return the trend's direction: 1 up, -1 down, 0 flat, -2 not known."""
        trends = self._trend(timeframe)
        return self.aligned(trends.direction.astype(np.float64), trends.symbols, missing=trend_rule.UNKNOWN)

    def strength(self, timeframe: Timeframe) -> Array:
        """Return the trend's strength, 0–1."""
        trends = self._trend(timeframe)
        return self.aligned(trends.strength, trends.symbols, missing=0.0)

    def structure(self, timeframe: Timeframe) -> MarketStructure:
        """Return the structure of a timeframe's bars, found when first asked for; its rows are those of its panel.

        Raises InvalidArgument unless `structure` stands in what the strategy reads of the timeframe.
        """
        if timeframe not in self._structures:
            if timeframe not in self._panels:
                found = f"reads[{timeframe}]"
                raise InvalidArgument("structure", found=found, wanted=f'reads = {{{timeframe}: ("structure",)}}')
            self._structures[timeframe] = find_structure(self._panels[timeframe])
        return self._structures[timeframe]

    def aligned(self, values: Array, symbols: tuple[str, ...], *, missing: float = np.nan) -> Array:
        """Return `values`, one for each of `symbols`, in the order of this view, `missing` where there is none."""
        if symbols == self.symbols:
            view = values.view()
            view.flags.writeable = False
            return view
        if symbols not in self._places:
            rows = {symbol: row for row, symbol in enumerate(symbols)}
            self._places[symbols] = np.array([rows.get(symbol, len(symbols)) for symbol in self.symbols], np.intp)
        return np.append(values, missing)[self._places[symbols]]

    def _market(self, timeframe: Timeframe) -> MarketIndicators:
        if timeframe not in self._indicators:
            raise InvalidArgument("timeframe", found=timeframe, wanted=", ".join(self._indicators))
        return self._indicators[timeframe]

    def _trend(self, timeframe: Timeframe) -> MarketTrends:
        if timeframe not in self._trends:
            raise InvalidArgument("timeframe", found=timeframe, wanted=", ".join(self._trends))
        return self._trends[timeframe]

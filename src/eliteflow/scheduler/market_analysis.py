"""The analysis step of a cycle: what has closed since the last one is taken, all else is known already."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.market_join import join_market
from eliteflow.analysis.market_regime import VOLATILITY_BARS, MarketRegime, find_regime, newest_volatility_rank
from eliteflow.analysis.market_table import BARS_A_DAY, rank_market
from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.talib_library import Array
from eliteflow.analysis.trend_monitor import MarketTrends, TrendMonitor
from eliteflow.model.market_row import MarketRow
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline

Batches = Mapping[Timeframe, Sequence[MarketIndicators]]
"""What `take` returned for the batches of a cycle, by timeframe."""


class _Taken(NamedTuple):
    """A batch's newest bars, and the indicators that follow from them."""

    bar: MarketBar
    found: MarketIndicators


class MarketAnalysis:
    """Carries indicators and trends of the whole market on from cycle to cycle, by `EliteTechnicalEngine.update`.

    A batch without news costs a comparison. Series that are new, or were interrupted, corrected or deepened, are opened
    anew from memory, they alone. Everything here happens between two awaits.

    names: what is computed, as in `calculate_market`. structured: timeframes in which strategies ask for structure.
    `indicators` holds what is known at the newest bars since the last `rank`: arrays of shape (symbols, 1); `regimes`
    what kind of market it is.
    """

    def __init__(
        self,
        data_pipeline: UnifiedDataPipeline,
        engine: EliteTechnicalEngine,
        trend_monitor: TrendMonitor,
        timeframes: Sequence[Timeframe],
        names: Sequence[str],
        *,
        structured: Collection[Timeframe] = (),
    ) -> None:
        self._pipeline = data_pipeline
        self._engine = engine
        self._monitor = trend_monitor
        self._timeframes = tuple(map(Timeframe.parse, timeframes))
        self._structured = frozenset(structured)
        self._taken: dict[tuple[Timeframe, tuple[str, ...]], _Taken] = {}
        self._opened: dict[Timeframe, set[str]] = {}  # since the last `rank`, for each timeframe with news
        self._panels: dict[Timeframe, Panel] = {}
        self._rows: Sequence[MarketRow] = ()
        self.indicators: Mapping[Timeframe, MarketIndicators] = {}
        self.regimes: Mapping[Timeframe, MarketRegime] = {}
        engine.follow(names)

    def take(self, symbols: Sequence[str], as_of_ms: int) -> dict[Timeframe, MarketIndicators]:
        """Return the indicators of a batch at its newest closed bars; those who lack one are left out."""
        if not symbols:
            return {}
        return {timeframe: self._take(self._bar(timeframe, symbols, as_of_ms)) for timeframe in self._timeframes}

    def rank(self, batches: Batches, as_of_ms: int) -> Sequence[MarketRow]:
        """Put the batches of a cycle together to one market, follow its trends, and rank it."""
        before, self.indicators = self.indicators, {one: self._joined(one, parts) for one, parts in batches.items()}
        news = [timeframe for timeframe, found in self.indicators.items() if found is not before.get(timeframe)]
        if news or self.indicators.keys() != before.keys():
            self._follow(news, as_of_ms)
        self._keep(batches)
        return self._rows

    def view(self, symbols: Sequence[str], as_of_ms: int) -> MarketView:
        """Return the market since the last `rank` as strategies see it."""
        panels = {timeframe: self._panels[timeframe] for timeframe in self._structured & self.indicators.keys()}
        return MarketView(as_of_ms, symbols, indicators=self.indicators, trends=self._trends(), panels=panels)

    def _bar(self, timeframe: Timeframe, symbols: Sequence[str], as_of_ms: int) -> MarketBar:
        closed = self._pipeline.store.closed_bar(timeframe, symbols, timeframe.newest_closed_ms(as_of_ms))
        bar = MarketBar(
            timeframe, closed.symbols, closed.open_time_ms, closed.values, closed.revisions, closed.first_ms
        )
        return bar if bar.is_there.all() else bar.select(np.flatnonzero(bar.is_there))

    def _take(self, bar: MarketBar) -> MarketIndicators:
        taken = self._taken.get((bar.timeframe, bar.symbols))
        if taken is not None and taken.bar.is_same(bar):
            return taken.found
        found = self._engine.update(bar, self._pipeline.store)
        self._taken[bar.timeframe, bar.symbols] = _Taken(bar, found)
        self._opened.setdefault(bar.timeframe, set()).update(found.opened)
        return found

    def _joined(self, timeframe: Timeframe, parts: Sequence[MarketIndicators]) -> MarketIndicators:
        known = self.indicators.get(timeframe)
        symbols = tuple(symbol for part in parts for symbol in part.symbols)
        if known is not None and timeframe not in self._opened and known.symbols == symbols:
            return known
        return replace(join_market(parts), opened=tuple(self._opened.get(timeframe, ())))

    def _follow(self, news: Sequence[Timeframe], as_of_ms: int) -> None:
        regimes = {timeframe: regime for timeframe, regime in self.regimes.items() if timeframe in self.indicators}
        for timeframe in news:
            found = self.indicators[timeframe]
            trends = self._monitor.update(found, self._pipeline.store)
            self._read_panel(timeframe, found.symbols, as_of_ms)
            regimes[timeframe] = find_regime(trends, found, self._volatility_rank(found))
        self.regimes = regimes
        panels = {timeframe: found.panel for timeframe, found in self.indicators.items()}
        self._rows = rank_market(self._trends(), panels, hourly=self._panels.get(Timeframe.H1))

    def _read_panel(self, timeframe: Timeframe, symbols: Sequence[str], as_of_ms: int) -> None:
        """Copy the bars that the table's daily change or the strategies' structure are read from."""
        if timeframe in self._structured:
            bars = self._pipeline.store.capacity
        elif timeframe is Timeframe.H1:
            bars = BARS_A_DAY + 1
        else:
            return
        head_ms = timeframe.newest_closed_ms(as_of_ms)
        self._panels[timeframe] = self._pipeline.store.panel(timeframe, symbols, head_ms, bars)

    def _volatility_rank(self, found: MarketIndicators) -> Array:
        """Return it from the bars in memory: the engine carries no window of that length from bar to bar."""
        head_ms = int(found.open_time_ms[-1])
        panel = self._pipeline.store.panel(found.timeframe, found.symbols, head_ms, VOLATILITY_BARS)
        return newest_volatility_rank(panel.close)

    def _keep(self, batches: Batches) -> None:
        """Remember the batches of this cycle alone."""
        kept = {(timeframe, part.symbols) for timeframe, parts in batches.items() for part in parts}
        self._taken = {key: taken for key, taken in self._taken.items() if key in kept}
        self._opened.clear()

    def _trends(self) -> dict[Timeframe, MarketTrends]:
        return {timeframe: self._monitor.trends[timeframe] for timeframe in self.indicators}

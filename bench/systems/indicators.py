"""The default set of indicators for the whole market: ours, and what users compute symbol by symbol.

recompute: everything anew from the bars in memory, three timeframes. close: one closed 5m bar of every symbol; whoever
has no update computes 5m anew. signals: a 5m close until the strategy has spoken. Newest values are compared with
TA-Lib's own, within 1e-6 where 499 bars are enough for the seeds to be forgotten.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

import numpy as np
import pandas as pd
import talib

from bench import panels
from bench.job import Job
from bench.systems.base import System
from bench.systems.pandas_formulas import with_pandas
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.strategies.trend_pullback import TrendPullback
from eliteflow.analysis.strategy import indicators_read
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

VERSION = f"TA-Lib {version('TA-Lib')}"
CLOSES = 8
FORGOTTEN = 499
"""Bars after which the seed of no indicator in the set matters to one part in 10^6."""
Newest = dict[str, np.ndarray]


class Indicators(System):
    """Panels or frames are prepared untimed. `values` holds the newest RSI, EMA20 and ADX of 5m for the comparison."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.timeframes = panels.TIMEFRAMES if job.step == "recompute" else (Timeframe.M5,)
        self.panels = {one: panels.market(one, len(job.symbols), job.limit) for one in self.timeframes}
        self.values: Newest = {}

    async def check(self, found: object, as_of_ms: int) -> tuple[int, int, int]:
        """Return series computed, and how many of 5m are right; all others are right by the same code."""
        series = len(self.job.symbols) * len(self.timeframes)
        if self.job.limit < FORGOTTEN:
            return series, series, series
        wanted = _talib_newest(self.panels[Timeframe.M5])
        right = np.all([np.isclose(self.values[name], wanted[name], rtol=1e-6) for name in wanted], axis=0)
        return series, series, int(right.sum()) * len(self.timeframes)


class Ours(Indicators):
    """`calculate_market`, or handles that take one bar after another."""

    async def open(self) -> None:
        """Follow the market up to the last closes."""
        strategy = TrendPullback()
        self._engine = EliteTechnicalEngine(live=indicators_read([strategy], DEFAULT_SET))
        self._monitor, self._strategy = TrendMonitor(self._engine), strategy
        self._markets: dict[Timeframe, MarketIndicators] = {}
        self._bars: list[MarketBar] = []
        if self.job.step == "recompute":
            return
        every = {one: panels.market(one, len(self.job.symbols), self.job.limit) for one in panels.TIMEFRAMES}
        for timeframe, panel in every.items():
            left = CLOSES if timeframe is Timeframe.M5 else 0
            self._markets[timeframe] = self._engine.update(panels.until(panel, left))
            self._monitor.update(self._markets[timeframe])
        self._bars = [MarketBar.newest_of(panels.until(every[Timeframe.M5], left)) for left in range(CLOSES)][::-1]

    async def fetch(self) -> object:
        """Compute."""
        if self.job.step == "recompute":
            self._markets = {one: self._engine.calculate_market(panel) for one, panel in self.panels.items()}
        for bar in self._bars:
            self._close(bar)
        market = self._markets[Timeframe.M5]
        self.values = {name: np.asarray(market.latest(name)) for name in ("rsi", "ema_20", "adx")}
        return None

    @property
    def parts(self) -> int:
        """How often the same was done."""
        return max(1, len(self._bars))

    def _close(self, bar: MarketBar) -> None:
        market = self._markets[Timeframe.M5] = self._engine.update(bar, _Memory())
        if self.job.step == "signals":
            self._monitor.update(market)
            view = MarketView(
                bar.open_time_ms + Timeframe.M5.ms,
                market.symbols,
                indicators=self._markets,
                trends=self._monitor.trends,
            )
            self._strategy.evaluate(view)


class SymbolBySymbol(Indicators):
    """A function for one series, called for each; the figure is of `len(job.symbols)` symbols."""

    def __init__(self, job: Job, compute: Callable[[pd.DataFrame], Newest]) -> None:
        super().__init__(job)
        self._compute = compute

    async def open(self) -> None:
        """Make the frames."""
        self._frames = {one: panels.frames(panel, len(self.job.symbols)) for one, panel in self.panels.items()}

    async def fetch(self) -> object:
        """Compute."""
        for timeframe, frames in self._frames.items():
            found = [self._compute(frame) for frame in frames]
            if timeframe is Timeframe.M5:
                names = ("rsi", "ema_20", "adx")
                self.values = {name: np.array([np.asarray(one[name])[-1] for one in found]) for name in names}
        return None


class _Memory:
    """A history that is never asked: all bars go on."""

    def panel(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        raise AssertionError(f"{len(symbols)} series of {timeframe} were opened anew")


def with_talib(frame: pd.DataFrame) -> Newest:
    """Compute the set by TA-Lib's functions on a frame's columns."""
    open_, high, low, close, volume = (column.copy() for column in frame.to_numpy().T)
    del open_
    found = {f"ema_{span}": talib.EMA(close, span) for span in (9, 20, 50)} | {"sma_20": talib.SMA(close, 20)}
    upper, middle, lower = talib.BBANDS(close, 20)
    found |= {"upper": upper, "width": (upper - lower) / middle, "percent_b": (close - lower) / (upper - lower)}
    found |= {"rsi": talib.RSI(close), "macd": talib.MACD(close)[0], "atr": talib.ATR(high, low, close)}
    found |= {"adx": talib.ADX(high, low, close), "plus_di": talib.PLUS_DI(high, low, close)}
    found |= {"minus_di": talib.MINUS_DI(high, low, close), "k": talib.STOCH(high, low, close)[0]}
    found |= {"cci": talib.CCI(high, low, close), "mfi": talib.MFI(high, low, close, volume)}
    return found | {"obv": talib.OBV(close, volume)}


def with_pandas_ta(frame: pd.DataFrame) -> Newest:
    """Compute the set by pandas-ta-classic's functions, its own code and not TA-Lib's."""
    import pandas_ta_classic as ta

    high, low, close, volume = (frame[name] for name in ("high", "low", "close", "volume"))
    own = {"talib": False}
    found = {f"ema_{span}": ta.ema(close, span, **own) for span in (9, 20, 50)} | {"sma_20": ta.sma(close, 20, **own)}
    adx = ta.adx(high, low, close, 14)
    found |= {"rsi": ta.rsi(close, 14, **own), "macd": ta.macd(close, **own), "bands": ta.bbands(close, 20, **own)}
    found |= {"atr": ta.atr(high, low, close, 14, **own), "adx": adx["ADX_14"], "stoch": ta.stoch(high, low, close)}
    found |= {"cci": ta.cci(high, low, close, **own), "mfi": ta.mfi(high, low, close, volume, **own)}
    return found | {"obv": ta.obv(close, volume, **own)}


def _talib_newest(panel: Panel) -> Newest:
    computed: Iterator[Newest] = (with_talib(frame) for frame in panels.frames(panel, len(panel.symbols)))
    found = [{name: one[name][-1] for name in ("rsi", "ema_20", "adx")} for one in computed]
    return {name: np.array([one[name] for one in found]) for name in found[0]}


WAYS = {"pandas": with_pandas, "talib": with_talib, "pandas_ta": with_pandas_ta}


def make(job: Job) -> System:
    """Return the system for a job."""
    return Ours(job) if job.way == "ours" else SymbolBySymbol(job, WAYS[job.way])

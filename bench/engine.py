"""How long the default set takes for the whole market, beside the same set computed symbol by symbol in pandas.

Two tables: everything computed anew from the bars in memory, and one closed bar taken after another.

    python bench/engine.py [--symbols 530] [--bars 50 99 499] [--runs 5] [--peer-symbols 10]

Limits: candles are seeded random walks already in memory, so nothing is fetched or decoded; three panels of `symbols`
series stand for 1h, 15m and 5m; one core. The pandas figures are measured on `peer-symbols` series and scaled, so their
fixed costs are not spread over a market, which is how their users run them; they compute everything anew at each close.
`open` opens all handles at once, as after a start. Structure is that of one timeframe. Ratios inside one run can be
trusted, milliseconds depend on the machine.
"""

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from panels import NOW_MS, TIMEFRAMES, market
from panels import frames as frames_of
from systems.pandas_formulas import with_pandas

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.market_table import rank_market
from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.strategies.trend_pullback import TrendPullback
from eliteflow.analysis.strategy import indicators_read
from eliteflow.analysis.structure import find_structure
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

ENGINE = EliteTechnicalEngine()


def main() -> None:
    """Print one line for each number of bars."""
    options = _options()
    _print(f"Python {platform.python_version()}, {platform.machine()}, medians of {options.runs} runs")
    _print("  bars  series  market ms  trends ms  table ms  calculate ms  pandas ms  × pandas")
    for bars in options.bars:
        _print(_measure(options.symbols, bars, options.runs, options.peer_symbols))
    _print(
        "  bars  series  open ms  5m close ms  hourly close ms  peek ms  structure ms  strategy ms  pandas ms  × pandas"
    )
    for bars in options.bars:
        _print(_measure_closes(options.symbols, bars, options.runs, options.peer_symbols))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--symbols", type=int, default=530)
    parser.add_argument("--bars", type=int, nargs="+", default=[50, 99, 499])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer-symbols", type=int, default=10)
    return parser.parse_args()


def _measure(symbols: int, bars: int, runs: int, peer_symbols: int) -> str:
    panels = {timeframe: market(timeframe, symbols, bars) for timeframe in TIMEFRAMES}
    markets: list[MarketIndicators] = []
    monitor = TrendMonitor(ENGINE)

    def compute() -> None:
        markets[:] = [ENGINE.calculate_market(panel) for panel in panels.values()]

    def follow() -> None:
        for computed in markets:
            monitor.update(computed)

    market_ms = _median_ms(compute, runs)
    trends_ms = _median_ms(follow, runs)
    table_ms = _median_ms(lambda: rank_market(monitor.trends, panels), runs)
    frames = frames_of(panels[Timeframe.H1], peer_symbols)
    scale = symbols * len(TIMEFRAMES) / len(frames)
    calculate_ms = _median_ms(lambda: [_with_calculate(frame) for frame in frames], runs) * scale
    pandas_ms = _median_ms(lambda: [with_pandas(frame) for frame in frames], runs) * scale
    return (
        f"{bars:>6} {symbols * len(TIMEFRAMES):>7} {market_ms:>10.1f} {trends_ms:>10.1f} {table_ms:>9.1f} "
        f"{calculate_ms:>13.0f} {pandas_ms:>10.0f} {pandas_ms / market_ms:>9.0f}"
    )


def _measure_closes(symbols: int, bars: int, runs: int, peer_symbols: int) -> str:
    """Return a line about closes: updates of the engine and the trend monitor, and what is asked after them."""
    panels = {timeframe: market(timeframe, symbols, bars + runs + 1) for timeframe in TIMEFRAMES}
    follower = _Follower({timeframe: _until(panel, runs + 1) for timeframe, panel in panels.items()})
    close_ms = {timeframe: follower.close_ms(panel, runs + 1) for timeframe, panel in panels.items()}
    hourly_ms = sum(close_ms.values())
    forming = MarketBar.newest_of(panels[Timeframe.M5])._replace(open_time_ms=NOW_MS)
    view = follower.view()
    peers = frames_of(panels[Timeframe.H1], peer_symbols)
    pandas_ms = _median_ms(lambda: [with_pandas(frame) for frame in peers], runs) * symbols * 3 / len(peers)
    return (
        f"{bars:>6} {symbols * len(TIMEFRAMES):>7} {follower.open_ms:>8.0f} {close_ms[Timeframe.M5]:>12.1f} "
        f"{hourly_ms:>16.1f} {_median_ms(lambda: follower.engine.peek(forming), runs):>8.1f} "
        f"{_median_ms(lambda: find_structure(panels[Timeframe.M5]), runs):>13.0f} "
        f"{_median_ms(lambda: TrendPullback().evaluate(view), runs):>12.1f} "
        f"{pandas_ms:>10.0f} {pandas_ms / hourly_ms:>9.0f}"
    )


class _Follower:
    """An engine and a trend monitor that take one close after another. open_ms: how long the first ones took."""

    def __init__(self, panels: Mapping[Timeframe, Panel]) -> None:
        self.engine = EliteTechnicalEngine(live=indicators_read([TrendPullback()], DEFAULT_SET))
        self._monitor = TrendMonitor(self.engine)
        started = time.perf_counter()
        self._markets = {timeframe: self.engine.update(panel) for timeframe, panel in panels.items()}
        self.open_ms = (time.perf_counter() - started) * 1000
        for panel in panels.values():
            self._monitor.update(self.engine.calculate_market(panel))

    def close_ms(self, panel: Panel, closes: int) -> float:
        """Take the newest `closes` bars of a panel and return the median time of one."""
        took_ms = []
        for left in range(closes - 1, -1, -1):
            bar = MarketBar.newest_of(_until(panel, left))
            started = time.perf_counter()
            self._markets[panel.timeframe] = self.engine.update(bar, _Memory())
            self._monitor.update(self._markets[panel.timeframe])
            took_ms.append((time.perf_counter() - started) * 1000)
        return statistics.median(took_ms)

    def view(self) -> MarketView:
        """Return what a strategy sees after the last close."""
        symbols = self._markets[Timeframe.M5].symbols
        return MarketView(NOW_MS, symbols, indicators=self._markets, trends=self._monitor.trends)


class _Memory:
    """A history that is never asked: all bars go on."""

    def panel(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        raise AssertionError(f"{len(symbols)} series of {timeframe} were opened anew")


def _until(panel: Panel, left: int) -> Panel:
    """Return the panel without its newest `left` bars."""
    bars = slice(0, panel.bars - left)
    return Panel(panel.timeframe, panel.symbols, panel.open_time_ms[bars], panel.values[:, :, bars])


def _median_ms(work: Callable[[], object], runs: int) -> float:
    work()
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000


def _with_calculate(frame: pd.DataFrame) -> list[pd.Series | pd.DataFrame]:
    """Compute the same set by `calculate`, as a user does for a few symbols."""
    return [ENGINE.calculate(name, frame) for name in DEFAULT_SET]


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

"""What became of the built-in strategy's signals over recorded candles, by the rules of the signal ledger.

    python bench/strategy_record.py [--file ../shared/data/klines/um_5m_20251001-20251024_top80.parquet]

Replays a file of 5m candles bar by bar, as a running program would see them: 15m and 1h are made of them, the market is
carried on by live handles, every new signal is followed over the later bars (entry at the next open, a bar that touches
stop and target counts as the stop, 288 bars until it expires). Signals begin once 1h has the 396 bars that converged
values need. Limits: the symbols and days of the file; no fees, no funding, no slippage.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.signal_outcome import FollowedSignal, follow
from eliteflow.analysis.strategies.trend_pullback import TrendPullback
from eliteflow.analysis.strategy import indicators_read
from eliteflow.analysis.strategy_record import records
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.model.candle import FIELDS, OHLCV
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.market_analysis import MarketAnalysis
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource

H1, M15, M5 = TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
EXPIRY_BARS = 288
RECORDED = Path(__file__).parent.parent / "../shared/data/klines/um_5m_20251001-20251024_top80.parquet"

Candles = dict[str, Series]


class Replay:
    """A market that closes one recorded bar after another."""

    def __init__(self, candles: Candles) -> None:
        clock = ManualClock(0)
        self.symbols = tuple(candles)
        self._series = {M5: candles}
        for timeframe in (M15, H1):
            self._series[timeframe] = {name: _larger(series, timeframe) for name, series in candles.items()}
        self._pipeline = UnifiedDataPipeline(MemorySource(clock), clock=clock)
        engine, self._strategy = EliteTechnicalEngine(), TrendPullback()
        names = indicators_read([self._strategy], DEFAULT_SET)
        self._analysis = MarketAnalysis(self._pipeline, engine, TrendMonitor(engine), TIMEFRAMES, names)
        self._places = {(timeframe, name): 0 for timeframe in TIMEFRAMES for name in self.symbols}
        self.open: list[FollowedSignal] = []
        self.over: list[FollowedSignal] = []

    def close(self, now_ms: int) -> None:
        """Take what has closed, follow the open signals, and look for new ones."""
        for timeframe in TIMEFRAMES:
            for name in self.symbols:
                self._absorb(timeframe, name, now_ms)
        followed = [self._after(one, now_ms) for one in self.open]
        self.open = [one for one in followed if one.course.ending is None]
        self.over += [one for one in followed if one.course.ending is not None]
        parts = {timeframe: [found] for timeframe, found in self._analysis.take(self.symbols, now_ms).items()}
        self._analysis.rank(parts, now_ms)
        signals = self._strategy.evaluate(self._analysis.view(self.symbols, now_ms)).signals
        self.open += map(FollowedSignal.new, signals)

    def _absorb(self, timeframe: Timeframe, name: str, now_ms: int) -> None:
        series, first = self._series[timeframe][name], self._places[timeframe, name]
        last = int(np.searchsorted(series.open_time_ms, now_ms - timeframe.ms, side="right"))
        if last > first:
            self._pipeline.absorb(name, timeframe, series.select(slice(first, last)), requested_ms=now_ms + 60_000)
            self._places[timeframe, name] = last

    def _after(self, one: FollowedSignal, now_ms: int) -> FollowedSignal:
        series = self._series[M5][one.signal.symbol]
        first = int(np.searchsorted(series.open_time_ms, one.course.followed_ms, side="right"))
        last = int(np.searchsorted(series.open_time_ms, now_ms - M5.ms, side="right"))
        bars = series.select(slice(first, last))
        return follow(one, bars.open_time_ms, bars.values, expiry_bars=EXPIRY_BARS)


def main(file: Path) -> None:
    """Print the record."""
    candles = dict(_recorded(file))
    first_ms = min(int(series.open_time_ms[0]) for series in candles.values())
    last_ms = max(int(series.open_time_ms[-1]) for series in candles.values())
    replay = Replay(candles)
    for now_ms in range(H1.open_time_ms(first_ms) + 396 * H1.ms, last_ms + M5.ms + 1, M5.ms):
        replay.close(now_ms)
    signals = replay.over + replay.open
    days = (last_ms - first_ms) / 86_400_000
    print(f"{len(candles)} symbols × {days:.0f} days of {file.name}, signals from day 16.5 on")
    for record in records(signals):
        print(record)
    print("mean reward/risk:", round(float(np.mean([one.signal.reward_risk for one in signals])), 2))


def _recorded(file: Path) -> Iterator[tuple[str, Series]]:
    """Yield the whole series of a file, those without a hole."""
    for name, rows in pd.read_parquet(file).groupby("symbol"):
        times = rows["open_time"].to_numpy(np.int64)
        if (np.diff(times) == M5.ms).all():
            values = np.ones((len(FIELDS), len(times)))
            values[: len(OHLCV)] = rows[list(OHLCV)].to_numpy(np.float64).T
            yield str(name), Series(times, values)


def _larger(series: Series, timeframe: Timeframe) -> Series:
    """Return the whole bars of a longer timeframe; parts without volume count for no open, high and low."""
    parts = timeframe.ms // M5.ms
    first = int(-(series.open_time_ms[0] // M5.ms) % parts)
    bars = (len(series) - first) // parts
    times = series.open_time_ms[first : first + bars * parts : parts]
    grouped = series.values[:, first : first + bars * parts].reshape(len(FIELDS), bars, parts)
    values = np.ones((len(FIELDS), bars))
    traded: NDArray[np.bool_] = grouped[4] > 0
    traded[~traded.any(axis=1)] = True
    every = np.arange(bars)
    values[0] = grouped[0, every, traded.argmax(axis=1)]
    values[1] = np.where(traded, grouped[1], -np.inf).max(axis=1)
    values[2] = np.where(traded, grouped[2], np.inf).min(axis=1)
    values[3], values[4] = grouped[3, :, -1], grouped[4].sum(axis=1)
    return Series(times, values)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=RECORDED)
    main(parser.parse_args().file)

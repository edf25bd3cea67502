"""A strategy that writes down the candles it is shown, and buys a few symbols at every close by a known rule."""

import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.verdict import Outcome, Proposal, Step, Verdict
from eliteflow.model.candle import OHLCV
from eliteflow.model.timeframe import Timeframe

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = "SOAK_SEEN"
"""The environment variable that names the folder for what was seen: one file for each cycle."""

TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)

BARS = 500
"""Bars after which a bar's own reward-to-risk comes again: 41 hours."""

SIGNALS = 8
"""About so many symbols are bought at each close, as many as one message holds."""


class Recorder:
    """Buys at each 5m close the symbols that `is_bought` names, with the bar's own number as reward to risk."""

    name = "recorder"
    reads: Mapping[Timeframe, tuple[str, ...]] = dict.fromkeys(TIMEFRAMES, ("atr",))

    def evaluate(self, market: MarketView) -> Verdict:
        """Return a signal for each symbol whose turn it is."""
        _write(market)
        bar_ms, close = market.bar_ms(Timeframe.M5), market.candle(Timeframe.M5, "close")
        turn = np.array(is_bought(market.symbols, bar_ms, of=len(market.symbols)))
        rules = [Outcome(Step.DATA, "newest bar of 5m", market.has_bar(Timeframe.M5) & turn, {"close_5m": close})]
        target = close * (1 + reward_risk(bar_ms) / 100)
        strength = np.full(len(close), 0.5)
        trade = Proposal(Timeframe.M5, np.ones_like(close), close, 0.99 * close, target, strength)
        return Verdict.of(self.name, market, rules, trade)


def is_bought(symbols: Sequence[str], bar_ms: int, *, of: int) -> list[bool]:
    """Return whose turn it is at the close of the bar that opened at `bar_ms`, in a market of so many symbols."""
    every = max(1, of // SIGNALS)
    return [(zlib.crc32(symbol.encode()) + bar_ms // Timeframe.M5.ms) % every == 0 for symbol in symbols]


def reward_risk(bar_ms: int) -> int:
    """Return the reward to risk of a bar's signals, by which a message tells which bar it is about."""
    return bar_ms // Timeframe.M5.ms % BARS + 1


def _write(market: MarketView) -> None:
    """Write down the newest bar of every symbol, whole or not at all."""
    seen: dict[str, NDArray[np.float64] | NDArray[np.str_]] = {"symbols": np.array(market.symbols)}
    for timeframe in market.timeframes:
        bars = np.array([market.candle(timeframe, column) for column in OHLCV])
        bars[:, ~market.has_bar(timeframe)] = np.nan
        seen[timeframe.value] = bars
    path = Path(os.environ[FOLDER]) / f"{market.as_of_ms}.npz"
    with path.with_suffix(".new").open("wb") as file:
        np.savez(file, **seen)  # type: ignore[arg-type]  # its stubs take the last option for one of the arrays
    path.with_suffix(".new").replace(path)

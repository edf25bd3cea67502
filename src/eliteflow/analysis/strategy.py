"""What a strategy is.

class Dip:
    name = "dip"
    reads = {Timeframe.M5: ("rsi", "atr")}

    def evaluate(self, market: MarketView) -> Verdict:
        rsi, atr = (market.indicator(Timeframe.M5, output) for output in ("rsi", "atr"))
        close = market.candle(Timeframe.M5, "close")
        rules = [
            Outcome(Step.DATA, "newest bar of 5m", market.has_bar(Timeframe.M5), {}),
            Outcome(Step.ENTRY, "rsi_5m < 25", rsi < 25, {"rsi_5m": rsi}),
        ]
        long = np.ones_like(close)
        trade = Proposal(Timeframe.M5, long, close, close - 2 * atr, close + 3 * atr, (50 - rsi) / 50)
        return Verdict.of(self.name, market, rules, trade)
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.verdict import Verdict
from eliteflow.model.timeframe import Timeframe

STRUCTURE = "structure"
"""Stands in `reads` among the indicators of a timeframe whose structure is asked for."""


class Strategy(Protocol):
    """Looks at the whole market at one instant and answers with signals.

    A strategy keeps no state of its own that decides: the same view gives the same verdict. It runs in a worker thread
    and must not write into what it is given.
    """

    @property
    def name(self) -> str:
        """Its name in signals, reports and the ledger."""

    @property
    def reads(self) -> Mapping[Timeframe, tuple[str, ...]]:
        """Timeframes that it needs, and in each the indicators, named as in `calculate_market`, and `STRUCTURE`."""

    def evaluate(self, market: MarketView) -> Verdict:
        """Return its signals, and why there is none elsewhere."""


def indicators_read(strategies: Iterable[Strategy], besides: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of all indicators that the strategies read, after those in `besides`, each once."""
    names = list(besides)
    for strategy in strategies:
        for read in strategy.reads.values():
            names += (name for name in read if name != STRUCTURE)
    return tuple(dict.fromkeys(names))


def structure_read(strategies: Iterable[Strategy]) -> frozenset[Timeframe]:
    """Return the timeframes whose structure the strategies read."""
    return frozenset(
        timeframe for strategy in strategies for timeframe, read in strategy.reads.items() if STRUCTURE in read
    )

"""Strategies for tests: each answers, fails or waits as it is told."""

from collections.abc import Mapping

import numpy as np

from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.verdict import Outcome, Proposal, Step, Verdict
from eliteflow.model.timeframe import Timeframe

READS: Mapping[Timeframe, tuple[str, ...]] = {Timeframe.M5: ("atr",)}


class Eager:
    """Buys whatever has a bar of 5m. raises: instead of an answer. seen: how many views it was shown."""

    reads = READS

    def __init__(self, name: str = "eager") -> None:
        self.name = name
        self.raises: Exception | None = None
        self.seen = 0

    def evaluate(self, market: MarketView) -> Verdict:
        """Return a signal for every symbol with a bar, the first ones the strongest."""
        self.seen += 1
        if self.raises:
            raise self.raises
        return bought(self.name, market)


class Mute:
    """Answers with something that is no verdict."""

    name = "mute"
    reads = READS

    def evaluate(self, market: MarketView) -> Verdict:
        """Return a list."""
        return list(market.symbols)  # type: ignore[return-value]  # what this strategy is for


def bought(name: str, market: MarketView) -> Verdict:
    """Return a verdict that buys every symbol with a bar of 5m."""
    close = market.candle(Timeframe.M5, "close")
    has_bar = Outcome(Step.DATA, "newest bar of 5m", market.has_bar(Timeframe.M5), {"close_5m": close})
    strength = np.linspace(0.9, 0.1, len(market.symbols))
    trade = Proposal(Timeframe.M5, np.ones_like(close), close, 0.9 * close, 1.3 * close, strength)
    return Verdict.of(name, market, [has_bar], trade)

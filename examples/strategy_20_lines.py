"""Try it in this folder: `eliteflow signals --emulator --strategy examples.strategy_20_lines:Dip`."""

import numpy as np

from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.verdict import Outcome, Proposal, Step, Verdict
from eliteflow.model.timeframe import Timeframe

M5, M15 = Timeframe.M5, Timeframe.M15
READS = {M15: ("ema_20",), M5: ("rsi", "atr")}


class Dip:
    """Buys where 5m is weak while 15m is not falling; an example, not advice."""

    name, reads = "dip", READS

    def evaluate(self, market: MarketView) -> Verdict:
        """Judge all symbols at once: every array has one number for each of `market.symbols`."""
        close, rsi, atr = market.candle(M5, "close"), market.indicator(M5, "rsi"), market.indicator(M5, "atr")
        trend = market.direction(M15)
        rules = [
            Outcome(Step.DATA, "newest bars of 5m and 15m", market.has_bar(M5) & market.has_bar(M15), {}),
            Outcome(Step.TREND, "trend_15m is 0 or 1", trend >= 0, {"trend_15m": trend}),
            Outcome(Step.ENTRY, "rsi_5m < 45", rsi < 45, {"rsi_5m": rsi}),
        ]
        trade = Proposal(M5, np.ones_like(close), close, close - 2 * atr, close + 3 * atr, (100 - rsi) / 100)
        return Verdict.of(self.name, market, rules, trade)

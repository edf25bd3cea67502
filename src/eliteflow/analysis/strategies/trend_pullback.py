"""Joins a trend of the hour when a pullback of the minutes ends.

Direction: 1h is in a trend, by the rule of `TrendMonitor`, of at least `min_strength`.
Confirmation: 15m is in no opposite trend, and its close lies on the trend's side of EMA50.
Entry: the 5m bar has traded through EMA20, closes back on the trend's side of it, and in the trend's direction.
Stop: `stop_atr` × ATR14 of 5m from the close. Target: the edge of the Donchian channel of 15m in the trend's direction,
where the trend stood before the pullback. The reward must be at least `min_reward_risk` × the risk.
Signals rest on converged values only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from eliteflow.analysis import trend_rule
from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.talib_library import Array
from eliteflow.analysis.verdict import Outcome, Proposal, Step, Verdict
from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe

H1, M15, M5 = Timeframe.H1, Timeframe.M15, Timeframe.M5

READS: Mapping[Timeframe, tuple[str, ...]] = MappingProxyType(
    {H1: trend_rule.INPUTS, M15: (*trend_rule.INPUTS, "donchian"), M5: ("ema_20", "atr")}
)
# The outputs whose convergence is asked for.
_OUTPUTS: Mapping[Timeframe, tuple[str, ...]] = {
    H1: trend_rule.INPUTS,
    M15: (*trend_rule.INPUTS, "donchian_upper", "donchian_lower"),
    M5: ("ema_20", "atr"),
}


@dataclass(frozen=True, slots=True)
class TrendPullback:
    """The built-in strategy.

    min_strength: of the 1h trend, 0–1. stop_atr: distance of the stop in ATR of 5m. min_reward_risk: smallest ratio.
    Raises InvalidArgument for values outside these meanings.
    """

    min_strength: float = 0.3
    stop_atr: float = 1.5
    min_reward_risk: float = 1.5
    name: str = "trend_pullback"

    def __post_init__(self) -> None:
        if not 0 <= self.min_strength <= 1:
            raise InvalidArgument("min_strength", found=self.min_strength, wanted="0–1")
        for parameter in ("stop_atr", "min_reward_risk"):
            if not 0 < (value := getattr(self, parameter)) < np.inf:
                raise InvalidArgument(parameter, found=value, wanted="> 0")

    @property
    def reads(self) -> Mapping[Timeframe, tuple[str, ...]]:
        """The trend rule's inputs for 1h and 15m, the channel of 15m, the mean and the range of 5m."""
        return READS

    def evaluate(self, market: MarketView) -> Verdict:
        """Return its signals at the newest 5m bar."""
        side = market.direction(H1)
        trade = self._trade(market, side)
        with np.errstate(invalid="ignore"):
            rules = [
                *self._data(market),
                *self._trend(market, side),
                *self._confirmation(market, side),
                *self._entry(market, side),
                self._reward_risk(trade),
            ]
        return Verdict.of(self.name, market, rules, trade)

    def _data(self, market: MarketView) -> list[Outcome]:
        rules = []
        for timeframe, outputs in _OUTPUTS.items():
            known_bars = market.known_bars(timeframe)
            needed = market.bars_needed(timeframe, outputs)
            name = f"known_bars_{timeframe}"
            rules.append(
                Outcome(
                    Step.DATA, f"{name} >= {needed}", known_bars >= max(needed, 1), {name: known_bars}, "enough_bars"
                )
            )
        return rules

    def _trend(self, market: MarketView, side: Array) -> list[Outcome]:
        strength = market.strength(H1)
        return [
            Outcome(Step.TREND, "trend_1h is 1 or -1", np.abs(side) == 1, {"trend_1h": side}, "in_trend"),
            Outcome(
                *(Step.TREND, f"strength_1h >= {self.min_strength:g}", strength >= self.min_strength),
                *({"strength_1h": strength}, "strong_trend"),
            ),
        ]

    def _confirmation(self, market: MarketView, side: Array) -> list[Outcome]:
        trend, close, mean = market.direction(M15), market.candle(M15, "close"), market.indicator(M15, "ema_50")
        is_not_against = (trend != -side) & (trend != trend_rule.UNKNOWN)
        return [
            Outcome(
                Step.CONFIRMATION, "trend_15m is not -trend_1h", is_not_against, {"trend_15m": trend}, "not_against"
            ),
            Outcome(
                *(Step.CONFIRMATION, "trend_1h × (close_15m - ema_50_15m) > 0", side * (close - mean) > 0),
                *({"close_15m": close, "ema_50_15m": mean}, "beyond_mean"),
            ),
        ]

    def _entry(self, market: MarketView, side: Array) -> list[Outcome]:
        open_, high, low, close = (market.candle(M5, column) for column in ("open", "high", "low", "close"))
        mean = market.indicator(M5, "ema_20")
        far = np.where(side > 0, low, high)
        return [
            Outcome(
                *(Step.ENTRY, "trend_1h × (pullback_5m - ema_20_5m) <= 0", side * (far - mean) <= 0),
                *({"pullback_5m": far, "ema_20_5m": mean}, "pulled_back"),
            ),
            Outcome(
                *(Step.ENTRY, "trend_1h × (close_5m - ema_20_5m) > 0", side * (close - mean) > 0),
                *({"close_5m": close, "ema_20_5m": mean}, "closes_back"),
            ),
            Outcome(
                *(Step.ENTRY, "trend_1h × (close_5m - open_5m) > 0", side * (close - open_) > 0),
                *({"close_5m": close, "open_5m": open_}, "closes_with_trend"),
            ),
        ]

    def _trade(self, market: MarketView, side: Array) -> Proposal:
        close, atr = market.candle(M5, "close"), market.indicator(M5, "atr")
        upper, lower = market.indicator(M15, "donchian_upper"), market.indicator(M15, "donchian_lower")
        return Proposal(
            timeframe=M5,
            direction=side,
            entry=close,
            stop=close - side * self.stop_atr * atr,
            target=np.where(side > 0, upper, lower),
            strength=(market.strength(H1) + market.strength(M15)) / 2,
        )

    def _reward_risk(self, trade: Proposal) -> Outcome:
        risk, reward = np.abs(trade.entry - trade.stop), trade.direction * (trade.target - trade.entry)
        ratio = np.divide(reward, risk, out=np.full(risk.shape, np.nan), where=risk > 0)
        rule = f"reward_risk >= {self.min_reward_risk:g}"
        return Outcome(Step.REWARD_RISK, rule, ratio >= self.min_reward_risk, {"reward_risk": ratio}, "enough_reward")

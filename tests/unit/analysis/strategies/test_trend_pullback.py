"""The built-in strategy gives a signal when all its rules hold, and names the one that does not."""

import numpy as np
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.strategies.trend_pullback import READS, TrendPullback
from eliteflow.analysis.strategy import indicators_read
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.analysis.verdict import Explanation, Step, Verdict
from eliteflow.errors import InvalidArgument
from eliteflow.model.panel import Panel
from eliteflow.model.signal import Side
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import random_walk
from tests.unit.analysis.views import NOW_MS, indicators_of, trends_of, view_of

H1, M15, M5 = Timeframe.H1, Timeframe.M15, Timeframe.M5
STRATEGY = TrendPullback()

# A long trade: up on 1h, 15m above its mean, 5m dipped to its mean of 100 and closed above it, room up to 104.
LONG = {
    "trend_1h": 1.0,
    "strength_1h": 0.6,
    "trend_15m": 0.0,
    "close_15m": 101.0,
    "ema_50_15m": 98.0,
    "target": 104.0,
    "open": 99.9,
    "high": 100.6,
    "low": 99.8,
    "close": 100.5,
    "ema_20": 100.0,
    "atr": 1.0,
}
# The same upside down around 100.
SHORT = (
    LONG
    | {"trend_1h": -1.0, "close_15m": 99.0, "ema_50_15m": 102.0, "target": 96.0}
    | {
        "open": 100.1,
        "high": 100.2,
        "low": 99.4,
        "close": 99.5,
    }
)


def verdict(story: dict[str, float], *, known_bars: int = 499) -> Verdict:
    """Return the strategy's verdict on a market of one symbol."""
    m15 = {
        "close": story["close_15m"],
        "ema_50": story["ema_50_15m"],
        "donchian_upper": story["target"],
        "donchian_lower": story["target"],
    }
    quiet = {"ema_20": 1.0, "ema_50": 1.0, "adx": 30.0, "atr": 1.0}
    return STRATEGY.evaluate(
        view_of(
            indicators_of(M5, {"A": story}, known_bars=known_bars),
            indicators_of(M15, {"A": quiet | m15}),
            indicators_of(H1, {"A": quiet}),
            trends=(
                trends_of(H1, {"A": (int(story["trend_1h"]), story["strength_1h"])}),
                trends_of(M15, {"A": (int(story["trend_15m"]), 0.2)}),
            ),
        )
    )


@pytest.mark.parametrize(("story", "side", "stop"), [(LONG, Side.LONG, 99.0), (SHORT, Side.SHORT, 101.0)])
def test_all_rules_together_give_a_signal(story: dict[str, float], side: Side, stop: float) -> None:
    """Entry at the close, the stop 1.5 ATR away, the target at the channel's edge, for both sides alike."""
    found = verdict(story)
    (signal,) = found.signals
    assert (signal.side, signal.entry, signal.stop, signal.target) == (side, story["close"], stop, story["target"])
    assert signal.strength == pytest.approx(0.4)
    assert signal.reward_risk == pytest.approx(3.5 / 1.5)
    assert signal.values["reward_risk"] == pytest.approx(3.5 / 1.5)
    assert found.funnel == (1, 1, 1, 1, 1, 1, 1)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("change", "step", "rule"),
    [
        ({"trend_1h": 0.0}, Step.TREND, "trend_1h is 1 or -1"),
        ({"trend_1h": -2.0}, Step.TREND, "trend_1h is 1 or -1"),
        ({"strength_1h": 0.29}, Step.TREND, "strength_1h >= 0.3"),
        ({"trend_15m": -1.0}, Step.CONFIRMATION, "trend_15m is not -trend_1h"),
        ({"trend_15m": -2.0}, Step.CONFIRMATION, "trend_15m is not -trend_1h"),
        ({"close_15m": 98.0, "ema_50_15m": 98.0}, Step.CONFIRMATION, "trend_1h × (close_15m - ema_50_15m) > 0"),
        ({"low": 100.1}, Step.ENTRY, "trend_1h × (pullback_5m - ema_20_5m) <= 0"),
        ({"close": 100.0}, Step.ENTRY, "trend_1h × (close_5m - ema_20_5m) > 0"),
        ({"open": 100.6}, Step.ENTRY, "trend_1h × (close_5m - open_5m) > 0"),
        ({"target": 102.7}, Step.REWARD_RISK, "reward_risk >= 1.5"),
        ({"target": 100.4}, Step.REWARD_RISK, "reward_risk >= 1.5"),
        ({"atr": 0.0}, Step.REWARD_RISK, "reward_risk >= 1.5"),
        ({"ema_20": float("nan")}, Step.ENTRY, "trend_1h × (pullback_5m - ema_20_5m) <= 0"),
    ],
)
def test_each_rule_that_fails_alone_is_the_one_named(
    change: dict[str, float], step: Step, rule: str, mirrored: bool
) -> None:
    """With its values; and the funnel ends at its step. The same for a short, mirrored around 100."""
    story = LONG | change
    if mirrored:
        story = SHORT | {name: flipped(name, value) for name, value in change.items()}
        if "low" in change:
            story["high"] = story.pop("low")
            story["low"] = 99.4
    found = verdict(story)
    explanation: Explanation = found.explain("A")
    assert explanation.signal is None
    assert explanation.failed is not None
    assert (explanation.failed.step, explanation.failed.rule) == (step, rule)
    assert explanation.failed.values
    place = 1 + tuple(Step).index(step)
    assert found.funnel == (1,) * place + (0,) * (7 - place)


def flipped(name: str, value: float) -> float:
    """Return what a number of a long trade is in the mirrored short one."""
    if name in {"trend_1h", "trend_15m"}:
        return value if value == -2 else -value
    return value if name in {"strength_1h", "atr"} else 200 - value


def test_values_that_have_not_converged_are_no_data() -> None:
    """The rule says how many bars there are and how many it takes."""
    failed = verdict(LONG, known_bars=99).explain("A").failed
    assert failed == (Step.DATA, "known_bars_5m >= 100", False, {"known_bars_5m": 99.0}, "enough_bars")


@pytest.mark.parametrize(
    "parameters", [{"min_strength": 1.1}, {"stop_atr": 0.0}, {"min_reward_risk": -1.0}, {"stop_atr": float("nan")}]
)
def test_parameters_without_meaning_are_refused(parameters: dict[str, float]) -> None:
    """A strength beyond 1, no distance, a negative ratio."""
    with pytest.raises(InvalidArgument):
        TrendPullback(**parameters)  # type: ignore[arg-type] # floats only, name is not among them


def panels(symbols: int, bars: int) -> dict[Timeframe, Panel]:
    """Return random markets in the three timeframes, whose newest bars close at `NOW_MS`."""
    made = {}
    for timeframe in READS:
        values = np.stack(
            [random_walk(bars, seed=timeframe.ms + row, volatility=0.01) for row in range(symbols)], axis=1
        )
        times = timeframe.newest_closed_ms(NOW_MS) - np.arange(bars - 1, -1, -1) * timeframe.ms
        made[timeframe] = Panel(timeframe, tuple(f"S{row}" for row in range(symbols)), times, values)
    return made


def test_live_and_recomputed_markets_give_the_same_verdict() -> None:
    """Handles carried forward, and trends followed bar by bar, lead to the same signals and explanations."""
    markets = panels(40, 440)
    names = indicators_read([STRATEGY], DEFAULT_SET)
    live, research = EliteTechnicalEngine(live=names), EliteTechnicalEngine()
    followed, judged = TrendMonitor(live), TrendMonitor(research)
    indicators, recomputed = {}, {}
    for timeframe, panel in markets.items():
        begin = Panel(timeframe, panel.symbols, panel.open_time_ms[:-1], panel.values[:, :, :-1])
        followed.update(live.calculate_market(begin, names))
        live.update(begin)
        indicators[timeframe] = live.update(panel)
        followed.update(indicators[timeframe])
        recomputed[timeframe] = research.calculate_market(panel, names)
        judged.update(recomputed[timeframe])
    symbols = markets[M5].symbols
    first = STRATEGY.evaluate(MarketView(NOW_MS, symbols, indicators=indicators, trends=followed.trends))
    second = STRATEGY.evaluate(MarketView(NOW_MS, symbols, indicators=recomputed, trends=judged.trends))
    assert first.funnel == second.funnel
    assert first.funnel.entry > 0
    assert first.signals == second.signals
    for symbol in symbols:
        assert repr(first.explain(symbol)) == repr(second.explain(symbol))


def test_a_missing_bar_is_a_failure_of_data_for_its_symbol_alone() -> None:
    """A symbol without the newest 5m bar says so; the others are judged."""
    markets = panels(3, 440)
    engine = EliteTechnicalEngine(live=indicators_read([STRATEGY], DEFAULT_SET))
    monitor, indicators = TrendMonitor(engine), {}
    for timeframe, panel in markets.items():
        indicators[timeframe] = engine.update(panel)
        monitor.update(engine.calculate_market(panel))
    bar = MarketBar.newest_of(markets[M5])
    values = bar.values.copy()
    values[3, 1] = np.nan
    indicators[M5] = engine.update(bar._replace(values=values), engine._feeds[M5])
    found = STRATEGY.evaluate(MarketView(NOW_MS, markets[M5].symbols, indicators=indicators, trends=monitor.trends))
    assert found.funnel.data == 2
    failed = found.explain("S1").failed
    assert failed is not None
    assert failed.values == {"known_bars_5m": 0.0}

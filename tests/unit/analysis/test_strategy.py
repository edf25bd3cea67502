"""The example in the documentation is a strategy, and what strategies read is asked for once."""

import textwrap
from collections.abc import Mapping

import numpy as np

from eliteflow.analysis import strategy as strategy_module
from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.strategies.trend_pullback import TrendPullback
from eliteflow.analysis.strategy import STRUCTURE, Strategy, indicators_read, structure_read
from eliteflow.analysis.verdict import Outcome, Proposal, Step, Verdict
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.views import indicators_of, view_of


def documented() -> Strategy:
    """Return the strategy of the module's docstring."""
    source = textwrap.dedent((strategy_module.__doc__ or "").split("\n\n", 1)[1])
    names: dict[str, object] = {
        name.__name__: name for name in (Timeframe, MarketView, Verdict, Outcome, Proposal, Step)
    } | {"np": np}
    exec(source, names)
    made: Strategy = names["Dip"]()  # type: ignore[operator] # a class made by exec
    return made


def test_the_documented_example_gives_signals() -> None:
    """One dip in a market of two is found and explained."""
    rows = {"A": {"close": 100.0, "rsi": 20.0, "atr": 1.0}, "B": {"close": 100.0, "rsi": 40.0, "atr": 1.0}}
    found = documented().evaluate(view_of(indicators_of(Timeframe.M5, rows)))
    assert [signal.symbol for signal in found.signals] == ["A"]
    assert (found.signals[0].stop, found.signals[0].target) == (98, 103)
    failed = found.explain("B").failed
    assert failed is not None
    assert failed.values == {"rsi_5m": 40.0}


def test_what_strategies_read_is_asked_for_once() -> None:
    """In the order given, after what is computed anyway."""
    names = indicators_read([documented(), TrendPullback()], ("ema_9", "rsi"))
    assert names == ("ema_9", "rsi", "atr", "ema_20", "ema_50", "adx", "donchian")


def test_structure_is_read_by_name_and_is_no_indicator() -> None:
    """The timeframes are named; what is computed has no such name."""

    class Breaks(TrendPullback):
        reads: Mapping[Timeframe, tuple[str, ...]] = {Timeframe.M5: ("rsi",), Timeframe.M15: (STRUCTURE, "atr")}

    assert structure_read([Breaks(), documented()]) == {Timeframe.M15}
    assert STRUCTURE not in indicators_read([Breaks()])

"""Strategies are found by name, and what cannot be used is one sentence."""

import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.strategies.trend_pullback import TrendPullback
from eliteflow.errors import ConfigError
from eliteflow.model.timeframe import Timeframe
from eliteflow.scheduler.strategy_loading import indicator_names, load_strategies
from tests.unit.scheduler.strategies import Eager

HOME = "tests.unit.scheduler.strategies"


def test_strategies_are_found_by_built_in_name_and_by_module() -> None:
    """In the order given."""
    built_in, own = load_strategies(("trend_pullback", f"{HOME}:Eager"))
    assert isinstance(built_in, TrendPullback)
    assert isinstance(own, Eager)


REFUSED = {
    "trend_pulback": "strategy.names: there is no strategy called trend_pulback; wanted trend_pullback",
    "no_such_module:Dip": "no_such_module:Dip cannot be made: ModuleNotFoundError",
    f"{HOME}:Dip": "cannot be made: AttributeError",
    f"{HOME}:READS": "is no strategy: it has no `name`",
    "tests.unit.analysis.views:view_of": "cannot be made: IndexError",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_strategy_is_refused_with_a_reason(name: str) -> None:
    """Before anything is fetched."""
    with pytest.raises(ConfigError) as refused:
        load_strategies((name,))
    assert REFUSED[name] in str(refused.value)


def test_two_strategies_of_the_same_name_are_refused() -> None:
    """Reports could not tell them apart."""
    with pytest.raises(ConfigError, match="two strategies are called eager"):
        load_strategies((f"{HOME}:Eager", f"{HOME}:Eager"))


def test_what_is_computed_is_the_default_set_and_what_is_asked_for() -> None:
    """Each once."""
    names = indicator_names(EliteTechnicalEngine(), ("ema_200", "rsi"), [TrendPullback()])
    assert names == (*DEFAULT_SET, "ema_200", "donchian")


def test_an_indicator_that_does_not_exist_names_who_asked_for_it() -> None:
    """The setting, or the strategy."""
    engine, reader = EliteTechnicalEngine(), Eager("reader")
    reader.reads = {Timeframe.M5: ("atrr",)}
    with pytest.raises(ConfigError, match=r"engine\.indicators: there is no indicator 'rsii'; did you mean 'rsi'\?"):
        indicator_names(engine, ("rsii",), [])
    with pytest.raises(ConfigError, match=r"strategy\.names: reader: there is no indicator .* did you mean 'atr'\?"):
        indicator_names(engine, (), [reader])

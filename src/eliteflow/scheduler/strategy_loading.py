"""Finds strategies by name, and what they need computed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.strategy import Strategy, indicators_read
from eliteflow.errors import ConfigError, InvalidArgument
from eliteflow.messages import text

GROUP = "eliteflow.strategies"
"""Entry points of this group are strategies: a class, or a function that returns a strategy."""

BUILT_IN = {"trend_pullback": "eliteflow.analysis.strategies.trend_pullback:TrendPullback"}
KEY = "strategy.names"

NEAREST = 3
"""Names that are told as near; more of them are no answer to a misspelling."""


def load_strategies(names: Sequence[str]) -> tuple[Strategy, ...]:
    """Return the strategies called `names`: built-in ones, entry points of `GROUP`, or `module:Class`.

    Raises ConfigError for one that is not there, cannot be made, or is no strategy, and for two of the same name.
    """
    strategies = tuple(map(_load, names))
    for name, count in Counter(strategy.name for strategy in strategies).items():
        if count > 1:
            raise ConfigError(KEY, text("strategy.twice", name=name))
    return strategies


def indicator_names(
    engine: EliteTechnicalEngine, further: Sequence[str], strategies: Sequence[Strategy]
) -> tuple[str, ...]:
    """Return what is computed in a cycle: the default set, the setting `further`, and what the strategies read.

    Raises ConfigError for an indicator that does not exist.
    """
    _refuse_unknown(engine, "engine.indicators", further)
    for strategy in strategies:
        _refuse_unknown(engine, f"{KEY}: {strategy.name}", indicators_read([strategy]))
    return indicators_read(strategies, (*DEFAULT_SET, *further))


def _load(name: str) -> Strategy:
    factory = _entry_point(name)
    try:
        found = factory.load()
        strategy = found() if callable(found) else found
        wrong = _what_is_wrong(strategy)
    except Exception as error:  # importing and making it runs a stranger's code
        raise ConfigError(KEY, text("strategy.broken", name=name, reason=repr(error))) from error
    if wrong:
        raise ConfigError(KEY, text("strategy.no_strategy", name=name, wanted=wrong))
    made: Strategy = strategy
    return made


def _entry_point(name: str) -> EntryPoint:
    if ":" in (path := BUILT_IN.get(name, name)):
        return EntryPoint(name, path, GROUP)
    installed = entry_points(group=GROUP)
    if name not in installed.names:
        known = ", ".join(sorted({*BUILT_IN, *installed.names}))
        raise ConfigError(KEY, text("strategy.unknown", name=name, known=known))
    return installed[name]


def _what_is_wrong(strategy: object) -> str:
    """Return the first part of the protocol `Strategy` that is missing, or nothing."""
    parts: Mapping[str, Callable[[object], bool]] = {
        "name": lambda name: isinstance(name, str) and bool(name),
        "reads": lambda reads: isinstance(reads, Mapping),
        "evaluate": callable,
    }
    return next((part for part, is_right in parts.items() if not is_right(getattr(strategy, part, None))), "")


def _refuse_unknown(engine: EliteTechnicalEngine, key: str, names: Sequence[str]) -> None:
    try:
        engine.outputs_of(names)
    except InvalidArgument as error:
        raise ConfigError(key, _no_indicator(error) if error.name == "indicator" else str(error)) from error


def _no_indicator(error: InvalidArgument) -> str:
    nearest = error.wanted.split(", ")
    if len(nearest) > NEAREST:
        return text("strategy.no_indicator", found=repr(error.found))
    return text("strategy.no_indicator_nearest", found=repr(error.found), nearest=nearest[0])

"""Finds the indicator that a name means."""

import difflib
import re
from collections.abc import Mapping

from eliteflow.analysis import talib_library
from eliteflow.analysis.indicator import Indicator, Request
from eliteflow.analysis.indicators import ALIASES, BUILT_IN
from eliteflow.analysis.talib_indicator import from_talib
from eliteflow.analysis.talib_library import Number
from eliteflow.errors import InvalidArgument

# `ema_20`, `macd_12_26_9`: a name, then whole numbers for its periods in order.
_WITH_PERIODS = re.compile(r"(?P<name>.+?)(?P<periods>(_\d+)+)")


class IndicatorRegistry:
    """The built-in indicators, every function of TA-Lib under its own name in lower case, and those users add."""

    def __init__(self) -> None:
        self._named = {indicator.name: indicator for indicator in BUILT_IN}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._names())} indicators)"

    def all(self) -> tuple[Indicator, ...]:
        """Return all indicators: the built-in ones first, then the users', then the rest of TA-Lib by name."""
        rest = sorted(set(map(str.lower, talib_library.function_names())) - {*self._named, *ALIASES})
        return (*self._named.values(), *map(self.get, rest))

    def add(self, indicator: Indicator) -> None:
        """Add a user's indicator; raise InvalidArgument if its name, or the name of an output, is taken."""
        taken = self._names() | {output for known in self._named.values() for output in known.outputs}
        for name in (indicator.name, *indicator.outputs):
            if name in taken or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise InvalidArgument("register", found=name, wanted="[a-z][a-z0-9_]*, not taken")
        self._named[indicator.name] = indicator

    def get(self, name: str) -> Indicator:
        """Return the indicator called `name`, in any case, or by an alias; raise InvalidArgument naming the nearest."""
        if (found := self._find(name)) is None:
            raise InvalidArgument("indicator", found=name, wanted=self._nearest(name))
        return found

    def request(self, name: str, given: Mapping[str, Number | str] | None = None) -> Request:
        """Return the request that a name means, as `rsi`, `EMA` or `ema_20`, with the parameters given.

        Raises InvalidArgument for an unknown name, naming the nearest ones, and for parameters as `Indicator.request`.
        """
        if (found := self._find(name)) is not None:
            return found.request(given)
        if match := _WITH_PERIODS.fullmatch(name.strip()):
            periods = tuple(int(number) for number in match["periods"].split("_")[1:])
            return self.get(match["name"]).request(given, periods)
        raise InvalidArgument("indicator", found=name, wanted=self._nearest(name))

    def _find(self, name: str) -> Indicator | None:
        wanted = name.strip().lower()
        wanted = ALIASES.get(wanted, wanted)
        if wanted in self._named:
            return self._named[wanted]
        if wanted.upper() in talib_library.function_names():
            return from_talib(wanted, wanted.upper())
        return None

    def _nearest(self, name: str) -> str:
        nearest = difflib.get_close_matches(name.strip().lower(), sorted(self._names()), n=3, cutoff=0.5)
        return ", ".join(nearest or self._named)

    def _names(self) -> set[str]:
        return {*self._named, *ALIASES, *map(str.lower, talib_library.function_names())}

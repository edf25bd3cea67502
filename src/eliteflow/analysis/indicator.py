"""An indicator, and a request for one with its parameters."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from eliteflow.analysis.kernels import Convergence, Kernel, Parameters
from eliteflow.analysis.talib_library import Number
from eliteflow.errors import InvalidArgument

# Short names that people know from other libraries, and the parameters of TA-Lib they stand for.
PARAMETER_ALIASES: Mapping[str, tuple[str, ...]] = {
    "period": ("timeperiod",),
    "length": ("timeperiod",),
    "fast": ("fastperiod",),
    "slow": ("slowperiod",),
    "signal": ("signalperiod",),
    "std": ("nbdevup", "nbdevdn"),
}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One entry of the registry.

    name: as it is asked for, in lower case.
    outputs: names of its arrays in `MarketIndicators`, unique over all indicators.
    columns: names of the same in the DataFrame of `calculate`.
    inputs: columns of the candles it reads, in order; `open_time_ms` for the bars' times.
    base: name of the indicator whose outputs it reads after those, with the same parameters and inputs.
    parameters: default values in TA-Lib's order; the type of a default is the type that is wanted.
    choosable: parameters that name another input column, as `price`, with their place in `inputs`.
    source: where its definition comes from.
    kernel: how it is computed.
    """

    name: str
    title: str
    outputs: tuple[str, ...]
    columns: tuple[str, ...]
    inputs: tuple[str, ...]
    source: str
    kernel: Kernel = field(repr=False)
    parameters: Parameters = field(default_factory=dict)
    choosable: Mapping[str, int] = field(default_factory=dict, repr=False)
    base: str | None = None

    @property
    def warm_up(self) -> int:
        """Known bars that pass before the first value, with the default parameters."""
        return self.kernel.lookback(self.parameters)

    @property
    def converges_after(self) -> Convergence:
        """For each output, known bars from which on its newest value is converged, with the default parameters."""
        return self.kernel.converges_after(self.parameters, self.inputs)

    def request(self, given: Mapping[str, Number | str] | None = None, periods: tuple[int, ...] = ()) -> "Request":
        """Return a request for this indicator.

        given: parameters by name or alias, and columns to read instead of the usual ones.
        periods: values for its periods in order, from a name as `macd_12_26_9`.
        Raises InvalidArgument for an unknown parameter, a value of a wrong type, or one that cannot be used.
        """
        parameters = dict(self.parameters) | self._periods(periods)
        inputs = list(self.inputs)
        for name, value in _without_aliases(given or {}, self.parameters).items():
            if name in self.choosable:
                inputs[self.choosable[name]] = _column(f"{self.name}.{name}", value)
            elif name in parameters:
                parameters[name] = _number(f"{self.name}.{name}", value, like=self.parameters[name])
            else:
                raise InvalidArgument(f"{self.name}.{name}", found=value, wanted=self._accepted())
        if self.kernel.lookback(parameters) < 0:
            raise InvalidArgument(self.name, found=parameters, wanted=f"{dict(self.parameters)}, …")
        suffix = "".join(f"_{period}" for period in periods)
        return Request(self, tuple(parameters.items()), tuple(inputs), suffix)

    def _periods(self, values: tuple[int, ...]) -> dict[str, Number]:
        names = [name for name in self.parameters if "period" in name]
        if len(values) > len(names):
            raise InvalidArgument(self.name, found=values, wanted=", ".join(names) or "()")
        return dict(zip(names, values, strict=False))

    def _accepted(self) -> str:
        return ", ".join([*self.parameters, *self.choosable]) or "()"


@dataclass(frozen=True, slots=True)
class Request:
    """An indicator with all its parameters and inputs; equal requests give equal arrays."""

    indicator: Indicator
    parameters: tuple[tuple[str, Number], ...]
    inputs: tuple[str, ...]
    suffix: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of its arrays, with the periods asked for: `macd_5_35_5`, `macd_signal_5_35_5`."""
        return tuple(output + self.suffix for output in self.indicator.outputs)

    @property
    def converges_after(self) -> Convergence:
        """For each output, known bars from which on its newest value is converged; None: no number is enough."""
        return self.indicator.kernel.converges_after(dict(self.parameters), self.inputs)


def _without_aliases(given: Mapping[str, Number | str], known: Parameters) -> dict[str, Number | str]:
    """Return the parameters under TA-Lib's names; a name that the indicator itself has is never an alias."""
    named: dict[str, Number | str] = {}
    for name, value in given.items():
        stands_for = PARAMETER_ALIASES.get(name, ())
        is_alias = name not in known and stands_for and set(stands_for) <= set(known)
        named |= dict.fromkeys(stands_for if is_alias else (name,), value)
    return named


def _column(name: str, value: Number | str) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(name, found=value, wanted="open, high, low, close, volume, …")
    return value


def _number(name: str, value: Number | str, *, like: Number) -> Number:
    """Return `value` as the type of the default `like`: a whole number, or a finite float."""
    kind = "int" if isinstance(like, int) else "float"
    try:
        if isinstance(value, (bool, str)):
            raise TypeError
        number = operator.index(value) if isinstance(like, int) else float(value)  # type: ignore[arg-type] # may raise
    except (TypeError, ValueError):
        raise InvalidArgument(name, found=value, wanted=f"{kind}, {like}") from None
    if not isfinite(number):
        raise InvalidArgument(name, found=value, wanted=f"{kind}, {like}")
    return number

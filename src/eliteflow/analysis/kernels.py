"""How an indicator is computed: by TA-Lib, by a formula over another indicator, or by a user's function.

A kernel maps arrays of shape (series, bars), one for each input, to arrays of the same shape, one for each output.
One series and the whole market pass through the same lines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from eliteflow.analysis import convergence, talib_library
from eliteflow.analysis.talib_library import Array, Number, RowFunction
from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe

OPEN_TIME_MS = "open_time_ms"
"""An input beside the columns of the candles: the open time of each bar in UTC milliseconds, as float64."""

Parameters = Mapping[str, Number]
Convergence = tuple[int | None, ...]
"""For each output, the known bars from which on its newest value is converged; None: no number of bars is enough."""


LIVE_BARS = 512
"""How many of the newest bars a user's function sees at each `update`: as many as the store keeps."""


class Kernel(Protocol):
    """What an `Indicator` needs to know about its own computation. Parameters are complete and of the right types."""

    def compute(self, inputs: Sequence[Array], parameters: Parameters) -> tuple[Array, ...]:
        """Return one array (series, bars) for each output; NaN before a series' first value."""

    def lookback(self, parameters: Parameters) -> int:
        """Return how many known bars pass before the first value; -1 when the parameters cannot be used."""

    def converges_after(self, parameters: Parameters, inputs: tuple[str, ...]) -> Convergence:
        """Return for each output the known bars from which on its newest value is converged."""

    def memory(self, parameters: Parameters, timeframe: Timeframe) -> int | None:
        """Return from how many of the newest bars its newest value follows; None: from all, by TA-Lib's handles."""


@dataclass(frozen=True, slots=True)
class TalibKernel:
    """TA-Lib functions that share their inputs and parameters; their outputs follow each other."""

    functions: tuple[str, ...]

    def compute(self, inputs: Sequence[Array], parameters: Parameters) -> tuple[Array, ...]:
        """Call each function once for each row, which keeps every value equal to TA-Lib's to the bit."""
        arguments = tuple(parameters.values())
        outputs: list[Array] = []
        for name in self.functions:
            count = len(talib_library.facts(name).outputs)
            outputs += _over_rows(talib_library.row_function(name), inputs, arguments, count)
        return tuple(outputs)

    def lookback(self, parameters: Parameters) -> int:
        """Return the longest of the functions' own."""
        bars = [talib_library.lookback(name, parameters) for name in self.functions]
        return -1 if min(bars) < 0 else max(bars)

    def converges_after(self, parameters: Parameters, inputs: tuple[str, ...]) -> Convergence:
        """Return each function's own, for each of its outputs."""
        bars: list[int | None] = []
        for name in self.functions:
            function = talib_library.facts(name)
            lookback = talib_library.lookback(name, parameters)
            own = convergence.converges_after(function, parameters, lookback, inputs=inputs)
            bars += [own] * len(function.outputs)
        return tuple(bars)

    def memory(self, parameters: Parameters, timeframe: Timeframe) -> int | None:
        """Return None."""
        del parameters, timeframe
        return None


def _over_rows(
    function: RowFunction, inputs: Sequence[Array], arguments: tuple[Number, ...], count: int
) -> list[Array]:
    if inputs[0].shape[-1] == 0:  # TA-Lib would read one element of nothing
        return [inputs[0].copy() for _ in range(count)]
    block = np.empty((count, *inputs[0].shape))
    if count == 1:
        for number, row in enumerate(zip(*inputs, strict=True)):
            block[0, number] = function(*row, *arguments)
    else:
        for number, row in enumerate(zip(*inputs, strict=True)):
            for output, values in zip(block, function(*row, *arguments), strict=True):
                output[number] = values
    return list(block)


@dataclass(frozen=True, slots=True)
class FormulaKernel:
    """One elementwise formula over the outputs of another kernel, which are its inputs."""

    formula: Callable[..., Array]
    base: TalibKernel

    def compute(self, inputs: Sequence[Array], parameters: Parameters) -> tuple[Array, ...]:
        """Apply the formula to all series at once; a division by zero gives NaN or an infinity, without a warning."""
        del parameters
        with np.errstate(divide="ignore", invalid="ignore"):
            return (self.formula(*inputs),)

    def lookback(self, parameters: Parameters) -> int:
        """Return the base's."""
        return self.base.lookback(parameters)

    def converges_after(self, parameters: Parameters, inputs: tuple[str, ...]) -> Convergence:
        """Return the base's, held to the margin of a ratio: it is no longer in the unit of the prices."""
        del inputs
        return self.base.converges_after(parameters, ("ratio",))[:1]

    def memory(self, parameters: Parameters, timeframe: Timeframe) -> int | None:
        """Return 1: the base remembers the rest."""
        del parameters, timeframe
        return 1


@dataclass(frozen=True, slots=True)
class RowKernel:
    """A user's function over one series at a time: `function(*arrays, **parameters)`, arrays of shape (bars,)."""

    name: str
    function: RowFunction
    outputs: int
    warm_up: int = 0
    converged_after: int | None = None

    def compute(self, inputs: Sequence[Array], parameters: Parameters) -> tuple[Array, ...]:
        """Call the function for each row with arrays that cannot be written to.

        Raises InvalidArgument when it returns another number of arrays or another number of bars.
        """
        block = np.empty((self.outputs, *inputs[0].shape))
        for number, row in enumerate(zip(*inputs, strict=True)):
            block[:, number] = self._checked(self.function(*map(_read_only, row), **parameters), len(row[0]))
        return tuple(block)

    def _checked(self, result: Array | tuple[Array, ...], bars: int) -> Array:
        found = np.atleast_2d(np.asarray(result, np.float64))
        if found.shape != (self.outputs, bars):
            raise InvalidArgument(f"{self.name}()", found=found.shape, wanted=f"{(self.outputs, bars)}")
        return found

    def lookback(self, parameters: Parameters) -> int:
        """Return what was said at registration."""
        del parameters
        return self.warm_up

    def converges_after(self, parameters: Parameters, inputs: tuple[str, ...]) -> Convergence:
        """Return what was said at registration."""
        del parameters, inputs
        return (self.converged_after,) * self.outputs

    def memory(self, parameters: Parameters, timeframe: Timeframe) -> int | None:
        """Return `LIVE_BARS`: nothing is known about the function."""
        del parameters, timeframe
        return LIVE_BARS


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view

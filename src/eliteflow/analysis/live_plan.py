"""What one timeframe's `update` computes: TA-Lib functions by handles first, then what follows from the newest bars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from eliteflow.analysis.indicator import Request
from eliteflow.analysis.indicator_registry import IndicatorRegistry
from eliteflow.analysis.kernels import OPEN_TIME_MS, Parameters, TalibKernel
from eliteflow.analysis.talib_library import Number, facts, lookback
from eliteflow.errors import InvalidArgument
from eliteflow.model.candle import OHLCV
from eliteflow.model.timeframe import Timeframe


class FunctionStep(NamedTuple):
    """A TA-Lib function: `places` of its outputs in the array of values, `lookback` bars before the first one."""

    function: str
    arguments: tuple[Number, ...]
    inputs: tuple[str, ...]
    lookback: int
    places: slice


class TailStep(NamedTuple):
    """A request that follows from the newest `memory` bars, and from its base's newest outputs at `base`."""

    request: Request
    memory: int
    base: slice
    places: slice

    @property
    def parameters(self) -> Parameters:
        """The parameters by name."""
        return dict(self.request.parameters)


_Key = tuple[str, tuple[tuple[str, Number], ...], tuple[str, ...]]


@dataclass(slots=True)
class LivePlan:
    """The steps for some requests, each computation once.

    places: name of an output → its place in the array of values. converges_after: as in `MarketIndicators`.
    """

    timeframe: Timeframe
    functions: list[FunctionStep] = field(default_factory=list)
    tails: list[TailStep] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    converges_after: dict[str, int | None] = field(default_factory=dict)
    size: int = 0
    _done: dict[_Key, slice] = field(default_factory=dict)

    @classmethod
    def of(cls, requests: Iterable[Request], registry: IndicatorRegistry, timeframe: Timeframe) -> "LivePlan":
        """Return the plan for `requests`."""
        plan = cls(timeframe)
        for request in requests:
            places = plan._add(request, registry)
            plan.places |= zip(request.outputs, range(places.start, places.stop), strict=True)
            plan.converges_after |= zip(request.outputs, request.converges_after, strict=True)
        return plan

    @property
    def memory(self) -> int:
        """How many of the newest bars must be kept, at least 1."""
        return max((step.memory for step in self.tails), default=1)

    def _add(self, request: Request, registry: IndicatorRegistry) -> slice:
        key = (request.indicator.name, request.parameters, request.inputs)
        if key not in self._done:
            for name in {*request.inputs} - {*OHLCV, OPEN_TIME_MS}:
                raise InvalidArgument("column", found=name, wanted=", ".join(OHLCV))
            kernel, parameters = request.indicator.kernel, dict(request.parameters)
            if isinstance(kernel, TalibKernel):
                self._done[key] = self._add_functions(kernel.functions, parameters, request.inputs)
            else:
                self._done[key] = self._add_tail(request, kernel.memory(parameters, self.timeframe), registry)
        return self._done[key]

    def _add_functions(
        self, functions: tuple[str, ...], parameters: Mapping[str, Number], inputs: tuple[str, ...]
    ) -> slice:
        start = self.size
        for name in functions:
            places = self._take(len(facts(name).outputs))
            arguments = tuple(parameters.values())
            self.functions.append(FunctionStep(name, arguments, inputs, lookback(name, parameters), places))
        return slice(start, self.size)

    def _add_tail(self, request: Request, memory: int | None, registry: IndicatorRegistry) -> slice:
        assert memory is not None, "only TA-Lib's handles remember everything"
        base = slice(0)
        if (name := request.indicator.base) is not None:
            base = self._add(Request(registry.get(name), request.parameters, request.inputs), registry)
        places = self._take(len(request.indicator.outputs))
        self.tails.append(TailStep(request, memory, base, places))
        return places

    def _take(self, outputs: int) -> slice:
        self.size += outputs
        return slice(self.size - outputs, self.size)

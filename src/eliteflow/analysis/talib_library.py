"""The TA-Lib wheel behind typed functions. No other module touches it, for its own types are incomplete."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
import talib
from numpy.typing import NDArray
from talib import abstract, stream

Array = NDArray[np.float64]
Number = int | float
RowFunction = Callable[..., Array | tuple[Array, ...]]
"""A function over one series: as many arrays of shape (bars,) as it has inputs, then its parameters in order."""

Reading = float | tuple[float, ...]
"""The outputs of a function at one bar."""

Step = Callable[..., Reading]
"""Takes the inputs of one bar."""


class StreamHandle(Protocol):
    """A function that is carried forward bar by bar, equal to the bit to the function over the whole series."""

    @property
    def value(self) -> Reading:
        """The outputs at the last bar."""

    def update(self, *bar: float) -> Reading:
        """Take a closed bar and return its outputs."""

    def peek(self, *bar: float) -> Reading:
        """Return what `update` would, and take nothing."""


# Inputs that a caller may point at another column; the remaining one, `prices`, is a fixed group of columns.
_CHOOSABLE = ("price", "price0", "price1", "periods")


class FunctionFacts(NamedTuple):
    """What TA-Lib says about one of its functions.

    inputs: columns of the candles, in the order of the function's arguments.
    choosable: names of the inputs that may be another column, with their place in `inputs`.
    parameters: names and default values, in the order of the arguments; the default's type is the parameter's.
    outputs: TA-Lib's own names of what it returns.
    is_path_dependent: TA-Lib's mark for sums since the first bar and for stops that depend on where one began.
    has_price_scale: TA-Lib's mark for outputs in the unit of the input.
    """

    name: str
    title: str
    group: str
    inputs: tuple[str, ...]
    choosable: Mapping[str, int]
    parameters: Mapping[str, Number]
    outputs: tuple[str, ...]
    is_path_dependent: bool
    has_price_scale: bool


@cache
def function_names() -> frozenset[str]:
    """Return the names of all functions of the installed TA-Lib, in upper case."""
    return frozenset(name for group in talib.__function_groups__.values() for name in group)


@cache
def facts(name: str) -> FunctionFacts:
    """Return what TA-Lib says about the function `name`; raise KeyError for a name that is not in it."""
    if name not in function_names():
        raise KeyError(name)
    described = abstract.Function(name)  # type: ignore[attr-defined] # the wheel's stub leaves it out
    info = described.info
    inputs, choosable = _columns(info["input_names"])
    return FunctionFacts(
        name=name,
        title=info["display_name"],
        group=info["group"],
        inputs=inputs,
        choosable=choosable,
        parameters=dict(info["parameters"]),
        outputs=tuple(info["output_names"]),
        is_path_dependent="Output is path-dependent" in info["function_flags"],
        has_price_scale="Output scale same as input" in info["function_flags"],
    )


def _columns(input_names: Mapping[str, str | list[str]]) -> tuple[tuple[str, ...], dict[str, int]]:
    columns: list[str] = []
    choosable = {}
    for name, column in input_names.items():
        if name in _CHOOSABLE:
            choosable[name] = len(columns)
        columns += [column] if isinstance(column, str) else column
    return tuple(columns), choosable


@cache
def row_function(name: str) -> RowFunction:
    """Return TA-Lib's function itself, without the wheel's wrapper that looks for pandas and polars in each call."""
    function: RowFunction = inspect.unwrap(getattr(talib, name))
    return function


def lookback(name: str, parameters: Mapping[str, Number]) -> int:
    """Return how many bars pass before the first value; -1 when TA-Lib refuses the parameters.

    The values must have the types of the defaults in `facts`.
    """
    return _lookback(name, tuple(parameters.items()))


@cache
def _lookback(name: str, parameters: tuple[tuple[str, Number], ...]) -> int:
    try:
        bars: int = abstract.Function(name, **dict(parameters)).lookback  # type: ignore[attr-defined] # see facts
    except OverflowError:
        return -1
    return bars


def open_stream(name: str, columns: Sequence[Array], arguments: Sequence[Number]) -> StreamHandle | None:
    """Return a handle at the last bar of a history without NaN, columns of shape (bars,); None if it is too short."""
    try:
        handle: StreamHandle = getattr(stream, name)(*columns, *arguments)
    except talib.InsufficientHistory:  # type: ignore[attr-defined] # the wheel's stub leaves it out
        return None
    return handle


def newest_value(name: str, columns: Sequence[Array], arguments: Sequence[Number]) -> Reading:
    """Return the outputs at the last bar of a history of at least one bar, by the function over all of it."""
    outputs = row_function(name)(*columns, *arguments)
    if isinstance(outputs, tuple):
        return tuple(float(output[-1]) for output in outputs)
    return float(outputs[-1])


@cache
def unknown_value(name: str) -> Reading:
    """Return what the function says before its first value: NaN for each output, 0 for one of whole numbers."""
    described = facts(name)
    nothing = [np.full(1, np.nan)] * len(described.inputs)
    return newest_value(name, nothing, tuple(described.parameters.values()))

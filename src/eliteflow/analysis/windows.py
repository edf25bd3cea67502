"""Formulas over windows of fixed length, for all symbols at once, by numpy.

Each sum is added up lag by lag, the oldest bar first, so a value depends on nothing outside its window: not on where
the series began, and not, to the last bit, on how many bars are computed together. Running sums would be faster for
long windows and wrong where a volume of 12 digits leaves the window.

Arrays have the shape (series, bars). A window with an unknown bar has no value. What is compared or subtracted is
measured from the window's newest bar, so a series that does not move gives exactly 0.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eliteflow.analysis.kernels import Convergence, Parameters
from eliteflow.analysis.talib_library import Array
from eliteflow.model.timeframe import Timeframe

LONGEST_PERIOD = 100_000
"""As in TA-Lib."""

Formula = Callable[[Sequence[Array], int], tuple[Array, ...]]
"""From the inputs and a period to the outputs."""


@dataclass(frozen=True, slots=True)
class WindowKernel:
    """A formula whose newest value depends on the newest `timeperiod` bars, and `before` bars before those.

    shortest: the smallest period that makes sense.
    """

    formula: Formula
    outputs: int = 1
    shortest: int = 1
    before: int = 0

    def compute(self, inputs: Sequence[Array], parameters: Parameters) -> tuple[Array, ...]:
        """Apply the formula; a division by zero gives NaN, without a warning."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.formula(inputs, int(parameters["timeperiod"]))

    def lookback(self, parameters: Parameters) -> int:
        """Return the bars of a window but its newest; -1 for a period that is too short or too long."""
        period = int(parameters["timeperiod"])
        return period - 1 + self.before if self.shortest <= period <= LONGEST_PERIOD else -1

    def converges_after(self, parameters: Parameters, inputs: tuple[str, ...]) -> Convergence:
        """Return the length of the window: its first value is converged."""
        del inputs
        return (self.lookback(parameters) + 1,) * self.outputs

    def memory(self, parameters: Parameters, timeframe: Timeframe) -> int | None:
        """Return the length of the window."""
        del timeframe
        return self.lookback(parameters) + 1


def rolling_vwap(inputs: Sequence[Array], period: int) -> tuple[Array, ...]:
    """Return the mean of the typical price (high + low + close) / 3 weighted with the volume; NaN without volume."""
    high, low, close, volume = inputs
    traded = typical_price(high, low, close) * volume
    return (_at_ends(_sum(_lags(traded, period)) / _sum(_lags(volume, period)), volume),)


def volume_zscore(inputs: Sequence[Array], period: int) -> tuple[Array, ...]:
    """Return how many standard deviations (of the whole window) the volume is above its mean; NaN if all are equal."""
    (volume,) = inputs
    newest = volume[:, period - 1 :]
    mean = _sum(lag - newest for lag in _lags(volume, period)) / period
    variance = _sum((lag - newest - mean) ** 2 for lag in _lags(volume, period)) / period
    return (_at_ends(-mean / np.sqrt(variance), volume),)


def regression_slope(inputs: Sequence[Array], period: int) -> tuple[Array, ...]:
    """Return the slope of the least-squares line through ln(price): the growth per bar, 0.01 is 1 %."""
    price = np.log(inputs[0])
    newest = price[:, period - 1 :]
    middle = (period - 1) / 2
    weighted = _sum((place - middle) * (lag - newest) for place, lag in enumerate(_lags(price, period)))
    return (_at_ends(weighted / (period * (period**2 - 1) / 12), price),)


def realised_volatility(inputs: Sequence[Array], period: int) -> tuple[Array, ...]:
    """Return the root of the sum of `period` squared log returns: the volatility over the window, not annualised."""
    price = np.log(inputs[0])
    squares = (price[:, 1:] - price[:, :-1]) ** 2
    return (_at_ends(np.sqrt(_sum(_lags(squares, period))), price),)


def typical_price(high: Array, low: Array, close: Array) -> Array:
    """Return (high + low + close) / 3."""
    return np.asarray((high + low + close) / 3)


def _lags(values: Array, period: int) -> Iterator[Array]:
    """Yield for each place in a window, the oldest first, its value in every window, shape (series, windows)."""
    windows = max(values.shape[1] - period + 1, 0)
    for lag in range(period):
        yield values[:, lag : lag + windows]


def _sum(parts: Iterator[Array]) -> Array:
    total = next(parts).copy()
    for part in parts:
        total += part
    return total


def _at_ends(values: Array, like: Array) -> Array:
    """Return the values of windows at their newest bars, in an array as wide as `like`; NaN before the first."""
    placed = np.full(like.shape, np.nan)
    if values.shape[1]:
        placed[:, -values.shape[1] :] = values
    return placed


FORMULAS: Mapping[str, WindowKernel] = {
    "rolling_vwap": WindowKernel(rolling_vwap),
    "volume_zscore": WindowKernel(volume_zscore, shortest=2),
    "regression_slope": WindowKernel(regression_slope, shortest=2),
    "realised_volatility": WindowKernel(realised_volatility, before=1),
}
"""The kernels of the indicators with these names."""

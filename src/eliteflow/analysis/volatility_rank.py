"""How volatile a series is beside its own recent past, for all symbols at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eliteflow.analysis.kernels import Convergence, Parameters
from eliteflow.analysis.talib_library import Array
from eliteflow.analysis.windows import LONGEST_PERIOD, realised_volatility
from eliteflow.model.timeframe import Timeframe


@dataclass(frozen=True, slots=True)
class VolatilityRankKernel:
    """The part of the `rankperiod - 1` realised volatilities before it that the newest one is above, 0–1.

    A series that never moved is above none. Comparing changes no bit, so a value depends on its window alone.
    """

    def compute(self, inputs: Sequence[Array], parameters: Parameters) -> tuple[Array, ...]:
        """Return the rank for `close`."""
        period, ranked = int(parameters["timeperiod"]), int(parameters["rankperiod"])
        (volatility,) = realised_volatility(inputs, period)
        rank = np.full(volatility.shape, np.nan)
        windows = max(volatility.shape[1] - ranked + 1, 0)
        is_known = ~np.isnan(volatility[:, :windows])  # the oldest of the window, and so all of them
        above = _count_above(volatility, ranked, windows)
        rank[:, ranked - 1 :] = np.where(is_known, above / (ranked - 1), np.nan)
        return (rank,)

    def lookback(self, parameters: Parameters) -> int:
        """Return the returns of the first window and the windows before the newest; -1 for unusable periods."""
        period, ranked = int(parameters["timeperiod"]), int(parameters["rankperiod"])
        is_usable = 1 <= period <= LONGEST_PERIOD and 2 <= ranked <= LONGEST_PERIOD
        return period + ranked - 1 if is_usable else -1

    def converges_after(self, parameters: Parameters, inputs: tuple[str, ...]) -> Convergence:
        """Return the length of the window: its first value is converged."""
        del inputs
        return (self.lookback(parameters) + 1,)

    def memory(self, parameters: Parameters, timeframe: Timeframe) -> int | None:
        """Return the length of the window."""
        del timeframe
        return self.lookback(parameters) + 1


def _count_above(values: Array, ranked: int, windows: int) -> Array:
    """Return of how many values before it in its window each window's newest one is above, shape (series, windows)."""
    above = np.zeros((len(values), windows))
    newest = values[:, ranked - 1 :]
    if windows < ranked:  # as at a close, which asks for one window
        for window in range(windows):
            above[:, window] = (values[:, window : window + ranked - 1] < newest[:, window, None]).sum(axis=1)
    else:
        for lag in range(ranked - 1):
            above += values[:, lag : lag + windows] < newest
    return above

"""The volume-weighted mean price since the start of the UTC day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.kernels import Convergence, Parameters
from eliteflow.analysis.talib_library import Array
from eliteflow.analysis.windows import typical_price
from eliteflow.model.timeframe import Timeframe

SESSION_MS = Timeframe.D1.ms
"""The venue trades around the clock; its day, as in its daily candles and 24 h statistics, begins at 00:00 UTC."""


@dataclass(frozen=True, slots=True)
class SessionVwapKernel:
    """Sums of each day, begun anew at its first bar. A day whose first bar is not known has no value.

    So every value there is depends on its own day alone, and is converged.
    """

    def compute(self, inputs: Sequence[Array], parameters: Parameters) -> tuple[Array, ...]:
        """Return the mean for `high low close volume open_time_ms`, all rows with the times of the first."""
        del parameters
        high, low, close, volume, open_time_ms = inputs
        traded = typical_price(high, low, close) * volume
        vwap = np.full(volume.shape, np.nan)
        for bars in _whole_sessions(open_time_ms[:1].ravel()):
            with np.errstate(divide="ignore", invalid="ignore"):
                vwap[:, bars] = np.cumsum(traded[:, bars], axis=1) / np.cumsum(volume[:, bars], axis=1)
        return (vwap,)

    def lookback(self, parameters: Parameters) -> int:
        """Return 0: the first bar of a day has a value."""
        del parameters
        return 0

    def converges_after(self, parameters: Parameters, inputs: tuple[str, ...]) -> Convergence:
        """Return 1: there is no value but a converged one."""
        del parameters, inputs
        return (1,)

    def memory(self, parameters: Parameters, timeframe: Timeframe) -> int | None:
        """Return the bars of a day."""
        del parameters
        return SESSION_MS // timeframe.ms


def _whole_sessions(open_time_ms: Array) -> Iterator[slice]:
    """Yield the bars of each day whose first bar opens at 00:00 UTC."""
    day: NDArray[np.float64] = open_time_ms // SESSION_MS
    starts = np.flatnonzero(np.diff(day, prepend=-1.0))
    for bars in np.split(np.arange(len(day)), starts)[1:]:
        if open_time_ms[bars[0]] % SESSION_MS == 0:
            yield slice(int(bars[0]), int(bars[-1]) + 1)

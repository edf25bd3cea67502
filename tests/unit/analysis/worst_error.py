"""The error of values that were computed from just enough bars."""

import numpy as np

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicator import Indicator
from eliteflow.model.candle import OHLCV
from tests.unit.analysis.analysis_series import Array

ENGINE = EliteTechnicalEngine()
BOUNDED = [
    indicator
    for indicator in ENGINE.indicators()
    if indicator.base is None and set(indicator.inputs) <= set(OHLCV) and None not in indicator.converges_after
]


def worst_error(indicator: Indicator, series: Array, *, ends: range) -> float:
    """Return the largest error of a value computed from just enough bars, relative to the output's mean size."""
    parameters = dict(indicator.parameters)
    inputs = [series[OHLCV.index(column)][None] for column in indicator.inputs]
    whole = indicator.kernel.compute(inputs, parameters)
    worst = 0.0
    for bars, place in zip(indicator.converges_after, range(len(whole)), strict=True):
        assert bars is not None
        for end in ends:
            if end < bars + 1:
                continue
            part = [np.ascontiguousarray(one[:, end - bars : end]) for one in inputs]
            newest = indicator.kernel.compute(part, parameters)[place][0, -1]
            recent = whole[place][0, max(0, end - 100) : end]
            if np.isfinite(recent).any():  # an arc sine of prices never is
                size = float(np.nanmean(np.abs(recent))) or 1.0
                worst = max(worst, abs(float(newest - whole[place][0, end - 1])) / size)
    return worst

"""Kernels map (series, bars) to (series, bars), each in its own way."""

import numpy as np
import pytest
import talib

from eliteflow.analysis import talib_library
from eliteflow.analysis.kernels import FormulaKernel, RowKernel, TalibKernel
from eliteflow.errors import InvalidArgument
from tests.unit.analysis.analysis_series import Array, random_walk, same_bits

SERIES = [random_walk(60), random_walk(60, seed=8)]
HIGH, LOW, CLOSE = (np.stack([series[row] for series in SERIES]) for row in (1, 2, 3))


def test_functions_that_share_inputs_give_their_outputs_in_order() -> None:
    """ADX, +DI and -DI come from three calls with the same parameters."""
    adx, plus, minus = TalibKernel(("ADX", "PLUS_DI", "MINUS_DI")).compute([HIGH, LOW, CLOSE], {"timeperiod": 10})
    for row in range(2):
        assert same_bits(adx[row], talib.ADX(HIGH[row], LOW[row], CLOSE[row], 10))
        assert same_bits(plus[row], talib.PLUS_DI(HIGH[row], LOW[row], CLOSE[row], 10))
        assert same_bits(minus[row], talib.MINUS_DI(HIGH[row], LOW[row], CLOSE[row], 10))


def test_a_shared_lookback_is_the_longest_and_convergence_is_each_outputs_own() -> None:
    """The slowest function decides when all are there; each output converges by itself."""
    kernel = TalibKernel(("ADX", "PLUS_DI"))
    assert kernel.lookback({"timeperiod": 14}) == 27
    assert kernel.lookback({"timeperiod": 0}) == -1
    adx, plus_di = kernel.converges_after({"timeperiod": 14}, ("high", "low", "close"))
    assert adx is not None
    assert plus_di is not None
    assert adx > plus_di > 200


def test_no_bars_are_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """TA-Lib would read before the start of an empty array, so it is not asked."""
    monkeypatch.setattr(talib_library, "row_function", lambda name: None)
    outputs = TalibKernel(("MACD",)).compute(
        [np.empty((3, 0))], {"fastperiod": 12, "slowperiod": 26, "signalperiod": 9}
    )
    assert [output.shape for output in outputs] == [(3, 0)] * 3


def test_a_formula_divides_by_zero_in_silence() -> None:
    """NaN and infinities are answers; warnings are errors in this suite."""
    kernel = FormulaKernel(lambda a, b: np.asarray(a / b), TalibKernel(("BBANDS",)))
    (found,) = kernel.compute([np.array([[0.0, 1.0]]), np.array([[0.0, 0.0]])], {})
    np.testing.assert_array_equal(found, [[np.nan, np.inf]])


def test_a_users_function_is_called_row_by_row_and_checked() -> None:
    """It gets one series at a time; a result of another shape is refused."""

    def spread(high: Array, low: Array, *, scale: float) -> Array:
        return (high - low) * scale

    (found,) = RowKernel("spread", spread, 1).compute([HIGH, LOW], {"scale": 2.0})
    np.testing.assert_array_equal(found, (HIGH - LOW) * 2)
    with pytest.raises(InvalidArgument) as refused:
        RowKernel("spread", spread, 2).compute([HIGH, LOW], {"scale": 2.0})
    assert refused.value.found == (1, 60)

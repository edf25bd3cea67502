"""What TA-Lib says about its functions arrives typed and in the order of their arguments."""

import numpy as np
import pytest
import talib

from eliteflow.analysis.talib_library import facts, function_names, lookback, row_function


def test_all_functions_of_the_wheel_are_described() -> None:
    """Every name has facts, and TA-Lib has far more functions than the default set."""
    assert len(function_names()) > 150
    assert all(facts(name).outputs and facts(name).inputs for name in function_names())


def test_facts_name_inputs_parameters_and_outputs_in_order() -> None:
    """Mixed inputs, as OBV's price and volume, keep TA-Lib's order and say which may be chosen."""
    assert facts("OBV").inputs == ("close", "volume")
    assert facts("OBV").choosable == {"price": 0}
    assert list(facts("MACD").parameters.items()) == [("fastperiod", 12), ("slowperiod", 26), ("signalperiod", 9)]
    assert facts("MACD").outputs == ("macd", "macdsignal", "macdhist")
    assert facts("OBV").is_path_dependent
    assert facts("EMA").has_price_scale
    with pytest.raises(KeyError):
        facts("NONSENSE")


def test_the_lookback_is_where_the_first_value_stands() -> None:
    """Bars before the first value, as counted in a result."""
    close = np.arange(1.0, 101.0)
    for name, parameters in {"EMA": {"timeperiod": 20}, "RSI": {"timeperiod": 14}}.items():
        first = int(np.isfinite(row_function(name)(close, *parameters.values())).argmax())
        assert lookback(name, parameters) == first


@pytest.mark.parametrize("period", [0, -3, 10**6, 10**12])
def test_refused_parameters_have_no_lookback(period: int) -> None:
    """-1 stands for parameters that TA-Lib refuses, however wrong they are."""
    assert lookback("EMA", {"timeperiod": period}) == -1


def test_the_row_function_is_talibs_own_without_its_wrapper() -> None:
    """Calls from the inner loop go straight to the compiled function."""
    assert row_function("EMA") is not talib.EMA
    close = np.arange(1.0, 101.0)
    np.testing.assert_array_equal(row_function("EMA")(close, 5), talib.EMA(close, 5))

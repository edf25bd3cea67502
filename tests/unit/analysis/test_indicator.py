"""A request has all parameters of its indicator, under TA-Lib's names and in its order."""

import pytest

from eliteflow.analysis.indicator import Indicator
from eliteflow.analysis.indicators import BUILT_IN
from eliteflow.errors import InvalidArgument

NAMED = {indicator.name: indicator for indicator in BUILT_IN}


def test_a_request_completes_the_parameters_in_order() -> None:
    """Values given by name take their place among the defaults."""
    request = NAMED["macd"].request({"signal": 5})
    assert request.parameters == (("fastperiod", 12), ("slowperiod", 26), ("signalperiod", 5))
    assert request.outputs == ("macd", "macd_signal", "macd_histogram")


def test_periods_in_the_name_fill_the_periods_in_order() -> None:
    """Other parameters, as `matype`, are passed over, and the outputs carry the periods."""
    request = NAMED["stoch"].request(periods=(14, 3, 5))
    assert dict(request.parameters) == {
        "fastk_period": 14,
        "slowk_period": 3,
        "slowk_matype": 0,
        "slowd_period": 5,
        "slowd_matype": 0,
    }
    assert request.outputs == ("stoch_k_14_3_5", "stoch_d_14_3_5")


def test_equal_requests_are_equal_however_they_were_written() -> None:
    """What was meant decides, so nothing is computed twice."""
    ema = NAMED["ema"]
    assert ema.request({"length": 30}) == ema.request({"timeperiod": 30}) == ema.request()


def test_whole_numbers_become_floats_where_a_float_is_wanted() -> None:
    """`std=2` is 2.0, for both bands."""
    parameters = dict(NAMED["bollinger"].request({"std": 3}).parameters)
    assert (parameters["nbdevup"], parameters["nbdevdn"]) == (3.0, 3.0)
    assert isinstance(parameters["nbdevup"], float)


def test_an_alias_never_hides_a_parameter_of_that_name() -> None:
    """A user's own `period` stays `period`."""
    rsi = NAMED["rsi"]
    own = Indicator(
        name="own",
        title="own",
        outputs=("own",),
        columns=("own",),
        inputs=("close",),
        source="test",
        kernel=rsi.kernel,
        parameters={"period": 14, "timeperiod": 14},
    )
    assert own.request({"period": 3}).parameters == (("period", 3), ("timeperiod", 14))
    assert rsi.request({"period": 3}).parameters == (("timeperiod", 3),)


def test_an_alias_for_what_the_indicator_lacks_is_unknown() -> None:
    """MACD has no single period."""
    with pytest.raises(InvalidArgument) as refused:
        NAMED["macd"].request({"period": 14})
    assert refused.value.wanted == "fastperiod, slowperiod, signalperiod, price"


def test_the_table_says_when_the_first_value_comes() -> None:
    """Warm-ups are TA-Lib's own, as measured: MACD from bar 33, ADX from 27, STOCH from 8."""
    assert {name: NAMED[name].warm_up for name in ("macd", "adx", "stoch", "obv")} == {
        "macd": 33,
        "adx": 27,
        "stoch": 8,
        "obv": 0,
    }

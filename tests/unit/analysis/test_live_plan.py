"""A plan computes each thing once, functions first, and knows how many bars must be kept."""

import pytest

from eliteflow.analysis.indicator_registry import IndicatorRegistry
from eliteflow.analysis.live_plan import LivePlan
from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe

REGISTRY = IndicatorRegistry()


def plan(*names: str, timeframe: Timeframe = Timeframe.H1) -> LivePlan:
    """Return the plan for some names."""
    return LivePlan.of(map(REGISTRY.request, names), REGISTRY, timeframe)


def test_bands_width_and_percent_b_share_one_handle() -> None:
    """What a formula reads is computed before it, and once."""
    found = plan("bollinger_percent_b", "bollinger_width", "bollinger")
    assert [step.function for step in found.functions] == ["BBANDS"]
    assert [step.request.indicator.name for step in found.tails] == ["bollinger_percent_b", "bollinger_width"]
    assert all(step.base == slice(0, 3) for step in found.tails)
    assert found.places == {
        "bollinger_percent_b": 3,
        "bollinger_width": 4,
        "bollinger_upper": 0,
        "bollinger_middle": 1,
        "bollinger_lower": 2,
    }


def test_the_longest_window_says_how_many_bars_are_kept() -> None:
    """The default needs one; a day has as many as its timeframe says."""
    assert plan("rsi", "bollinger_width").memory == 1
    assert plan("rolling_vwap_30", "realised_volatility_30").memory == 31
    assert plan("session_vwap", timeframe=Timeframe.M5).memory == 288


def test_convergence_is_that_of_the_requests() -> None:
    """By output, as in a panel's indicators."""
    assert plan("ema_50", "obv").converges_after == {"ema_50": 396, "obv": None}


def test_a_column_that_no_bar_has_is_refused() -> None:
    """MAVP reads periods, which are not part of a candle."""
    with pytest.raises(InvalidArgument) as refused:
        plan("mavp")
    assert refused.value.found == "periods"

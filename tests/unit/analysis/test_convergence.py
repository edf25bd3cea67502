"""The number of bars to convergence follows from the recursion, and holds on random and recorded markets."""

import math

import numpy as np
import pytest

from eliteflow.analysis import convergence, talib_library
from eliteflow.analysis.convergence import Recursion, converges_after
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicator import Indicator
from tests.unit.analysis.analysis_series import random_walk
from tests.unit.analysis.worst_error import BOUNDED, worst_error

ENGINE = EliteTechnicalEngine()


def test_one_mean_forgets_by_the_power_of_its_weight() -> None:
    """A single stage keeps (1 - alpha)^k."""
    assert Recursion(1 / 14).remaining(100) == pytest.approx((13 / 14) ** 100)
    assert Recursion(2 / 51).bars_until(1e-6) == math.ceil(math.log(1e-6) / math.log(49 / 51))


@pytest.mark.parametrize("stages", [1, 2, 3, 6])
def test_a_cascade_forgets_as_its_simulated_impulse(stages: int) -> None:
    """The part left equals that of an error of 1 sent through the same means, step by step."""
    alpha, bars = 0.13, 80
    means = np.ones(stages)
    for _ in range(bars):
        entering = 0.0
        for stage in range(stages):
            means[stage] += alpha * (entering - means[stage])
            entering = means[stage]
    # A simulated stage reads its predecessor's newest value, so it is `stages - 1` steps ahead of the bound.
    assert means[-1] <= Recursion(alpha, stages).remaining(bars) * (1 + 1e-9)
    assert Recursion(alpha, stages).remaining(bars) <= means[-1] / (1 - alpha) ** (stages - 1) * (1 + 1e-9)


@pytest.mark.parametrize(("alpha", "stages"), [(2 / 51, 1), (1 / 14, 2), (0.5, 6), (1.0, 1), (1.0, 3)])
def test_bars_until_is_the_first_number_that_is_enough(alpha: float, stages: int) -> None:
    """One bar less leaves more than allowed."""
    recursion = Recursion(alpha, stages)
    bars = recursion.bars_until(1e-6)
    assert recursion.remaining(bars) <= 1e-6 < recursion.remaining(bars - 1)


def test_a_mean_chosen_by_matype_counts() -> None:
    """Bollinger bands around an EMA need more bars than around an SMA; an adaptive mean has no bound."""
    bands = talib_library.facts("BBANDS")

    def bars(mean_type: int) -> int | None:
        return converges_after(bands, dict(bands.parameters) | {"matype": mean_type}, 19, inputs=("close",))

    assert bars(0) == 20
    assert bars(1) == 20 + Recursion(2 / 21).bars_until(convergence.TOLERANCE)
    assert bars(6) is None


def test_a_mean_of_volumes_is_held_to_the_wider_margin() -> None:
    """A volume may be a hundred times what it is now when the mean was seeded, a price may not."""
    ema = talib_library.facts("EMA")
    prices = converges_after(ema, {"timeperiod": 20}, 19, inputs=("close",))
    volumes = converges_after(ema, {"timeperiod": 20}, 19, inputs=("volume",))
    assert prices is not None
    assert volumes is not None
    assert volumes - prices == pytest.approx(math.log(100) / -math.log(19 / 21), abs=1)


def test_the_default_set_converges_within_the_history_that_is_kept() -> None:
    """All but OBV, which never does, need at most the 499 bars of a full history."""
    for indicator in ENGINE.indicators()[:13]:
        assert indicator.name == "obv" or all(bars is not None and bars <= 499 for bars in indicator.converges_after)
    assert ENGINE._registry.request("ema_50").converges_after == (396,)


@pytest.mark.parametrize("indicator", BOUNDED, ids=lambda indicator: indicator.name)
def test_a_converged_value_is_within_the_tolerance(indicator: Indicator) -> None:
    """Computed from just the bars asked for, every bounded function equals its value over a long history."""
    series = random_walk(2_500, seed=3)
    assert worst_error(indicator, series, ends=range(1_200, 2_500, 325)) <= convergence.TOLERANCE

"""A signal is a trade that makes sense, or none at all."""

import math

import pytest

from eliteflow.errors import InvalidArgument
from eliteflow.model.signal import Side, Signal
from eliteflow.model.timeframe import Timeframe


def signal(side: Side, entry: float, stop: float, target: float, strength: float = 0.5) -> Signal:
    """Return a signal for BTCUSDT."""
    return Signal("test", "BTCUSDT", side, Timeframe.M5, 0, entry, stop, target, strength)


def test_risk_and_reward_are_distances_from_the_entry() -> None:
    """Whichever side it is on."""
    for one in (signal(Side.LONG, 100, 98, 106), signal(Side.SHORT, 100, 102, 94)):
        assert (one.risk, one.reward, one.reward_risk) == (2, 6, 3)
    assert (Side.LONG.sign, Side.SHORT.sign) == (1, -1)


@pytest.mark.parametrize(
    ("side", "entry", "stop", "target", "strength"),
    [
        (Side.LONG, 100, 102, 106, 0.5),
        (Side.LONG, 100, 98, 99, 0.5),
        (Side.SHORT, 100, 98, 94, 0.5),
        (Side.LONG, 100, 100, 106, 0.5),
        (Side.LONG, 100, -1, 106, 0.5),
        (Side.SHORT, 100, 102, 0, 0.5),
        (Side.LONG, math.nan, 98, 106, 0.5),
        (Side.LONG, 100, 98, math.inf, 0.5),
        (Side.LONG, 100, 98, 106, 1.1),
        (Side.LONG, 100, 98, 106, math.nan),
    ],
)
def test_prices_out_of_order_are_refused(side: Side, entry: float, stop: float, target: float, strength: float) -> None:
    """A stop on the wrong side, a price that is none, a strength beyond 1."""
    with pytest.raises(InvalidArgument):
        signal(side, entry, stop, target, strength)

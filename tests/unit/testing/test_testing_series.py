"""The makers of candles for tests are consistent."""

import numpy as np
import pytest

from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.series import HEAD_MS, make_series


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "1h"])
def test_series_of_one_symbol_agree_where_they_overlap(timeframe: str) -> None:
    """However long they are, the same bar has the same numbers."""
    short, long = make_series(timeframe=timeframe, bars=10), make_series(timeframe=timeframe, bars=500)
    np.testing.assert_array_equal(short.values, long.values[:, -10:])
    assert short.open_time_ms[-1] == HEAD_MS


def test_candles_are_possible_ones() -> None:
    """The high is the highest, the low the lowest, each bar opens where the last one closed, and all is positive."""
    series = make_series(bars=500)
    opens, highs, lows, closes = (series.field(name) for name in ("open", "high", "low", "close"))
    assert (highs >= np.maximum(opens, closes)).all()
    assert (lows <= np.minimum(opens, closes)).all()
    np.testing.assert_array_equal(opens[1:], closes[:-1])
    assert (series.values > 0).all()


def test_different_symbols_have_different_candles() -> None:
    """A mix-up of two symbols would be seen."""
    assert not np.array_equal(make_series("BTCUSDT").values, make_series("ETHUSDT").values)


async def test_a_manual_clock_moves_only_when_told_or_waited_for() -> None:
    """It remembers what was waited for, and never goes back."""
    clock = ManualClock(1_000)
    clock.advance(1.5)
    await clock.sleep_until(2_000)
    await clock.sleep_until(3_000)
    assert (clock.now_ms(), clock.steady_s(), clock.slept_until_ms) == (3_000, 3.0, [3_000])

"""The arithmetic of bar boundaries."""

import pytest

from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe

HALF_PAST_NOON = 1_763_901_000_000  # 2025-11-23 12:30:00 UTC


@pytest.mark.parametrize(
    ("name", "length_ms"), [("1m", 60_000), ("5m", 300_000), ("1h", 3_600_000), ("12h", 43_200_000), ("1d", 86_400_000)]
)
def test_a_name_gives_its_length(name: str, length_ms: int) -> None:
    """The venue's names are parsed to milliseconds."""
    assert Timeframe.parse(name).ms == length_ms


@pytest.mark.parametrize("name", ["7m", "5M", "", "1s", "1w", "1M"])
def test_any_other_name_is_refused_with_the_list_of_known_ones(name: str) -> None:
    """The sentence says what was found and what is wanted."""
    with pytest.raises(InvalidArgument, match="timeframe: wanted 1m, 3m, 5m"):
        Timeframe.parse(name)


def test_on_the_boundary_the_bar_that_just_ended_is_the_newest_closed() -> None:
    """At 12:30:00.000 the 15m bar of 12:15 has closed; a millisecond earlier it has not."""
    bar = HALF_PAST_NOON - Timeframe.M15.ms
    assert Timeframe.M15.newest_closed_ms(HALF_PAST_NOON) == bar
    assert Timeframe.M15.newest_closed_ms(HALF_PAST_NOON - 1) == bar - Timeframe.M15.ms
    assert Timeframe.M15.close_time_ms(bar) == HALF_PAST_NOON - 1


def test_a_timeframe_is_its_own_name_in_a_dictionary() -> None:
    """Results keyed by timeframes are found under the venue's plain strings."""
    candles: dict[str, int] = {Timeframe.M5: 1}
    assert candles["5m"] == 1

"""Arguments are checked before anything is sent."""

from collections.abc import Callable

import numpy as np
import pytest

from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.market_request import (
    MarketRequest,
    market_request,
    parse_limit,
    parse_symbols,
    parse_timeframes,
)


def test_names_are_folded_into_upper_case_once_each() -> None:
    """Order is kept, case and repetition are not."""
    found = market_request(["btcusdt", "ETHUSDT", "BTCUSDT", "币安人生usdt"], ("5m", "1h", "5m"), 50)
    assert found == MarketRequest(("BTCUSDT", "ETHUSDT", "币安人生USDT"), (Timeframe.M5, Timeframe.H1), 50)


@pytest.mark.parametrize("symbols", [np.array(["a", "b"]), ("a", "b"), dict.fromkeys("ab"), iter("ab")])
def test_any_iterable_of_names_will_do(symbols: list[str]) -> None:
    """Arrays, tuples, dicts and generators are read like lists."""
    assert parse_symbols(symbols) == ("A", "B")


def test_an_empty_list_is_no_mistake() -> None:
    """Nothing asked for is answered with nothing."""
    assert parse_symbols([]) == ()


@pytest.mark.parametrize("symbols", ["BTCUSDT", None, 7, [7], [None], [""], [b"BTCUSDT"], b"BTCUSDT"])
def test_symbols_that_are_no_names_are_refused(symbols: list[str]) -> None:
    """A single string too: it would be read letter by letter."""
    with pytest.raises(InvalidArgument, match=r"symbols?: wanted a"):
        parse_symbols(symbols)


@pytest.mark.parametrize("timeframes", ["1h", [], None, ["1h", "7m"], ["1H"], [60], [["1h"]]])
def test_timeframes_that_the_venue_has_not_are_refused(timeframes: list[str]) -> None:
    """Unknown names, a single string and an empty list."""
    with pytest.raises(InvalidArgument, match="timeframe"):
        parse_timeframes(timeframes)


@pytest.mark.parametrize("limit", [0, -1, 1501, 100_000, 50.0, "50", None, True])
def test_limits_that_no_answer_has_are_refused(limit: object) -> None:
    """The sentence says what would do."""
    with pytest.raises(InvalidArgument, match="limit: wanted a whole number from 1 to 1500"):
        parse_limit(limit)


@pytest.mark.parametrize("make", [int, np.int64])
def test_limits_may_be_any_whole_number(make: Callable[[int], object]) -> None:
    """Numpy's numbers too."""
    assert parse_limit(make(1500)) == 1500

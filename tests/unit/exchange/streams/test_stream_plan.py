"""Which streams come over which connection, and what is said to get them."""

import json

import pytest

from eliteflow.errors import InvalidArgument
from eliteflow.exchange.streams.stream_plan import (
    HEARTBEAT,
    StreamPlan,
    StreamRequest,
    in_messages,
    stream_names,
    stream_path,
    symbols_among,
)
from eliteflow.model.timeframe import Timeframe

ALL = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
MARKET = [f"COIN{number}USDT" for number in range(530)]


def sizes(plan: StreamPlan) -> list[int]:
    """How many symbols each connection carries."""
    return [len(symbols) for symbols in plan.connections.values()]


@pytest.mark.parametrize(
    ("timeframes", "streams", "expected"),
    [
        ((Timeframe.M5,), 200, [177, 177, 176]),
        ((Timeframe.M5,), 1_000, [530]),
        (ALL, 200, [59, 59, 59, 59, 59, 59, 59, 59, 58]),
        (ALL, 1_000, [265, 265]),
        (ALL, 1, [1] * 530),
    ],
)
def test_the_market_is_spread_evenly(timeframes: tuple[Timeframe, ...], streams: int, expected: list[int]) -> None:
    """As many connections as it takes, none above what was asked for; the 1,024 streams of the venue never."""
    plan = StreamPlan(timeframes, streams)
    plan.follow(MARKET)
    assert sizes(plan) == expected
    assert max(sizes(plan)) * len(timeframes) + 1 <= 1_024
    assert len(plan) == 530


def test_more_than_the_venue_allows_is_refused() -> None:
    """Settings stop at 1,000."""
    with pytest.raises(InvalidArgument, match="streams_per_connection"):
        StreamPlan((Timeframe.M5,), 1_024)


def test_a_listing_moves_nobody() -> None:
    """It goes where there is most room; what has no room opens one connection more."""
    plan = StreamPlan((Timeframe.M5,), 3)
    plan.follow(["A", "B", "C", "D"])
    homes = {symbol: plan.home(symbol) for symbol in "ABCD"}
    plan.follow(["E", "A", "B", "C", "D", "F", "G"])
    assert {symbol: plan.home(symbol) for symbol in "ABCD"} == homes
    assert sizes(plan) == [3, 2, 2]


def test_a_delisting_moves_nobody() -> None:
    """Its room is given to the next listing; an empty connection goes, and its number can come again."""
    plan = StreamPlan((Timeframe.M5,), 2)
    plan.follow(["A", "B", "C", "D"])
    plan.follow(["A", "C"])
    assert [plan.home(symbol) for symbol in "ABCD"] == [1, None, 1, None]
    assert list(plan.connections) == [1]
    plan.follow(["A", "C", "E"])
    assert plan.home("E") == 2


def test_a_symbol_named_twice_is_followed_once() -> None:
    """Whoever asks may be careless."""
    plan = StreamPlan((Timeframe.M5,), 10)
    plan.follow(["A", "A"])
    assert sizes(plan) == [1]


@pytest.mark.parametrize(
    ("topic", "names"),
    [
        ("BTCUSDT", ("btcusdt@kline_1h", "btcusdt@kline_15m", "btcusdt@kline_5m")),
        ("币安人生USDT", ("币安人生usdt@kline_1h", "币安人生usdt@kline_15m", "币安人生usdt@kline_5m")),
        ("!miniTicker@arr", ("!miniTicker@arr",)),
        (HEARTBEAT, (HEARTBEAT,)),
    ],
)
def test_names_are_in_lower_case_but_for_the_venues_own(topic: str, names: tuple[str, ...]) -> None:
    """An upper-case name would be acknowledged and stay silent."""
    assert stream_names(topic, ALL) == names


def test_symbols_are_told_from_streams() -> None:
    """Only symbols have gaps."""
    assert symbols_among(["BTCUSDT", "!contractInfo", HEARTBEAT]) == ("BTCUSDT",)


def test_a_request_is_sent_as_raw_utf_8() -> None:
    """The venue does not read escapes in names."""
    request = StreamRequest(7, "SUBSCRIBE", ("币安人生USDT",), ("币安人生usdt@kline_5m",))
    assert "币安人生usdt@kline_5m" in request.text()
    assert json.loads(request.text()) == {"method": "SUBSCRIBE", "params": ["币安人生usdt@kline_5m"], "id": 7}


@pytest.mark.parametrize(
    ("topics", "streams_a_topic", "sizes"),
    [(530, 1, [200, 200, 130]), (200, 1, [200]), (0, 1, []), (100, 3, [66, 34]), (2, 300, [1, 1])],
)
def test_no_message_has_more_than_200_names(topics: int, streams_a_topic: int, sizes: list[int]) -> None:
    """And none a part of a symbol's."""
    groups = in_messages([str(number) for number in range(topics)], streams_a_topic)
    assert [len(group) for group in groups] == sizes


@pytest.mark.parametrize("route", ["public", "private", "ws"])
def test_klines_are_refused_on_any_other_route(route: str) -> None:
    """The venue would acknowledge them there and stay silent for ever."""
    with pytest.raises(InvalidArgument, match="route: wanted market"):
        stream_path(route, ["btcusdt@bookTicker", "btcusdt@kline_5m"])


def test_the_path_is_that_of_combined_streams() -> None:
    """On the route of the klines; what is no kline may go elsewhere."""
    assert stream_path("market", ["btcusdt@kline_5m"]) == "/market/stream"
    assert stream_path("public", ["btcusdt@bookTicker"]) == "/public/stream"

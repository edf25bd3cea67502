"""What clients may ask for and what it weighs."""

import pytest

from eliteflow.emulator.messages import VenueError
from eliteflow.emulator.parameters import klines_query, klines_weight, parse
from tests.unit.emulator.emulator_market import a_market

MARKET = a_market()


@pytest.mark.parametrize(
    ("limit", "documented", "measured"),
    [
        ("1", 1, 1),
        ("99", 1, 1),
        ("100", 2, 1),
        ("101", 2, 2),
        ("499", 2, 2),
        ("500", 5, 2),
        ("501", 5, 5),
        ("1000", 5, 5),
        ("1001", 10, 10),
        ("1500", 10, 10),
        ("1501", 10, 10),
        ("99999999999", 10, 10),
        (None, 5, 5),
        ("abc", 1, 1),
    ],
)
def test_weight_goes_by_the_limit(limit: str | None, documented: int, measured: int) -> None:
    """The bands of the page, or those measured on 2026-10-07; no limit at all costs 5."""
    parameters = {} if limit is None else {"limit": limit}
    assert klines_weight(parameters) == documented
    assert klines_weight(parameters, measured=True) == measured


GOOD = "symbol=BTCUSDT&interval=5m"


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("interval=5m", -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        ("symbol=BTCUSDT", -1102, "Mandatory parameter 'interval' was not sent, was empty/null, or malformed."),
        ("symbol=&interval=5m", -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        ("symbol=BTCUSD&interval=5m", -1121, "Invalid symbol."),
        ("symbol=BTC%2FUSDT&interval=5m", -1121, "Invalid symbol."),
        ("symbol=BTCUSDT&interval=7m", -1120, "Invalid interval."),
        ("symbol=BTCUSDT&interval=1s", -1120, "Invalid interval."),
        (f"{GOOD}&limit=1501", -1130, "Data sent for parameter 'limit' is not valid."),
        (f"{GOOD}&limit=0", -1130, "Data sent for parameter 'limit' is not valid."),
        (f"{GOOD}&limit=-5", -1100, "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'."),
        (f"{GOOD}&limit=x", -1100, "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'."),
        (
            f"{GOOD}&startTime=now",
            -1100,
            "Illegal characters found in parameter 'startTime'; legal range is '^[0-9]{1,20}$'.",
        ),
        (f"{GOOD}&startTime=5&endTime=4", -1023, "Start time is greater than end time."),
    ],
)
def test_wrong_parameters_are_refused_with_the_venues_code(query: str, code: int, message: str) -> None:
    """Code and text are those that clients know from the venue."""
    with pytest.raises(VenueError) as caught:
        klines_query(parse(query), MARKET)
    assert (caught.value.code, caught.value.message) == (code, message)


@pytest.mark.parametrize(
    ("query", "symbol", "limit"),
    [
        ("symbol=btcusdt&interval=5m", "BTCUSDT", 500),
        (f"{GOOD}&limit=", "BTCUSDT", 500),
        (f"{GOOD}&limit=0099", "BTCUSDT", 99),
        (f"{GOOD}&limit=7&limit=9", "BTCUSDT", 7),
        (f"{GOOD}&limit=7&unknown=1", "BTCUSDT", 7),
    ],
)
def test_what_the_venue_forgives_is_accepted(query: str, symbol: str, limit: int) -> None:
    """Lower-case symbols, empty and repeated and unknown parameters."""
    found = klines_query(parse(query), MARKET)
    assert (found.symbol, found.limit) == (symbol, limit)


def test_symbols_need_not_be_ascii() -> None:
    """They come percent-encoded."""
    market = a_market(symbols=60)
    query = "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&interval=5m"
    assert klines_query(parse(query), market).symbol == "币安人生USDT"

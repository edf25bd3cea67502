"""REST beside klines: continuous contracts, last and mark prices."""

import json

import pytest

from tests.unit.emulator.emulator_market import NOW_MS, a_session, a_venue, events, get, play, rows

VENUE = a_venue()


@pytest.mark.parametrize(
    ("asked", "symbol"),
    [
        ("pair=btcusdt&contractType=PERPETUAL", "BTCUSDT"),
        ("pair=BTCUSDT&contractType=CURRENT_QUARTER", "BTCUSDT_261225"),
        ("pair=XAUUSDT&contractType=TRADIFI_PERPETUAL", "XAUUSDT"),
    ],
)
def test_continuous_klines_are_those_of_the_contract(asked: str, symbol: str) -> None:
    """The same rows at the same weight."""
    answer = get(a_venue(), f"/fapi/v1/continuousKlines?{asked}&interval=5m&limit=499")
    assert json.loads(answer.body) == rows(VENUE.market, "5m", symbol=symbol, limit=499)
    assert answer.used_weight == 2


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/fapi/v1/continuousKlines?contractType=PERPETUAL&interval=5m", -1102),
        ("/fapi/v1/continuousKlines?pair=BTCUSDT&contractType=ENDLESS&interval=5m", -1116),
        ("/fapi/v1/continuousKlines?pair=NOPE&contractType=PERPETUAL&interval=5m", -1122),
        ("/fapi/v1/continuousKlines?pair=BTCUSDT&contractType=PERPETUAL&interval=7m", -1120),
        ("/fapi/v1/premiumIndex?symbol=NOPE", -1121),
        ("/fapi/v1/ticker/price?symbol=NOPE", -1121),
    ],
)
def test_wrong_requests_have_their_codes(target: str, code: int) -> None:
    """In the venue's shape."""
    answer = get(a_venue(), target)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, code)


def test_the_last_price_is_the_forming_bars_close() -> None:
    """With the time of its last trades; all trading contracts without a symbol."""
    one = json.loads(get(VENUE, "/fapi/v1/ticker/price?symbol=btcusdt").body)
    assert one["price"] == rows(VENUE.market, "5m", limit=1)[0][4]
    assert NOW_MS - 5_000 <= one["time"] <= NOW_MS
    answer = get(a_venue(), "/fapi/v2/ticker/price")
    assert one in json.loads(answer.body)
    assert "OMGUSDT" not in {price["symbol"] for price in json.loads(answer.body)}
    assert answer.used_weight == 2


def test_the_premium_index_is_what_the_mark_price_stream_pushes() -> None:
    """Same prices, same rate, same funding time; a quarterly contract has no funding."""
    answer = get(a_venue(), "/fapi/v1/premiumIndex", NOW_MS // 1_000 * 1_000 + 1_000)
    assert answer.used_weight == 10
    by_symbol = {one["symbol"]: one for one in json.loads(answer.body)}
    session = a_session(VENUE.desk, "/market/ws/btcusdt@markPrice@1s", NOW_MS)
    event = events(play(VENUE.desk, session, NOW_MS, NOW_MS + 1_000))[0]
    one = by_symbol["BTCUSDT"]
    names = "symbol markPrice indexPrice estimatedSettlePrice lastFundingRate nextFundingTime time"
    assert [event[key] for key in "spiPrTE"] == [one[name] for name in names.split()]
    quarterly = by_symbol["BTCUSDT_261225"]
    assert (quarterly["lastFundingRate"], quarterly["nextFundingTime"]) == ("", 0)
    assert get(VENUE, "/fapi/v1/premiumIndex?symbol=ETHUSDT").status == 200

"""The venue: a request in, a response out."""

import gzip
import json

import pytest

from eliteflow.emulator.messages import Request
from tests.unit.emulator.emulator_market import NOW_MS, a_venue, get

KLINES = "/fapi/v1/klines?symbol=BTCUSDT&interval=5m"


@pytest.mark.parametrize(
    ("target", "weight"),
    [
        ("/fapi/v1/ping", 1),
        ("/fapi/v1/time", 1),
        ("/fapi/v1/exchangeInfo", 1),
        ("/fapi/v1/ticker/24hr?symbol=BTCUSDT", 1),
        ("/fapi/v1/ticker/24hr", 40),
        (f"{KLINES}&limit=99", 1),
        (f"{KLINES}&limit=499", 2),
        (KLINES, 5),
        (f"{KLINES}&limit=1500", 10),
    ],
)
def test_every_answer_says_how_much_is_spent(target: str, weight: int) -> None:
    """The header counts up over the minute, by the weight of each request."""
    venue = a_venue()
    answers = [get(venue, target) for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
    assert [answer.used_weight for answer in answers] == [weight, 2 * weight, 3 * weight]


@pytest.mark.parametrize(
    ("target", "code", "weight"),
    [
        ("/fapi/v1/klines?symbol=NOPE&interval=5m&limit=499", -1121, 2),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=9m&limit=99", -1120, 1),
        (f"{KLINES}&limit=1501", -1130, 10),
        ("/fapi/v1/ticker/24hr?symbol=NOPE", -1121, 1),
    ],
)
def test_a_refused_request_costs_its_weight(target: str, code: int, weight: int) -> None:
    """A 400 is not free."""
    answer = get(a_venue(), target)
    assert (answer.status, json.loads(answer.body)["code"], answer.used_weight) == (400, code, weight)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_is_not_there_is_a_404_of_the_venue(method: str) -> None:
    """Unknown paths and methods are named in the message."""
    venue = a_venue()
    answer = get(venue, "/fapi/v1/depths")
    assert answer.status == 404
    assert json.loads(answer.body) == {"code": -5000, "msg": "Path /fapi/v1/depths, Method GET is invalid"}
    posted = venue.handle(Request(method, "/fapi/v1/klines"), NOW_MS)
    assert json.loads(posted.body)["msg"] == f"Path /fapi/v1/klines, Method {method} is invalid"


def test_time_is_the_argument() -> None:
    """The venue has no clock of its own."""
    assert json.loads(get(a_venue(), "/fapi/v1/time", now_ms=123).body) == {"serverTime": 123}


def test_ping_is_an_empty_object() -> None:
    """As at the venue."""
    assert get(a_venue(), "/fapi/v1/ping").body == b"{}"


def test_exchange_info_comes_compressed_to_those_who_ask() -> None:
    """Both forms hold the same document, stamped with the same time."""
    venue = a_venue(symbols=40)
    plain = get(venue, "/fapi/v1/exchangeInfo").body
    packed = get(venue, "/fapi/v1/exchangeInfo", headers={"accept-encoding": "gzip, deflate"})
    assert ("Content-Encoding", "gzip") in packed.headers
    assert gzip.decompress(packed.body) == plain
    assert json.loads(plain)["serverTime"] == NOW_MS
    assert len(packed.body) < len(plain) / 5


def test_a_banned_client_gets_nothing_else() -> None:
    """During a ban even a ping is a 418, for that address alone."""
    venue = a_venue()
    venue.limits.ban(venue.limits.client("127.0.0.1"), NOW_MS, for_ms=60_000)
    assert get(venue, "/fapi/v1/ping").status == 418
    assert get(venue, "/fapi/v1/ping", client_ip="10.1.1.1").status == 200
    assert get(venue, "/fapi/v1/ping", now_ms=NOW_MS + 60_000).status == 200


def test_answers_wait_as_long_as_set() -> None:
    """The delay is part of the answer, for whoever delivers it."""
    venue = a_venue()
    venue.latency_s = 0.12
    assert get(venue, KLINES).delay_s == 0.12


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Two venues answer alike, bit for bit."""
    for target in (KLINES, "/fapi/v1/exchangeInfo", "/fapi/v1/ticker/24hr"):
        assert get(a_venue(), target).body == get(a_venue(), target).body
        assert get(a_venue(seed=8), target).body != get(a_venue(), target).body

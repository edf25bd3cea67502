"""Misbehaviour on command."""

import json

import pytest

from eliteflow.emulator.faults import FaultPlan, FaultRule
from eliteflow.emulator.messages import Ending, Request
from tests.unit.emulator.emulator_market import NOW_MS, a_venue, get

KLINES = "/fapi/v1/klines?symbol=BTCUSDT&interval=5m&limit=5"


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("500", 500, "unknown error"),
        ("503a", 503, "Unknown error, please check your request or try again later."),
        ("503b", 503, "Internal error; unable to process your request. Please try again."),
        ("503c", 503, '"code":-1008'),
        ("403", 403, "Request blocked"),
        ("408", 408, '"code":-1007'),
        ("429", 429, '"code":-1003'),
        ("451", 451, "restricted location according to 'b. Eligibility'"),
        ("418", 418, f"banned until {NOW_MS + 30_000}"),
    ],
)
def test_a_status_fault_answers_in_the_venues_words(kind: str, status: int, words: str) -> None:
    """Each of the errors that clients must tell apart has its own status and body."""
    venue = a_venue()
    venue.faults.rules.append(FaultRule(kind, count=1, for_s=30.0))  # type: ignore[arg-type]  # a string of the table
    answer = get(venue, KLINES)
    assert answer.status == status
    assert words in answer.body.decode()


def test_the_waf_answers_html() -> None:
    """A 403 is no JSON."""
    venue = a_venue()
    venue.faults.rules.append(FaultRule("403"))
    assert ("Content-Type", "text/html") in get(venue, KLINES).headers


def test_a_fault_ends_after_its_count() -> None:
    """Two requests suffer, the third is served."""
    venue = a_venue()
    venue.faults.rules.append(FaultRule("500", count=2))
    assert [get(venue, KLINES).status for _ in range(3)] == [500, 500, 200]


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        (FaultRule("500", path="/fapi/v1/klines"), True),
        (FaultRule("500", path="/fapi/v1/time"), False),
        (FaultRule("500", symbol="btcusdt"), True),
        (FaultRule("500", symbol="ETHUSDT"), False),
        (FaultRule("500", interval="5m"), True),
        (FaultRule("500", interval="1h"), False),
        (FaultRule("500", client_ip="127.0.0.1"), True),
        (FaultRule("500", client_ip="10.0.0.1"), False),
        (FaultRule("500", symbol="BTCUSDT", interval="1h"), False),
    ],
)
def test_a_fault_strikes_only_what_it_names(rule: FaultRule, struck: bool) -> None:
    """Path, symbol, interval and address must all fit."""
    path, _, query = KLINES.partition("?")
    assert rule.matches(Request("GET", path, query)) is struck


def test_chance_is_seeded() -> None:
    """A probability hits its share, the same requests each time."""

    def struck(seed: int) -> list[bool]:
        plan = FaultPlan(seed)
        plan.rules.append(FaultRule("500", probability=0.25))
        return [plan.strike(Request("GET", "/"), NOW_MS) is not None for _ in range(2_000)]

    assert struck(1) == struck(1) != struck(2)
    assert 400 < sum(struck(1)) < 600


def test_a_malformed_body_is_no_json() -> None:
    """Half an answer with rubbish behind, under status 200."""
    venue = a_venue()
    venue.faults.rules.append(FaultRule("malformed"))
    answer = get(venue, KLINES)
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


@pytest.mark.parametrize(
    ("kind", "ending"), [("truncated", Ending.TRUNCATE), ("hang", Ending.HANG), ("reset", Ending.RESET)]
)
def test_a_broken_connection_is_an_ending(kind: str, ending: Ending) -> None:
    """The shell is told what to do with the connection."""
    venue = a_venue()
    venue.faults.rules.append(FaultRule(kind))  # type: ignore[arg-type]  # a string of the table
    assert get(venue, KLINES).ending is ending


def test_a_delay_adds_to_the_latency() -> None:
    """The answer is right and late."""
    venue = a_venue()
    venue.latency_s = 0.1
    venue.faults.rules.append(FaultRule("delay", delay_s=2.0))
    answer = get(venue, KLINES)
    assert answer.status == 200
    assert answer.delay_s == pytest.approx(2.1)


@pytest.mark.parametrize(("kind", "weight"), [("500", 1), ("hang", 1), ("403", None), ("451", None), ("reset", None)])
def test_only_what_reaches_the_venue_costs_weight(kind: str, weight: int | None) -> None:
    """What the edge refuses is not counted."""
    venue = a_venue()
    venue.faults.rules.append(FaultRule(kind))  # type: ignore[arg-type]  # a string of the table
    assert get(venue, KLINES).used_weight == weight
    assert venue.limits.client("127.0.0.1").used == (weight or 0)

"""The control port."""

import json
from typing import Any

import pytest

from eliteflow.emulator.control import Control
from eliteflow.emulator.messages import Request
from eliteflow.emulator.venue import Venue
from tests.unit.emulator.emulator_market import NOW_MS, a_venue, get

KLINES = "/fapi/v1/klines?symbol=BTCUSDT&interval=5m&limit=5"


def _ask(venue: Venue, method: str, target: str, body: object = None, status: int = 200) -> Any:
    path, _, query = target.partition("?")
    text = b"" if body is None else json.dumps(body).encode()
    answer = Control(venue, lambda: {"127.0.0.1": 3}).handle(Request(method, path, query, body=text), NOW_MS)
    assert answer.status == status
    return json.loads(answer.body)


def test_stats_tell_who_sent_what() -> None:
    """Per address: requests, statuses, paths, weight by minute, connections."""
    venue = a_venue()
    get(venue, KLINES)
    get(venue, "/fapi/v1/klines?symbol=NOPE&interval=5m&limit=5")
    stats = _ask(venue, "GET", "/stats")
    client = stats["clients"]["127.0.0.1"]
    assert (stats["requests"], stats["statuses"], stats["open_connections"]) == (2, {"200": 1, "400": 1}, 3)
    assert client["paths"] == {"/fapi/v1/klines": 2}
    assert client["weight_by_minute"] == {str(NOW_MS // 60_000 * 60_000): 2}
    assert client["open_connections"] == 3


def test_truth_is_what_the_venue_would_answer() -> None:
    """The same rows, each with whether it is closed, and no weight spent."""
    venue = a_venue()
    truth = _ask(venue, "GET", "/truth?symbol=btcusdt&timeframe=5m&limit=5")
    served = json.loads(get(venue, KLINES).body)
    assert truth["rows"] == [[*row, closed] for row, closed in zip(served, [True] * 4 + [False], strict=True)]
    assert (truth["symbol"], truth["timeframe"], truth["as_of_ms"]) == ("BTCUSDT", "5m", NOW_MS)
    assert venue.limits.client("127.0.0.1").used == 1


def test_truth_can_be_asked_as_of_a_past_moment() -> None:
    """As the venue showed it then, with what was open then."""
    venue, past_ms = a_venue(), NOW_MS - 7 * 60_000
    truth = _ask(venue, "GET", f"/truth?symbol=BTCUSDT&timeframe=5m&limit=5&at={past_ms}")
    served = json.loads(get(venue, KLINES, past_ms).body)
    assert truth["rows"] == [[*row, closed] for row, closed in zip(served, [True] * 4 + [False], strict=True)]
    assert truth["as_of_ms"] == past_ms


def test_limits_can_be_switched_off_and_counters_reset() -> None:
    """What was spent is forgotten, and nothing is refused any more."""
    venue = a_venue()
    get(venue, "/fapi/v1/ticker/24hr")
    settings = _ask(
        venue, "POST", "/limits", {"enabled": False, "reset": True, "weight_per_minute": 5, "latency_ms": 7}
    )
    assert (settings["enabled"], settings["weight_per_minute"], settings["latency_ms"]) == (False, 5, 7)
    assert [get(venue, "/fapi/v1/ticker/24hr").status for _ in range(9)] == [200] * 9
    assert venue.limits.client("127.0.0.1").used == 360


def test_a_neighbour_can_spend_weight() -> None:
    """Somebody else on the address uses the pool up."""
    venue = a_venue()
    _ask(venue, "POST", "/limits", {"spend": 2_399})
    assert get(venue, KLINES).used_weight == 2_400
    assert get(venue, KLINES).status == 429


def test_a_fault_is_added_listed_and_cleared() -> None:
    """The list tells how often each has struck."""
    venue = a_venue()
    _ask(venue, "POST", "/fault", {"kind": "500", "symbol": "BTCUSDT", "count": 2})
    assert get(venue, KLINES).status == 500
    listed = {"kind": "500", "symbol": "BTCUSDT", "count": 2, "made_ms": NOW_MS, "struck": 1}
    assert _ask(venue, "GET", "/fault")["faults"] == [listed]
    assert _ask(venue, "DELETE", "/fault") == {"faults": []}
    assert get(venue, KLINES).status == 200


def test_reset_forgets_faults_counters_and_bans() -> None:
    """As freshly started."""
    venue = a_venue()
    _ask(venue, "POST", "/fault", {"kind": "418", "count": 1})
    assert [get(venue, KLINES).status for _ in range(2)] == [418, 418]
    assert _ask(venue, "POST", "/reset")["requests"] == 0
    assert get(venue, KLINES).status == 200


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "words"),
    [
        ("POST", "/fault", {"kind": "boom"}, 400, "$.kind"),
        ("POST", "/fault", {"kind": "500", "colour": 1}, 400, "colour"),
        ("POST", "/limits", {"enabled": "no"}, 400, "$.enabled"),
        ("POST", "/limits", [], 400, "object"),
        ("GET", "/truth?symbol=BTCUSDT", None, 400, "timeframe"),
        ("GET", "/truth?symbol=NOPE&timeframe=5m", None, 400, "Invalid symbol."),
        ("GET", "/nothing", None, 404, "GET /stats"),
    ],
)
def test_a_wrong_order_is_explained(method: str, target: str, body: object, status: int, words: str) -> None:
    """The message points to what is wrong."""
    assert words in _ask(a_venue(), method, target, body, status)["msg"]

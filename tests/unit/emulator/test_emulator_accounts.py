"""Signed requests, and the venue's words for each way in which they can be wrong."""

import json

import pytest

from eliteflow.emulator.accounts import API_KEY, API_SECRET, KEY_HEADER
from eliteflow.exchange.credentials import Credentials, Secret
from eliteflow.exchange.signing import signed
from tests.unit.emulator.emulator_market import NOW_MS, a_venue, get

PATH = "/fapi/v1/accountConfig"


def asked(query: str, key: str = API_KEY) -> tuple[int, dict[str, object]]:
    """Status and body of the answer to a query."""
    answer = get(a_venue(), f"{PATH}?{query}", headers={KEY_HEADER: key} if key else {})
    assert answer.used_weight == 5
    return answer.status, json.loads(answer.body)


def right_query(made_ms: int = NOW_MS, secret: str = API_SECRET) -> str:
    """A query signed with a secret."""
    return signed("", Credentials(Secret(API_KEY), Secret(secret)), made_ms).query


def test_a_right_signature_tells_what_the_account_may_do() -> None:
    """In the shape of the venue's documentation."""
    status, body = asked(right_query())
    assert status == 200
    assert (body["canTrade"], body["canWithdraw"], body["dualSidePosition"]) == (True, False, False)


@pytest.mark.parametrize(
    ("query", "key", "status", "code", "message"),
    [
        (right_query(), "", 401, -2014, "API-key format invalid."),
        (right_query(), "somebody's", 401, -2015, "Invalid API-key, IP, or permissions for action."),
        (right_query(secret="wrong"), API_KEY, 400, -1022, "Signature for this request is not valid."),
        (right_query(NOW_MS - 5_001), API_KEY, 400, -1021, "Timestamp for this request is outside of the recvWindow."),
        (
            right_query(NOW_MS + 1_000),
            *(API_KEY, 400, -1021, "Timestamp for this request was 1000ms ahead of the server's time."),
        ),
        ("", API_KEY, 400, -1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed."),
        (
            f"timestamp={NOW_MS}",
            *(API_KEY, 400, -1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."),
        ),
    ],
)
def test_a_wrong_request_is_refused_in_the_venues_words(
    query: str, key: str, status: int, code: int, message: str
) -> None:
    """Key, time and signature, each with its own code; it costs its weight."""
    assert asked(query, key) == (status, {"code": code, "msg": message})


@pytest.mark.parametrize("made_ms", [NOW_MS - 5_000, NOW_MS + 999])
def test_a_clock_may_be_a_little_wrong(made_ms: int) -> None:
    """The window is the documented one."""
    assert asked(right_query(made_ms))[0] == 200

"""Tests of what each answer of the venue means: the table of reference A.6."""

import pytest

from eliteflow.errors import (
    AccessDenied,
    ExchangeError,
    ExchangeUnreachable,
    IPBanned,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
)
from eliteflow.exchange.transport import HttpResponse
from eliteflow.exchange.verdict import judge
from tests.unit.exchange.scripted_venue import answer, venue_error

NOW_MS = 1_795_420_820_000  # 08:00:20 UTC
BANNED = "Way too many requests; IP(1.2.3.4) banned until 1795420900000. Please use the websocket."
RESTRICTED = "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com"
FIREWALL = b"<html><head><title>ERROR: The request could not be satisfied</title></head>403 ERROR Request blocked"


def verdict(response: HttpResponse) -> ExchangeError | None:
    """Judge an answer to a request for candles."""
    return judge(response, host="venue.test", path="/fapi/v1/klines", now_ms=NOW_MS)


def test_200_is_no_error() -> None:
    """Whatever its body, decoding decides."""
    assert verdict(answer([])) is None


@pytest.mark.parametrize(
    ("response", "kind", "sentence"),
    [
        (
            venue_error(429, -1003, "Too many requests"),
            RateLimited,
            "venue.test refuses requests for 40.1 s (429, rate limit)",
        ),
        (venue_error(429, -1003, "Too many requests", retry_after="7"), RateLimited, "refuses requests for 7.0 s"),
        (venue_error(400, -1003, "Too many requests"), RateLimited, "refuses requests for 40.1 s"),
        (
            venue_error(418, -1003, BANNED),
            IPBanned,
            "venue.test has banned this address until 2026-11-23 08:01:40 UTC (418), held for 80.0 s.",
        ),
        (venue_error(418, -1003, BANNED, retry_after="90"), IPBanned, "held for 90.0 s"),
        (answer(b"", 418), IPBanned, "held for 120.0 s"),
        (answer(FIREWALL, 403), AccessDenied, "venue.test refused the request at its firewall (403)."),
        (venue_error(451, 0, RESTRICTED), RestrictedLocation, "does not serve this location (451). Run from"),
        (
            venue_error(503, -1000, "Unknown error, please check your request or try again later."),
            ExchangeUnreachable,
            "venue.test answered 503: Unknown error, please check",
        ),
        (answer(b"Service Unavailable.", 503), ExchangeUnreachable, "answered 503."),
        (
            venue_error(503, -1008, "Request throttled by system-level protection."),
            ExchangeUnreachable,
            "answered 503: Request throttled",
        ),
        (answer(b"", 500), ExchangeUnreachable, "answered 500"),
        (answer(b"", 408), ExchangeUnreachable, "answered 408"),
        (venue_error(400, -1007, "Timeout waiting for response."), ExchangeUnreachable, "answered 400: Timeout"),
        (
            venue_error(400, -1120, "Invalid interval."),
            RequestRejected,
            "The venue rejected /fapi/v1/klines: Invalid interval. (code -1120)",
        ),
        (answer(b"<html>not found</html>", 404), RequestRejected, "rejected /fapi/v1/klines: answered 404"),
        (answer(b"", 302), RequestRejected, "answered 302"),
    ],
)
def test_each_refusal_is_its_own_error(response: HttpResponse, kind: type[ExchangeError], sentence: str) -> None:
    """Status, code and headers make the type and the sentence that the user reads."""
    error = verdict(response)
    assert type(error) is kind
    assert sentence in str(error)


def test_a_ban_is_measured_by_the_venues_own_clock() -> None:
    """Before the first synchronisation the machine may be days ahead; the answer's date tells."""
    error = verdict(venue_error(418, -1003, BANNED, date="Mon, 23 Nov 2026 08:01:10 GMT"))
    assert isinstance(error, IPBanned)
    assert (error.retry_after_s, error.until_ms) == (30, 1_795_420_900_000)


@pytest.mark.parametrize("date", ["yesterday", ""])
def test_a_date_that_cannot_be_read_is_ignored(date: str) -> None:
    """A proxy may write anything."""
    error = verdict(venue_error(418, -1003, BANNED, date=date))
    assert error is not None
    assert error.retry_after_s == 80


def test_a_ban_that_seems_over_lasts_as_long_as_the_shortest() -> None:
    """An end in the past means that our clock is wrong, not that we may go on."""
    error = verdict(venue_error(418, -1003, "banned until 1795420800000"))
    assert error is not None
    assert error.retry_after_s == 120

"""Tests of what stops every request."""

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
from eliteflow.exchange.standstill import Standstill

NOW = 1_795_420_800_000
MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("error", "stops_s"),
    [
        (IPBanned("venue.test", 120, until_ms=NOW + 120_000), 120),
        (RateLimited("venue.test", 600), 600),
        (AccessDenied("venue.test"), 60),
        (RestrictedLocation("venue.test"), 60),
    ],
)
def test_stops_all_for_as_long_as_the_refusal_means(error: ExchangeError, stops_s: int) -> None:
    """Until then the same error is raised instead of sending, with the time that is left."""
    standstill = Standstill()
    assert standstill.enter(error, NOW)
    refusal = standstill.refusal(NOW + 1000)
    assert type(refusal) is type(error)
    if error.retry_after_s:
        assert refusal.retry_after_s == stops_s - 1
    assert standstill.refusal(NOW + stops_s * 1000) is None


@pytest.mark.parametrize(
    "error",
    [
        RateLimited("venue.test", 40),
        ExchangeUnreachable("venue.test", "connection reset"),
        RequestRejected("/fapi/v1/klines", -1120, "Invalid interval."),
    ],
)
def test_lets_go_what_concerns_one_request_or_one_minute(error: ExchangeError) -> None:
    """A wait for the next clock minute is the weight budget's."""
    standstill = Standstill()
    assert not standstill.enter(error, NOW)
    assert standstill.refusal(NOW) is None


def test_the_same_refusal_of_requests_under_way_is_no_news() -> None:
    """One log line, though a hundred answers say it; a longer ban still counts."""
    standstill = Standstill()
    standstill.enter(IPBanned("venue.test", 120, until_ms=NOW + 120_000), NOW)
    assert not standstill.enter(IPBanned("venue.test", 119, until_ms=NOW + 120_000), NOW + 1000)
    assert not standstill.enter(IPBanned("venue.test", 600, until_ms=NOW + 600_000), NOW + 1000)
    assert standstill.until_ms == NOW + 601_000


@pytest.mark.parametrize(
    ("error", "pauses_min"),
    [(RestrictedLocation("venue.test"), (1, 2, 4, 8, 16, 32, 60, 60)), (AccessDenied("venue.test"), (1, 2, 4, 5, 5))],
)
def test_who_is_refused_again_asks_ever_more_seldom(error: AccessDenied, pauses_min: tuple[int, ...]) -> None:
    """One request asks after each pause; what else was under way when the answer came lengthens nothing."""
    standstill, now_ms = Standstill(), NOW
    for pause_min in pauses_min:
        assert standstill.enter(error, now_ms)
        assert not standstill.enter(error, now_ms)
        assert standstill.until_ms == now_ms + pause_min * MINUTE_MS
        assert standstill.admit(standstill.until_ms - 1) is not None
        now_ms = standstill.until_ms
        assert standstill.admit(now_ms) is None
        assert isinstance(standstill.admit(now_ms), type(error))


def test_one_that_is_served_lets_all_go() -> None:
    """The next refusal begins with the shortest pause."""
    standstill = Standstill()
    standstill.enter(RestrictedLocation("venue.test"), NOW)
    standstill.admit(NOW + MINUTE_MS)
    standstill.enter(RestrictedLocation("venue.test"), NOW + MINUTE_MS)
    standstill.admit(NOW + 3 * MINUTE_MS)
    standstill.served(NOW + 3 * MINUTE_MS)
    assert standstill.admit(NOW + 3 * MINUTE_MS) is None
    assert standstill.admit(NOW + 3 * MINUTE_MS) is None
    standstill.enter(RestrictedLocation("venue.test"), NOW + 4 * MINUTE_MS)
    assert standstill.until_ms == NOW + 5 * MINUTE_MS


def test_an_answer_to_an_earlier_request_lets_nobody_go() -> None:
    """It left before the refusal came."""
    standstill = Standstill()
    standstill.enter(RestrictedLocation("venue.test"), NOW)
    standstill.served(NOW - 50)
    assert standstill.refusal(NOW) is not None
    standstill.admit(NOW + MINUTE_MS)
    standstill.served(NOW - 50)
    assert standstill.refusal(NOW + MINUTE_MS) is not None


def test_one_that_asks_and_gets_no_answer_is_followed_by_the_next() -> None:
    """After ten seconds; the pause grows only with a refusal."""
    standstill = Standstill()
    standstill.enter(AccessDenied("venue.test"), NOW)
    assert standstill.admit(NOW + MINUTE_MS) is None
    assert standstill.admit(NOW + MINUTE_MS + 9_999) is not None
    assert standstill.admit(NOW + MINUTE_MS + 10_000) is None
    assert standstill.enter(AccessDenied("venue.test"), NOW + MINUTE_MS + 10_000)
    assert standstill.until_ms == NOW + 3 * MINUTE_MS + 10_000


def test_a_refusal_heard_of_stops_for_as_long_as_is_told() -> None:
    """What the program has met itself may last longer, and hearing of it again is no news."""
    standstill = Standstill()
    assert standstill.enter(RestrictedLocation("venue.test"), NOW, for_s=40)
    assert standstill.refusal(NOW + 40_000) is None
    standstill.admit(NOW + 40_000)
    standstill.enter(RestrictedLocation("venue.test"), NOW + 40_000)
    assert not standstill.enter(RestrictedLocation("venue.test"), NOW + 50_000, for_s=40)
    assert standstill.until_ms == NOW + 40_000 + MINUTE_MS


def test_who_is_refused_soon_after_hearing_of_it_has_been_refused_once() -> None:
    """Its request was under way when the other program told; the pauses begin with the first all the same."""
    standstill = Standstill()
    standstill.enter(RestrictedLocation("venue.test"), NOW, for_s=10)
    assert not standstill.enter(RestrictedLocation("venue.test"), NOW + 100)
    assert standstill.until_ms == NOW + 100 + MINUTE_MS
    standstill.admit(standstill.until_ms)
    again_ms = NOW + 100 + MINUTE_MS
    assert standstill.enter(RestrictedLocation("venue.test"), again_ms)
    assert standstill.until_ms == again_ms + 2 * MINUTE_MS

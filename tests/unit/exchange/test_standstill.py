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


@pytest.mark.parametrize(
    ("error", "stops_s"),
    [
        (IPBanned("venue.test", 120, until_ms=NOW + 120_000), 120),
        (RateLimited("venue.test", 600), 600),
        (AccessDenied("venue.test"), 300),
        (RestrictedLocation("venue.test"), 3600),
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


def test_a_new_stop_after_the_old_one_is_news() -> None:
    """The probe after five minutes was refused again."""
    standstill = Standstill()
    standstill.enter(AccessDenied("venue.test"), NOW)
    assert standstill.enter(AccessDenied("venue.test"), NOW + 300_000)


def test_a_refusal_heard_of_stops_for_as_long_as_is_told() -> None:
    """What the program has met itself lasts longer, and hearing of it again is no news."""
    standstill = Standstill()
    assert standstill.enter(RestrictedLocation("venue.test"), NOW, for_s=40)
    assert standstill.refusal(NOW + 40_000) is None
    standstill.enter(RestrictedLocation("venue.test"), NOW + 40_000)
    assert not standstill.enter(RestrictedLocation("venue.test"), NOW + 50_000, for_s=40)
    assert standstill.until_ms == NOW + 3_640_000

"""Each request that left counts once, under what became of it."""

import asyncio

import pytest

from eliteflow.errors import (
    AccessDenied,
    ExchangeUnreachable,
    IPBanned,
    MalformedPayload,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
)
from eliteflow.exchange.request_outcomes import RequestOutcomes
from eliteflow.telemetry.metrics import METRICS


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ExchangeUnreachable("venue", "reset"), "unreachable"),
        (RateLimited("venue", 5), "rate_limited"),
        (IPBanned("venue", 5, until_ms=0), "banned"),
        (AccessDenied("venue"), "denied"),
        (RestrictedLocation("venue"), "restricted"),
        (RequestRejected("/path", -1, "no"), "rejected"),
        (MalformedPayload("$", "no"), "malformed"),
        (asyncio.CancelledError(), "cancelled"),
    ],
)
def test_an_error_counts_under_its_own_name(error: BaseException, name: str) -> None:
    """A ban is no mere rate limit, and the error goes on to whoever asked."""
    outcomes = RequestOutcomes()
    with pytest.raises(type(error)), outcomes.of_request():
        raise error
    assert {counted: count for counted, count in outcomes.snapshot().items() if count} == {name: 1}


def test_an_answer_counts_as_ok() -> None:
    """The names are those that the metric declares, from the first scrape on."""
    outcomes = RequestOutcomes()
    with outcomes.of_request():
        pass
    assert outcomes.snapshot()["ok"] == 1
    assert dict(METRICS["requests_total"].labels)["outcome"].split(", ") == list(outcomes.snapshot())

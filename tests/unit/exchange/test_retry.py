"""Tests of which requests are repeated, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from eliteflow.clock import Clock
from eliteflow.errors import (
    AccessDenied,
    ExchangeError,
    ExchangeUnreachable,
    IPBanned,
    MalformedPayload,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
)
from eliteflow.exchange.retry import is_worth_repeating, repeat

DOWN = ExchangeUnreachable("venue.test", "connection reset")
MALFORMED = MalformedPayload("klines $", "not JSON")
LIMITED = RateLimited("venue.test", 40)
REJECTED = RequestRejected("/fapi/v1/klines", -1120, "Invalid interval.")


def sends(*outcomes: ExchangeError | str) -> Callable[[], Awaitable[str]]:
    """A request that ends differently each time."""
    left = list(outcomes)

    async def send() -> str:
        outcome = left.pop(0)
        if isinstance(outcome, ExchangeError):
            raise outcome
        return outcome

    return send


@pytest.mark.parametrize(
    ("error", "is_repeated"),
    [
        (DOWN, True),
        (MALFORMED, True),
        (LIMITED, True),
        (RateLimited("venue.test", 600), False),
        (IPBanned("venue.test", 10, until_ms=0), False),
        (AccessDenied("venue.test"), False),
        (RestrictedLocation("venue.test"), False),
        (REJECTED, False),
    ],
)
def test_only_what_may_pass_soon_is_repeated(error: ExchangeError, is_repeated: bool) -> None:
    """A ban, a firewall and a wrong request are not."""
    assert is_worth_repeating(error) is is_repeated


async def test_pauses_grow_and_are_jittered(clock: Clock) -> None:
    """Three repetitions: after 200, 400 and 800 ms, each with up to 200 ms more."""
    assert await repeat(sends(DOWN, DOWN, "answer"), DOWN, clock, within_s=30) == "answer"
    assert 1.4 <= asyncio.get_running_loop().time() <= 2.0


@pytest.mark.parametrize(("error", "repetitions"), [(DOWN, 3), (LIMITED, 2), (MALFORMED, 1)])
async def test_gives_up_with_the_last_failure(clock: Clock, error: ExchangeError, repetitions: int) -> None:
    """Four tries for the way to the venue, three for a 429, two for a damaged body."""
    with pytest.raises(type(error)):
        await repeat(sends(*[error] * repetitions, "too late"), error, clock, within_s=300)


async def test_no_repetition_begins_after_the_deadline(clock: Clock) -> None:
    """Whoever waits for the answer gets the failure instead."""
    with pytest.raises(ExchangeUnreachable):
        await repeat(sends("too late"), DOWN, clock, within_s=0.1)
    assert asyncio.get_running_loop().time() == 0


async def test_a_final_failure_ends_the_repetitions(clock: Clock) -> None:
    """A rejected request is not sent a third time."""
    with pytest.raises(RequestRejected):
        await repeat(sends(REJECTED, "too late"), DOWN, clock, within_s=30)


async def test_after_429_the_weight_budget_does_the_waiting(clock: Clock) -> None:
    """The repetition itself adds no pause."""
    assert await repeat(sends("answer"), LIMITED, clock, within_s=30) == "answer"
    assert asyncio.get_running_loop().time() == 0

"""Tests of the circuit breaker's guard, in virtual time."""

import asyncio
import logging

import pytest

from eliteflow.clock import Clock
from eliteflow.errors import CircuitOpen, EliteflowError, ExchangeUnreachable, MalformedPayload, RequestRejected
from eliteflow.exchange.circuit_breaker import CircuitBreaker
from eliteflow.model.breaker import Circuit
from eliteflow.model.priority import Priority

DOWN = ExchangeUnreachable("venue.test", "timed out after 10 s")


async def fail(breaker: CircuitBreaker, error: BaseException = DOWN, *, times: int = 1) -> None:
    """Send requests that end in `error`, one after the other."""

    async def request() -> None:
        async with breaker.guard():
            await asyncio.sleep(0.1)
            raise error

    for _ in range(times):
        with pytest.raises(type(error)):
            await request()


async def test_opens_after_five_failures_and_says_so(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The sixth request is refused before anything is sent, with the time that is left."""
    caplog.set_level(logging.INFO, "eliteflow")
    breaker = CircuitBreaker("venue.test", clock)
    await fail(breaker, times=5)
    await asyncio.sleep(20)
    with pytest.raises(CircuitOpen, match=r"trying again in 40 s") as refused:
        async with breaker.guard():
            pytest.fail("nothing may be sent")
    assert refused.value.retry_after_s == pytest.approx(40)
    assert breaker.snapshot().retry_after_s == pytest.approx(40)
    assert [record.getMessage() for record in caplog.records] == [
        "circuit breaker of venue.test opened (timed out after 10 s); trying again in 60 s"
    ]


async def test_one_probe_decides_after_a_minute(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """While the probe is under way the others are refused; its answer lets all go."""
    breaker = CircuitBreaker("venue.test", clock)
    await fail(breaker, times=5)
    await asyncio.sleep(60)
    caplog.set_level(logging.INFO, "eliteflow")
    caplog.clear()
    async with breaker.guard():
        assert breaker.snapshot().circuit is Circuit.HALF_OPEN
        with pytest.raises(CircuitOpen):
            async with breaker.guard():
                pytest.fail("there is one probe")
    async with breaker.guard():
        pass
    assert [record.getMessage() for record in caplog.records] == [
        "circuit breaker of venue.test closed: the venue answers again"
    ]


@pytest.mark.parametrize(
    "error",
    [RequestRejected("/fapi/v1/klines", -1121, "Invalid symbol."), MalformedPayload("klines $", "not JSON")],
    ids=["400", "malformed"],
)
async def test_a_bad_answer_is_an_answer(clock: Clock, error: EliteflowError) -> None:
    """One symbol's refusal or damaged body says nothing about the venue."""
    breaker = CircuitBreaker("venue.test", clock)
    await fail(breaker, error, times=50)
    assert breaker.snapshot().circuit is Circuit.CLOSED


async def test_a_cancelled_request_is_no_failure(clock: Clock) -> None:
    """The user's impatience is not the venue's fault; a cancelled probe leaves its place to the next."""
    breaker = CircuitBreaker("venue.test", clock)
    await fail(breaker, asyncio.CancelledError(), times=10)
    assert breaker.snapshot().circuit is Circuit.CLOSED
    await fail(breaker, times=5)
    await asyncio.sleep(60)
    await fail(breaker, asyncio.CancelledError())
    async with breaker.guard():
        assert breaker.snapshot().circuit is Circuit.HALF_OPEN


async def test_closing_a_position_is_never_held_back(clock: Clock) -> None:
    """An order goes through an open breaker, and its answer closes it."""
    breaker = CircuitBreaker("venue.test", clock)
    await fail(breaker, times=5)
    breaker.check(Priority.ORDER)
    with pytest.raises(CircuitOpen):
        breaker.check(Priority.INTERACTIVE)
    async with breaker.guard(Priority.ORDER):
        pass
    assert repr(breaker) == "<CircuitBreaker venue.test closed>"

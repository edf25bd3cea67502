"""Which failed requests are repeated, how often and how soon."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from eliteflow.clock import Clock
from eliteflow.errors import ExchangeError, ExchangeUnreachable, MalformedPayload, RateLimited
from eliteflow.exchange.standstill import LONGEST_WAIT_S

T = TypeVar("T")

FIRST_PAUSE_S, LONGEST_PAUSE_S, JITTER_S = 0.2, 2.0, 0.2
# After 429 the weight budget holds all requests, so the repetition itself needs no pause.
TRIES: dict[type[ExchangeError], int] = {ExchangeUnreachable: 4, RateLimited: 3, MalformedPayload: 2}

_backoff = wait_exponential_jitter(multiplier=FIRST_PAUSE_S, max=LONGEST_PAUSE_S, jitter=JITTER_S)


async def repeat(send: Callable[[], Awaitable[T]], failure: ExchangeError, clock: Clock, *, within_s: float) -> T:
    """Return the answer of a repetition of `send`, which has just failed with `failure`; raise the last failure.

    Only for requests that may be repeated without harm. Repeats 200, 400 and 800 ms after each other, each with up to
    200 ms added at random, as long as the next one begins within `within_s`; after a 429 when the weight budget allows.
    """
    deadline_s = clock.steady_s() + within_s
    failures = [failure]

    async def attempt() -> T:
        if failures:
            raise failures.pop()  # the first attempt is over: it ran without the 20 µs that tenacity takes
        return await send()

    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, ExchangeError) and is_worth_repeating(error)),
        stop=lambda state: _tries_are_used_up(state) or _is_too_late(state, clock, deadline_s),
        wait=_pause_s,
        sleep=asyncio.sleep,
        reraise=True,
    )
    return await retrying(attempt)


def is_worth_repeating(error: ExchangeError) -> bool:
    """Return whether a failed request for data is sent again; a wait that nobody should be kept for is not."""
    if isinstance(error, RateLimited):
        return type(error) is RateLimited and (error.retry_after_s or 0.0) <= LONGEST_WAIT_S
    return type(error) in TRIES


def _tries_are_used_up(state: RetryCallState) -> bool:
    error = _error(state)
    return error is None or state.attempt_number >= TRIES[type(error)]


def _is_too_late(state: RetryCallState, clock: Clock, deadline_s: float) -> bool:
    return not isinstance(_error(state), RateLimited) and clock.steady_s() + state.upcoming_sleep > deadline_s


def _pause_s(state: RetryCallState) -> float:
    return 0.0 if isinstance(_error(state), RateLimited) else _backoff(state)


def _error(state: RetryCallState) -> ExchangeError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, ExchangeError) else None

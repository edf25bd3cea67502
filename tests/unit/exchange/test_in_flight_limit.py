"""Tests of the number of requests under way, on venues that are quick, variable, slow when pushed, or failing."""

import heapq
import random
from collections.abc import Callable

import pytest

from eliteflow.exchange.in_flight_limit import FAILED_S, LIFE_S, InFlightLimit

Venue = Callable[[int, random.Random], float]
"""How long a request takes that is one of so many under way."""


def steady(under_way: int, chance: random.Random) -> float:
    """Always the same."""
    return 0.12


def variable(under_way: int, chance: random.Random) -> float:
    """Between a third and three times as long, by chance alone."""
    return 0.12 * chance.lognormvariate(0, 0.5)


def slow_above_100(under_way: int, chance: random.Random) -> float:
    """More under way bring less."""
    return 0.12 * max(1.0, under_way / 100) ** 1.5


def one_at_a_time(under_way: int, chance: random.Random) -> float:
    """What is under way beyond 64 only waits."""
    return 0.12 * max(1.0, under_way / 64)


def fetch(limit: InFlightLimit, venue: Venue, requests: int = 1_590, start_s: float = 0.0) -> float:
    """Send so many requests as the limit allows; return the seconds they took."""
    chance, now_s, sent = random.Random(7), start_s, 0
    replies: list[tuple[float, float, int]] = []
    for _ in range(requests):
        while sent < requests and len(replies) < limit.allowed:
            under_way = len(replies) + 1
            heapq.heappush(replies, (now_s + venue(under_way, chance), now_s, under_way))
            sent += 1
            now_s += 1e-5
        at_s, sent_s, under_way = heapq.heappop(replies)
        now_s = max(now_s, at_s)
        limit.answered(under_way, now_s - sent_s, now_s)
    return now_s - start_s


@pytest.mark.parametrize("venue", [steady, variable])
def test_a_venue_that_keeps_up_gets_the_ceiling(venue: Venue) -> None:
    """Round trips that vary by chance vary at every load alike."""
    limit = InFlightLimit(256)
    assert fetch(limit, venue) <= 1.02 * fetch(InFlightLimit(256, is_fixed=True), venue)
    assert limit.allowed >= 181


@pytest.mark.parametrize(("venue", "knee"), [(slow_above_100, 100), (one_at_a_time, 64)])
def test_within_a_twentieth_of_the_best_fixed_number_from_the_first_fetch_on(venue: Venue, knee: int) -> None:
    """Although the first burst is sent at the ceiling; and the venue is left with little more than it can serve."""
    fixed_s = [fetch(InFlightLimit(number, is_fixed=True), venue) for number in (16, 64, 192, 256)]
    limit = InFlightLimit(256)
    assert fetch(limit, venue) <= 1.05 * min(fixed_s)
    assert limit.allowed < 2 * knee


def test_it_rises_again_when_the_venue_has_recovered() -> None:
    """Later, when what it knew of larger loads is old."""
    limit = InFlightLimit(256)
    fetch(limit, slow_above_100)
    assert limit.allowed < 256
    fetch(limit, steady, start_s=2 * LIFE_S)
    assert limit.allowed == 256


def test_requests_without_an_answer_lower_it() -> None:
    """They count as very slow ones."""
    limit = InFlightLimit(256)
    fetch(limit, steady, requests=400)
    for number in range(64):
        limit.failed(256, 1.0 + number / 100)
    assert limit.allowed <= 181
    assert limit.snapshot(1.7).loads[-1].round_trip_s > FAILED_S / 4


@pytest.mark.parametrize("limit", [InFlightLimit(256, is_fixed=True), InFlightLimit(8)])
def test_a_fixed_or_small_number_stays(limit: InFlightLimit) -> None:
    """The user has decided, or there is nothing to find."""
    before = limit.allowed
    fetch(limit, slow_above_100)
    assert (limit.allowed, limit.is_fixed) == (before, True)


def test_a_snapshot_says_what_each_load_brought() -> None:
    """So that the choice can be understood."""
    limit = InFlightLimit(256)
    fetch(limit, slow_above_100)
    snapshot = limit.snapshot(3.0)
    best = max(snapshot.loads, key=lambda load: load.per_s)
    assert best.under_way <= snapshot.allowed <= 1.5 * best.under_way
    assert best.per_s == pytest.approx(best.under_way / best.round_trip_s)
    assert limit.snapshot(3.0 + 2 * LIFE_S).loads == ()

"""Tests of a request's way to the venue: each fault alone, what is raised, said and sent, in virtual time."""

import asyncio
import logging

import pytest

from eliteflow.clock import Clock
from eliteflow.errors import (
    AccessDenied,
    CircuitOpen,
    EliteflowError,
    ExchangeUnreachable,
    IPBanned,
    MalformedPayload,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
)
from eliteflow.exchange import endpoints
from eliteflow.exchange.circuit_breaker import CircuitBreaker
from eliteflow.exchange.kline_wire import decode_klines
from eliteflow.exchange.rest_channel import Answer, RestChannel
from eliteflow.exchange.weight_budget import WeightBudget
from eliteflow.model.priority import Priority
from eliteflow.model.spend import Spend
from eliteflow.model.timeframe import Timeframe
from tests.unit.exchange.scripted_venue import ScriptedVenue, Step, answer, kline_rows, venue_error

H1 = Timeframe.H1
RESET = ExchangeUnreachable("venue.test", "connection reset")
SERVICE = venue_error(503, -1000, "Service Unavailable.")
LIMITED = venue_error(429, -1003, "Too many requests")
BANNED = venue_error(418, -1003, "IP(1.2.3.4) banned until 1795420930000.")
FIREWALL = answer(b"<html>403 ERROR Request blocked</html>", 403)
RESTRICTED = venue_error(451, 0, "Service unavailable from a restricted location")
TRUNCATED = answer(b'[[1795420800000,"1.0"')


def channel(venue: ScriptedVenue, clock: Clock) -> RestChannel:
    """A channel with the defaults of the settings."""
    return RestChannel(venue, clock, WeightBudget(clock), CircuitBreaker(venue.host, clock), timeout_s=10)


async def ask(rest: RestChannel, symbol: str = "BTCUSDT", priority: Priority = Priority.INTERACTIVE) -> int:
    """Ask for 50 candles and return how many came."""

    def decode(reply: Answer) -> int:
        return len(decode_klines(reply.body, H1.ms))

    return await rest.get(endpoints.klines(symbol, H1, 50, None, None), decode, priority)


def elapsed_s() -> float:
    """Virtual seconds since the test began."""
    return asyncio.get_running_loop().time()


async def test_an_answer_is_decoded_and_counted(clock: Clock) -> None:
    """One request, one weight, as the venue documents it."""
    venue = ScriptedVenue(clock)
    rest = channel(venue, clock)
    assert await ask(rest) == 50
    assert rest.spend() == Spend(requests=1, weight=1)
    assert venue.requests[0].query == "symbol=BTCUSDT&interval=1h&limit=50"
    assert rest.budget.snapshot().spent == 1


async def test_how_long_answers_take_is_measured(clock: Clock) -> None:
    """There and back, whether the venue serves or refuses; what never came has taken no time."""
    venue = ScriptedVenue(clock, RESTRICTED, RESET, latency_s=0.2)
    rest = channel(venue, clock)
    with pytest.raises(RestrictedLocation):
        await ask(rest)
    assert rest.took.snapshot().largest == pytest.approx(0.4)
    rest = channel(venue, clock)
    await ask(rest)
    assert rest.took.snapshot().count == 1


@pytest.mark.parametrize(
    ("fault", "sent", "waited_s"),
    [
        (RESET, 2, 0.2),
        (SERVICE, 2, 0.2),
        (venue_error(503, -1000, "Unknown error, please check your request or try again later."), 2, 0.2),
        (venue_error(503, -1008, "Request throttled by system-level protection."), 2, 0.2),
        (answer(b"", 500), 2, 0.2),
        (TRUNCATED, 2, 0.2),
        (answer(b"<html>captive portal</html>"), 2, 0.2),
        (LIMITED, 2, 50.1),
        (venue_error(429, -1003, "Too many requests", retry_after="7"), 2, 7),
    ],
    ids=["reset", "503 B", "503 A", "503 C", "500", "truncated", "HTML", "429", "429 Retry-After"],
)
async def test_a_fault_that_passes_is_survived(clock: Clock, fault: Step, sent: int, waited_s: float) -> None:
    """One repetition, after the right wait, and the user notices nothing."""
    venue = ScriptedVenue(clock, fault)
    assert await ask(channel(venue, clock)) == 50
    assert len(venue.requests) == sent
    assert waited_s <= elapsed_s() <= waited_s + 0.3


@pytest.mark.parametrize(
    ("fault", "kind", "sentence", "sent"),
    [
        (RESET, ExchangeUnreachable, "venue.test cannot be reached: connection reset.", 4),
        (SERVICE, ExchangeUnreachable, "answered 503: Service Unavailable.", 4),
        (TRUNCATED, MalformedPayload, "The answer to klines $ is not what the venue documents", 2),
        (LIMITED, RateLimited, "(429, rate limit): other programs on this address spend weight too", 3),
        (venue_error(429, -1003, "…", retry_after="600"), RateLimited, "for 600.0 s", 1),
        (BANNED, IPBanned, "banned this address until 2026-11-23 08:02:10 UTC (418), held for 120.0 s", 1),
        (FIREWALL, AccessDenied, "refused the request at its firewall (403)", 1),
        (RESTRICTED, RestrictedLocation, "Run from a permitted region, or through a proxy there", 1),
        (venue_error(400, -1120, "Invalid interval."), RequestRejected, "Invalid interval. (code -1120)", 1),
    ],
    ids=["reset", "503", "truncated", "429", "429 long", "418", "403", "451", "400"],
)
async def test_a_fault_that_stays_is_named(
    clock: Clock, fault: Step, kind: type[EliteflowError], sentence: str, sent: int
) -> None:
    """Only what may pass is repeated, and not for long; the error's type and sentence say what it is."""
    venue = ScriptedVenue(clock, *[fault] * 10, latency_s=0)
    with pytest.raises(kind) as raised:
        await ask(channel(venue, clock))
    assert sentence in str(raised.value)
    assert type(raised.value) is kind
    assert len(venue.requests) == sent


@pytest.mark.parametrize(
    ("fault", "kind", "stop_s", "line"),
    [
        (
            BANNED,
            IPBanned,
            120,
            "venue.test has banned this address until 2026-11-23 08:02:10 UTC; nothing is sent before",
        ),
        (FIREWALL, AccessDenied, 60, "venue.test refused at its firewall (403); asked again in 60 s"),
        (RESTRICTED, RestrictedLocation, 60, "venue.test does not serve this location (451); asked again in 60 s"),
    ],
    ids=["418", "403", "451"],
)
async def test_a_refusal_of_the_address_stops_every_request(
    clock: Clock, caplog: pytest.LogCaptureFixture, fault: Step, kind: type[EliteflowError], stop_s: int, line: str
) -> None:
    """Not even an order is sent before its end, and it is said once; then all go again."""
    caplog.set_level(logging.INFO, "eliteflow")
    venue = ScriptedVenue(clock, fault, latency_s=0)
    rest = channel(venue, clock)
    with pytest.raises(kind):
        await ask(rest)
    await asyncio.sleep(stop_s - 1)
    for priority in Priority:
        with pytest.raises(kind):
            await ask(rest, priority=priority)
    assert len(venue.requests) == 1
    assert [record.getMessage() for record in caplog.records] == [line]
    await asyncio.sleep(1)
    assert await ask(rest) == 50


async def test_a_ban_turns_away_those_who_wait(clock: Clock) -> None:
    """Requests in the line learn of it at once, and none of them is sent."""
    venue = ScriptedVenue(clock, answer(kline_rows(H1, 50, clock.now_ms())), BANNED, latency_s=0.05)
    rest = RestChannel(
        venue, clock, WeightBudget(clock, max_in_flight=1), CircuitBreaker(venue.host, clock), timeout_s=10
    )
    results = await asyncio.gather(*(ask(rest) for _ in range(20)), return_exceptions=True)
    assert [type(result) for result in results] == [int] + [IPBanned] * 19
    assert len(venue.requests) == 2
    assert elapsed_s() < 1


async def test_429_holds_all_and_is_said_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A hundred requests, all answered 429: all wait for the next minute, where one goes first, and all succeed."""
    caplog.set_level(logging.INFO, "eliteflow")
    venue = ScriptedVenue(clock, answer(kline_rows(H1, 50, clock.now_ms())), *[LIMITED] * 100)
    rest = channel(venue, clock)
    await ask(rest)
    assert await asyncio.gather(*(ask(rest) for _ in range(100))) == [50] * 100
    assert len(venue.requests) == 201
    assert venue.sent_ms[101] >= 1_795_420_860_000
    assert [record.getMessage() for record in caplog.records] == ["venue.test answered 429; waiting 50 s"]


async def test_the_breaker_stops_a_venue_that_is_down(clock: Clock) -> None:
    """Two requests with their repetitions open it; then nothing is sent for a minute, and one probe tries."""
    venue = ScriptedVenue(clock, *[RESET] * 5)
    rest = channel(venue, clock)
    with pytest.raises(ExchangeUnreachable):
        await ask(rest)
    with pytest.raises(CircuitOpen, match="trying again in 60 s"):
        await ask(rest)
    results = await asyncio.gather(*(ask(rest) for _ in range(50)), return_exceptions=True)
    assert {type(result) for result in results} == {CircuitOpen}
    assert len(venue.requests) == 5
    await asyncio.sleep(60)
    assert await ask(rest) == 50


async def test_a_dead_venue_fails_a_whole_scan_quickly(clock: Clock) -> None:
    """Those who wait for the first answer are not left waiting."""
    venue = ScriptedVenue(clock, *[RESET] * 5000)
    rest = channel(venue, clock)
    results = await asyncio.gather(*(ask(rest) for _ in range(1590)), return_exceptions=True)
    assert {type(result) for result in results} <= {ExchangeUnreachable, CircuitOpen}
    assert len(venue.requests) < 20
    assert elapsed_s() < 2
    assert rest.budget.snapshot().in_flight == 0


async def test_a_cancelled_request_leaves_nothing_behind(clock: Clock) -> None:
    """Its place is free again, its weight stays counted: the venue may have seen it."""
    venue = ScriptedVenue(clock, latency_s=5)
    rest = channel(venue, clock)
    request = asyncio.create_task(ask(rest))
    await asyncio.sleep(1)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    assert (rest.budget.snapshot().in_flight, rest.budget.snapshot().spent) == (0, 1)


async def test_three_scans_in_one_minute_never_see_429(clock: Clock) -> None:
    """Each scan is a new process that knows nothing of the others but the venue's counter."""
    venue = ScriptedVenue(clock, latency_s=0.06)
    for _ in range(3):
        rest = channel(venue, clock)
        assert await asyncio.gather(*(ask(rest) for _ in range(1590))) == [50] * 1590
    assert max(venue.counted.values()) <= 2160
    assert sum(venue.counted.values()) == 3 * 1590


async def test_each_request_that_left_counts_under_what_became_of_it(clock: Clock) -> None:
    """Repetitions count, and what the breaker or a standstill held back does not."""
    venue = ScriptedVenue(clock, RESET, TRUNCATED, TRUNCATED, BANNED)
    rest = channel(venue, clock)
    for error in (MalformedPayload, IPBanned, IPBanned):
        with pytest.raises(error):
            await ask(rest)
    counted = {name: count for name, count in rest.outcomes.snapshot().items() if count}
    assert counted == {"unreachable": 1, "malformed": 2, "banned": 1}
    assert sum(counted.values()) == len(venue.requests)


async def test_a_refusal_is_known_until_its_end(clock: Clock) -> None:
    """What the venue said and until when it holds, for whoever asks how the program is."""
    rest = channel(ScriptedVenue(clock, RESTRICTED), clock)
    assert rest.refusal() is None
    with pytest.raises(RestrictedLocation):
        await ask(rest)
    refusal = rest.refusal()
    assert refusal is not None
    assert isinstance(refusal.error, RestrictedLocation)
    assert refusal.until_ms - clock.now_ms() == pytest.approx(60_000, abs=100)

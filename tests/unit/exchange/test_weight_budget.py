"""Tests of the weight budget's waiting, in virtual time."""

import asyncio
import contextlib
import logging

import pytest

from eliteflow.clock import Clock
from eliteflow.errors import ExchangeUnreachable, IPBanned
from eliteflow.exchange.in_flight_limit import FAILED_S
from eliteflow.exchange.weight_budget import WeightBudget
from eliteflow.model.priority import Priority


async def spend(budget: WeightBudget, weight: int, priority: Priority = Priority.INTERACTIVE) -> None:
    """Send a request that is answered after 120 ms."""
    async with budget.lease(weight, priority) as lease:
        lease.sent()
        await asyncio.sleep(0.12)
        lease.answered(None)


def elapsed_s() -> float:
    """Virtual seconds since the test began."""
    return asyncio.get_running_loop().time()


async def test_the_first_request_is_answered_before_the_burst(clock: Clock) -> None:
    """A hundred requests take two round trips: one alone, the others together."""
    budget = WeightBudget(clock)
    await asyncio.gather(*(spend(budget, 1) for _ in range(100)))
    assert elapsed_s() == pytest.approx(0.24)


async def test_no_more_requests_are_under_way_than_allowed(clock: Clock) -> None:
    """Ten requests, two at a time after the first, need six round trips; no batch waits for another."""
    budget = WeightBudget(clock, max_in_flight=2)
    await spend(budget, 1)
    await asyncio.gather(*(spend(budget, 1) for _ in range(10)))
    assert elapsed_s() == pytest.approx(0.72)


async def test_a_venue_that_more_requests_only_slow_down_gets_fewer(clock: Clock) -> None:
    """Beyond 64 under way each takes longer, and brings no more; unless the user has fixed the number."""
    under_way = 0

    async def ask(budget: WeightBudget) -> None:
        nonlocal under_way
        async with budget.lease(1) as lease:
            lease.sent()
            under_way += 1
            await asyncio.sleep(0.12 * max(1.0, under_way / 64) ** 1.5)
            under_way -= 1
            lease.answered(None)

    allowed = []
    for is_tuned in (True, False):
        budget = WeightBudget(clock, limit=10_000, max_in_flight=128, is_tuned=is_tuned)
        await asyncio.gather(*(ask(budget) for _ in range(400)))
        allowed.append(budget.snapshot().room.allowed)
    assert allowed == [64, 128]


async def test_requests_the_venue_could_not_serve_are_slow_ones_and_cancelled_ones_none(clock: Clock) -> None:
    """A 503 within a millisecond is no sign of speed."""
    budget = WeightBudget(clock, max_in_flight=16)
    for error in [ExchangeUnreachable("venue", "503")] * 16 + [asyncio.CancelledError()] * 16:
        with contextlib.suppress(type(error)):
            async with budget.lease(1) as lease:
                lease.sent()
                raise error
    [load] = budget.snapshot().room.loads
    assert load.round_trip_s == FAILED_S


async def test_what_does_not_fit_waits_for_the_next_clock_minute(clock: Clock) -> None:
    """2,052 of 2,400 may be spent by a scan; the rest goes when the window opens."""
    budget = WeightBudget(clock)
    await spend(budget, 2000)
    await asyncio.gather(spend(budget, 52), spend(budget, 1))
    assert elapsed_s() == pytest.approx(50.1 + 0.12, abs=0.002)


async def test_a_wait_is_written_once_and_told_to_the_observer(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """People see for how long, and for how much weight; not once for each request."""
    caplog.set_level(logging.INFO, "eliteflow")
    told: list[tuple[float, int]] = []
    budget = WeightBudget(clock, on_wait=lambda wait_s, weight: told.append((wait_s, weight)))
    await spend(budget, 2052)
    await asyncio.gather(*(spend(budget, 10) for _ in range(20)))
    [(wait_s, weight)] = told
    assert (round(wait_s, 2), weight) == (49.98, 10)
    assert [record.getMessage() for record in caplog.records] == ["waiting 50 s for the weight window (10 needed)"]


async def test_the_snapshot_shows_who_waits_and_how_long(clock: Clock) -> None:
    """A progress bar can show it."""
    budget = WeightBudget(clock)
    await spend(budget, 2052)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(spend(budget, 1))
        await asyncio.sleep(0.88)
        now = budget.snapshot()
        assert (now.spent, now.ceiling, now.waiting, now.in_flight) == (2052, 2160, 3, 0)
        assert now.wait_s == pytest.approx(49.1, abs=0.01)
    assert budget.snapshot().wait_s == 0


async def test_the_more_urgent_goes_first_when_the_window_opens(clock: Clock) -> None:
    """An order that came last is sent first, and backfills keep their order."""
    budget = WeightBudget(clock, max_in_flight=1)
    order: list[str] = []

    async def note(name: str, priority: Priority) -> None:
        await spend(budget, 1, priority)
        order.append(name)

    await spend(budget, 2160)
    async with asyncio.TaskGroup() as tasks:
        for name in ("backfill 1", "backfill 2"):
            tasks.create_task(note(name, Priority.BACKFILL))
        await asyncio.sleep(1)
        tasks.create_task(note("order", Priority.ORDER))
    assert order == ["order", "backfill 1", "backfill 2"]


async def test_an_order_does_not_wait_behind_a_backfill(clock: Clock) -> None:
    """A backfill that waits for the window leaves the reserve to orders."""
    budget = WeightBudget(clock)
    await spend(budget, 1620)
    async with asyncio.TaskGroup() as tasks:
        backfill = tasks.create_task(spend(budget, 1, Priority.BACKFILL))
        await asyncio.sleep(1)
        await spend(budget, 1, Priority.ORDER)
        assert elapsed_s() < 2
        assert not backfill.done()


async def test_a_cancelled_wait_gives_everything_back(clock: Clock) -> None:
    """Those behind it move up, and nothing is counted."""
    budget = WeightBudget(clock)
    await spend(budget, 2052)
    waiting = asyncio.create_task(spend(budget, 2052))
    await asyncio.sleep(1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await spend(budget, 2000)
    assert elapsed_s() == pytest.approx(50.22, abs=0.002)
    assert budget.snapshot().spent == 2000


async def test_a_turn_that_comes_with_the_cancellation_is_given_back(clock: Clock) -> None:
    """The lease was granted in the very step in which its taker was cancelled."""
    budget = WeightBudget(clock, max_in_flight=1)
    await spend(budget, 1)
    async with budget.lease(1) as lease:
        lease.sent()
        waiting = asyncio.create_task(spend(budget, 40))
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (budget.snapshot().in_flight, budget.snapshot().spent) == (0, 2)


async def test_a_lease_left_before_sending_costs_nothing(clock: Clock) -> None:
    """The breaker may refuse after the weight was granted."""
    budget = WeightBudget(clock)
    async with budget.lease(40):
        assert budget.snapshot().spent == 40
    assert budget.snapshot().spent == 0


async def test_a_hold_keeps_all_until_its_end(clock: Clock) -> None:
    """After a 429 all wait; then one request reads the counter before the others go."""
    budget = WeightBudget(clock)
    await spend(budget, 1)
    budget.hold(clock.now_ms() + 30_000)
    assert budget.is_held
    await asyncio.gather(*(spend(budget, 1) for _ in range(5)))
    assert elapsed_s() == pytest.approx(0.12 + 30 + 0.24, abs=0.005)


async def test_those_turned_away_are_told_why(clock: Clock) -> None:
    """A ban ends the wait of everybody at once."""
    budget = WeightBudget(clock)
    await spend(budget, 2052)
    waiting = [asyncio.create_task(spend(budget, 10)) for _ in range(3)]
    await asyncio.sleep(1)
    budget.turn_away(lambda: IPBanned("venue.test", 120, until_ms=0))
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [IPBanned] * 3
    assert budget.snapshot().waiting == 0


async def test_the_venues_own_limit_replaces_the_default(clock: Clock) -> None:
    """The testnet allows 6,000."""
    budget = WeightBudget(clock)
    budget.set_limit(6000)
    await spend(budget, 2160)
    await spend(budget, 2160)
    assert elapsed_s() == pytest.approx(0.24)
    assert repr(budget) == "<WeightBudget 4320/5400 spent, 0 in flight, 0 waiting>"

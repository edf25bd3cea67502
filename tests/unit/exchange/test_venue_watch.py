"""Tests of the watch between cycles, in virtual time."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import pytest

from eliteflow.clock import Clock
from eliteflow.config import RestSettings, Settings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.model.priority import Priority
from eliteflow.model.series import Series
from eliteflow.model.spend import Spend
from eliteflow.model.timeframe import Timeframe
from tests.unit.exchange.scripted_venue import ScriptedVenue, venue_error

MINUTE = 60_000
RESTRICTED = venue_error(451, 0, "Service unavailable from a restricted location")


def program(venue: ScriptedVenue, clock: Clock, folder: Path) -> BinanceClient:
    """One program of the user."""
    return BinanceClient(Settings(rest=RestSettings(state_dir=str(folder))), transport=venue, clock=clock)


async def watch_for(seconds: float, *clients: BinanceClient) -> None:
    """Let programs watch for a while."""
    watches = [asyncio.create_task(client.watch()) for client in clients]
    await asyncio.sleep(seconds)
    for watch in watches:
        watch.cancel()
    await asyncio.gather(*watches, return_exceptions=True)


async def test_each_minute_ends_with_one_look(clock: Clock, tmp_path: Path) -> None:
    """Whatever others spend late in a minute is seen before the next burst."""
    venue = ScriptedVenue(clock)
    venue.others = {clock.now_ms() // MINUTE + 1: 720}
    client = program(venue, clock, tmp_path)
    await watch_for(170, client)
    assert [request.path for request in venue.requests] == ["/fapi/v1/ping"] * 3
    assert [sent_ms % MINUTE for sent_ms in venue.sent_ms] == pytest.approx([58_400] * 3, abs=5)
    assert client.snapshot().weight.others_peak == 720
    assert client.spend() == Spend(requests=0, weight=0)


async def test_a_minute_that_is_spent_ends_with_its_look(clock: Clock, tmp_path: Path) -> None:
    """However much older history waits for the next one: just then it matters what others add."""
    venue = ScriptedVenue(clock, limit=240)
    venue.others = {clock.now_ms() // MINUTE + 1: 30}
    client = program(venue, clock, tmp_path)
    client.budget.set_limit(240)

    def older(number: int) -> Coroutine[None, None, Series]:
        return client.fetch_series(f"S{number}USDT", Timeframe.M5, limit=499, priority=Priority.BACKFILL)

    fetches = [asyncio.create_task(older(number)) for number in range(250)]
    await watch_for(118, client)
    assert client.snapshot().weight.waiting > 0
    assert [request.path for request in venue.requests].count("/fapi/v1/ping") == 2
    assert client.snapshot().weight.others_peak == 30
    for fetch in fetches:
        fetch.cancel()
    await asyncio.gather(*fetches, return_exceptions=True)


async def test_of_several_programs_one_looks(clock: Clock, tmp_path: Path) -> None:
    """The others tell what they spent, and learn what it saw."""
    venue = ScriptedVenue(clock)
    venue.others = {clock.now_ms() // MINUTE: 500}
    clients = [program(venue, clock, tmp_path) for _ in range(3)]
    await asyncio.gather(*(client.get_server_time() for client in clients))
    await watch_for(115, *clients)
    assert [request.path for request in venue.requests[3:]] == ["/fapi/v1/ping"] * 2
    assert [client.snapshot().weight.others_peak for client in clients] == [500] * 3


async def test_without_a_book_each_program_looks(clock: Clock) -> None:
    """Unshared budgets know of each other by the counter alone."""
    folder = Path("/proc/nobody/may/write/here")
    venue = ScriptedVenue(clock)
    await watch_for(55, program(venue, clock, folder), program(venue, clock, folder))
    assert len(venue.requests) == 2


async def test_the_venues_time_is_learnt_every_hour(clock: Clock, tmp_path: Path) -> None:
    """Four requests: one opens the connection, three are samples."""
    venue = ScriptedVenue(clock)
    client = program(venue, clock, tmp_path)
    await client.synchronise_clock()
    await watch_for(2 * 3_600 + 150, client)
    assert [request.path for request in venue.requests].count("/fapi/v1/time") == 12


async def test_a_look_that_fails_is_left_out(clock: Clock, tmp_path: Path) -> None:
    """Nothing is raised, and a venue that refuses this place is asked ever more seldom."""
    venue = ScriptedVenue(clock, *[RESTRICTED] * 20)
    await watch_for(1_000, program(venue, clock, tmp_path))
    asked_s = [round((sent_ms - venue.sent_ms[0]) / 1000) for sent_ms in venue.sent_ms]
    assert asked_s == [0, 120, 300, 600]


async def test_a_venue_that_hangs_does_not_hold_up_the_next_look(clock: Clock, tmp_path: Path) -> None:
    """The answer of a look is worth waiting for only until the minute ends."""
    venue = ScriptedVenue(clock, latency_s=30)
    await watch_for(170, program(venue, clock, tmp_path))
    assert len(venue.requests) == 3

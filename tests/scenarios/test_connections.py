"""Connections of a whole market that break, or are replaced, around its closes: 530 contracts, no bar is missing.

`ELITEFLOW_SCENARIO_SEEDS=20` breaks them in so many other orders, at other moments.
"""

import os
from pathlib import Path
from random import Random

import pytest

from eliteflow.config import StreamSettings
from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.stream_settings import StreamSettings as VenueSettings
from eliteflow.exchange.streams.stream_plan import HEARTBEAT
from tests.scenarios.known_market import KnownMarket
from tests.scenarios.live_world import MINUTE_MS, START_MS, kline_requests

SEEDS = int(os.environ.get("ELITEFLOW_SCENARIO_SEEDS", "1"))

FIVE_MS = 5 * MINUTE_MS
HOUR_MS = START_MS - 10_000 + 60 * MINUTE_MS
CONNECTIONS = 4


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_ten_seconds_after_a_connection_breaks_no_closed_bar_is_missing(tmp_path: Path, seed: int) -> None:
    """Each of them once at any moment of a bar, and once within five seconds of a close."""
    world, dice = KnownMarket(tmp_path, start_ms=HOUR_MS - FIVE_MS - 10_000), Random(seed)
    async with world.cycling() as program:
        streams = carried(world)
        for connection in range(CONNECTIONS):
            close_ms = HOUR_MS + connection * FIVE_MS
            any_ms = close_ms - dice.randrange(20_000, 280_000)
            near_ms = close_ms + dice.randrange(-5_000, 5_000)
            for moment_ms, broken in ((any_ms, connection), (near_ms, (connection + 1) % CONNECTIONS)):
                await world.pass_until(moment_ms)
                world.venue.faults.add(FaultRule("drop", stream=streams[broken], count=1), moment_ms)
                await world.pass_until(moment_ms + 10_000)
                # What closed less than 5 s ago may still be on its way; that is the next bar's concern.
                assert world.differences(program, closed_for_ms=5_000) == []
        await world.pass_until(close_ms + 16_000)
        assert world.differences(program) == []
        assert [connection.reconnects for connection in program.streams.snapshot().connections] == [2] * CONNECTIONS
        assert (program.upkeep.gaps.open, program.upkeep.gaps.down) == (0, 0)
        assert sum(close.lost for close in program.upkeep.closes) == 0


async def test_connections_are_replaced_around_a_close_without_a_gap_or_a_request(tmp_path: Path) -> None:
    """Before the venue ends them; every bar of the close comes over one connection or the other."""
    stream = StreamSettings(stale_s=75, rollover_h=5.5 / 60)
    world = KnownMarket(tmp_path, stream=stream, start_ms=HOUR_MS - FIVE_MS - 10_000)
    world.venue.desk.settings = VenueSettings(kline_push_ms=50_000, life_ms=350_000)
    async with world.cycling() as program:
        first = {*world.venue.desk.sessions}
        await world.pass_until(HOUR_MS - MINUTE_MS)
        assert {*world.venue.desk.sessions} == first
        before = kline_requests(world) - program.upkeep.audits
        await world.pass_until(HOUR_MS + MINUTE_MS)
        assert len(world.venue.desk.sessions) == CONNECTIONS
        assert first.isdisjoint(world.venue.desk.sessions)
        close, gaps = program.upkeep.closes[-1], program.upkeep.gaps
        assert (close.boundary_ms, close.bars, close.fetched, close.final_after[3]) == (HOUR_MS, 3 * 530, 0, 1.0)
        assert [connection.reconnects for connection in program.streams.snapshot().connections] == [0] * CONNECTIONS
        assert (gaps.open, gaps.down, gaps.repaired_total) == (0, 0, 0)
        assert kline_requests(world) - program.upkeep.audits == before
        assert world.differences(program) == []


def carried(world: KnownMarket) -> list[str]:
    """Return for each connection one stream that it alone carries, now and later."""
    sessions = world.venue.desk.sessions.values()
    return [next(name for name in session.streams if name != HEARTBEAT) for session in sessions]

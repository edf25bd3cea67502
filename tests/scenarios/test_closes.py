"""Closes of a whole market, 530 contracts in 1h, 15m and 5m: how soon all bars are final, and who is told what is not.

`ELITEFLOW_SCENARIO_CLOSES=60` lives through so many closes more.
"""

import os
from pathlib import Path

import pytest

from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.opening import GENERATED
from tests.scenarios.known_market import FinalBars, KnownMarket
from tests.scenarios.live_world import MINUTE_MS, PUSHES, START_MS

MORE = int(os.environ.get("ELITEFLOW_SCENARIO_CLOSES", "0"))

FIVE_MS = 5 * MINUTE_MS
HOUR_MS = START_MS - 10_000 + 60 * MINUTE_MS
"""A close of all three timeframes."""

BEGIN_MS = HOUR_MS - FIVE_MS - 10_000
"""One close before it passes first: that nobody traded in a bar is known only of one heard from its beginning."""

WAY = f"""{PUSHES}
[[fault]]                # from the venue to us, as over any network
kind = "stream_delay"
delay_s = 0.04
jitter_s = 0.06
"""

LOST_AND_LATE = f"""{WAY}
[[fault]]
kind = "final_lost"
probability = 0.01

[[fault]]
kind = "final_late"
delay_s = 20
probability = 0.01
"""


@pytest.mark.parametrize("is_recorded", [False, pytest.param(True, marks=pytest.mark.recorded)])
async def test_bars_are_final_half_a_second_after_the_venue_says_so(
    tmp_path: Path, recorded_data: Path, is_recorded: bool
) -> None:
    """It does 2 s after a close, and never of the three or so symbols that nobody traded; nothing is fetched."""
    market = str(recorded_data / "market530") if is_recorded else GENERATED
    world = KnownMarket(tmp_path, WAY, market=market, start_ms=BEGIN_MS)
    quiet = []
    async with world.cycling() as program:
        final = FinalBars(world, program)
        for boundary_ms in range(HOUR_MS, HOUR_MS + (2 + MORE) * FIVE_MS, FIVE_MS):
            await world.pass_until(boundary_ms + 15_000)
            assert final.share_final(boundary_ms, 2_500) >= 0.999
            assert world.differences(program) == []
            close, report = program.upkeep.closes[-1], program.report
            assert (close.boundary_ms, close.fetched, report.failed, report.requests) == (boundary_ms, 0, 0, 0)
            quiet.append(len(world.quiet(boundary_ms)))
            assert close.inferred == quiet[-1]
    assert quiet[:2] == ([3, 3] if is_recorded else [4, 3])


async def test_lost_and_late_finals_are_there_15_s_after_their_close_and_named_at_5_s(tmp_path: Path) -> None:
    """One in a hundred each. Where REST is slow too, the cycle waits no longer, and names exactly what lacks."""
    world = KnownMarket(tmp_path, LOST_AND_LATE, start_ms=BEGIN_MS)
    async with world.cycling() as program:
        final = FinalBars(world, program)
        for boundary_ms in range(HOUR_MS - FIVE_MS, HOUR_MS + (1 + MORE) * FIVE_MS, FIVE_MS):
            is_slow = boundary_ms % (2 * FIVE_MS) == 0
            if is_slow:
                slow = FaultRule(
                    "delay", path="/fapi/v1/klines", delay_s=4, begin_ms=boundary_ms, end_ms=boundary_ms + 9_000
                )
                world.venue.faults.add(slow, world.clock.now_ms())
            await world.pass_until(boundary_ms + 15_000)
            lacking = final.lacking(boundary_ms, 5_000)
            assert bool(lacking) is is_slow
            assert program.scheduler.last_outcome is not None
            assert program.scheduler.last_outcome.errors.keys() == {symbol for _, symbol in lacking}
            assert program.upkeep.closes[-1].missing == len(lacking)
            assert final.lacking(boundary_ms, 15_000) == []
            assert world.differences(program) == []

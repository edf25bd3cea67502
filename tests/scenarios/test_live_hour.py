"""A live program for a simulated hour: whatever the venue does, every closed bar ends as the venue's own."""

import os
from pathlib import Path

import pytest

from eliteflow.emulator.revisions import RevisionOrder
from tests.scenarios.live_world import MINUTE_MS, PUSHES, START_MS, LiveWorld, kline_requests

HOUR_MS = 60 * MINUTE_MS
HOURS = float(os.environ.get("ELITEFLOW_SCENARIO_HOURS", "1"))

TROUBLE = f"""{PUSHES}
[[fault]]                # one final kline in fifty is 28 s late
kind = "final_late"
delay_s = 28
probability = 0.02

[[fault]]                # one in fifty never comes
kind = "final_lost"
probability = 0.02

[[fault]]
kind = "final_duplicated"
probability = 0.1

[[fault]]                # followed by an older state of its bar
kind = "final_disordered"
probability = 0.1

[[fault]]                # a connection breaks in the middle of a bar, again and again
kind = "drop"
probability = 0.0002

[[fault]]                # damaged frames
kind = "frame_malformed"
probability = 0.001

[[fault]]                # REST lacks a bar's last trades for four seconds
kind = "unfinal"
delay_s = 4
probability = 0.2

[[fault]]                # and fails now and then
kind = "503b"
path = "/fapi/v1/klines"
probability = 0.02

[[fault]]                # at one close, nothing comes by any way
kind = "silent"
interval = "5m"
begin_s = 1700
end_s = 1900

[[fault]]
kind = "503b"
path = "/fapi/v1/klines"
begin_s = 1700
end_s = 1900

[[listing]]
list_in_s = 700

[[listing]]
symbol = "XRPUSDT"
delist_in_s = 1500
"""


async def test_an_hour_without_trouble_needs_no_request_after_the_first_fill(tmp_path: Path) -> None:
    """Streams close every bar, 15m and 1h follow from 5m; what is sent besides deepens history and audits."""
    world = LiveWorld(tmp_path)
    async with world.running() as program:
        await program.scheduler.run(13)
        closes = program.upkeep.closes
        assert [close.boundary_ms for close in closes] == [
            START_MS - START_MS % (5 * MINUTE_MS) + 5 * MINUTE_MS * number for number in range(1, 13)
        ]
        assert all(close.final_after[2] == 1.0 and not close.fetched for close in closes)
        report = program.report
        assert (report.succeeded, report.requests, report.cache_hit_rate) == (12, 0, 1.0)
        assert program.differences() == []
        deepened, audits = 3 * 12, program.upkeep.audits
        assert kline_requests(world) == 3 * 12 + deepened + audits


async def test_whatever_happens_every_closed_bar_ends_as_the_venues_own(tmp_path: Path) -> None:
    """Drops, late, lost, doubled and disordered finals, damaged frames, revisions, a listing and a delisting."""
    world = LiveWorld(tmp_path, TROUBLE)
    for number in range(20):
        symbol, bars_ago, in_s = ("BTCUSDT", "ETHUSDT", "ZECUSDT")[number % 3], 1 + 4 * number, 120 * number + 33
        world.steering.revise(RevisionOrder(symbol=symbol, bars_ago=bars_ago, ticks=3, in_s=in_s), START_MS)
    async with world.running() as program:
        await program.scheduler.run(round(HOURS * 12) + 1)
        await world.audited(program)
        assert program.differences() == []
        upkeep = program.upkeep
        assert upkeep.mismatches > 0
        assert (upkeep.gaps.repaired_total > 0, upkeep.gaps.open, upkeep.gaps.down) == (True, 0, 0)
        assert sum(close.lost > 0 for close in upkeep.closes) == 1
        assert sum(close.final_after[10] < 1.0 for close in upkeep.closes) <= 3
        assert world.venue.limits.client("127.0.0.1").violations == 0


@pytest.mark.parametrize("connection", range(3))
async def test_a_dropped_connection_leaves_no_bar_missing(tmp_path: Path, connection: int) -> None:
    """Ten seconds after the next close everything is there, whenever it broke."""
    world = LiveWorld(tmp_path, PUSHES, symbols=12)
    async with world.running() as program:
        await program.scheduler.run_cycle()
        boundary_ms = START_MS - START_MS % (5 * MINUTE_MS) + 5 * MINUTE_MS
        await world.pass_until(boundary_ms + (-40_000, -300, 1_000)[connection])
        world.drop()
        await world.pass_until(boundary_ms + 10_000)
        assert program.differences() == []
        (close,) = program.upkeep.closes
        assert (close.boundary_ms, close.lost) == (boundary_ms, 0)


async def test_bars_in_progress_come_from_streams_and_from_rest_while_those_are_down(tmp_path: Path) -> None:
    """Mid-bar, in all three timeframes, the last row is the bar in progress, without a request."""
    world = LiveWorld(tmp_path, "[streams]\nkline_push_ms = 250\n", symbols=3)
    async with world.running() as program:
        await program.scheduler.run_cycle()
        await world.pass_until(START_MS + 17 * MINUTE_MS + 30_000)
        for lost in (False, True):
            if lost:
                world.drop()
                world.refuse_streams()
                await world.pass_until(world.clock.now_ms() + 2_000)
            before = kline_requests(world)
            market = await program.pipeline.batch_get_multi_timeframe_data(["BTCUSDT"], limit=5, include_forming=True)
            assert (kline_requests(world) > before) is lost
            for timeframe, frame in market["BTCUSDT"].items():
                assert frame["closed"].tolist() == [1, 1, 1, 1, 0]
                forming = world.in_progress("BTCUSDT", timeframe)
                assert frame["open"].iloc[-1] == forming[0]
                assert frame["trades"].iloc[-1] == pytest.approx(forming[6], rel=0.01)

"""Streams of a whole market that are refused for some closes: REST at every one of them, and back without help."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from eliteflow.config import Settings, TelemetrySettings
from eliteflow.emulator.faults import FaultRule
from eliteflow.errors import ExchangeUnreachable
from eliteflow.operations.watch.live_status import WatchedParts
from eliteflow.operations.watch.monitor import Monitor
from eliteflow.testing.emulated_frames import EmulatedConnection, EmulatedFrames
from tests.scenarios.known_market import FinalBars, KnownMarket
from tests.scenarios.live_world import MINUTE_MS, START_MS, Program

FIVE_MS = 5 * MINUTE_MS
HOUR_MS = START_MS - 10_000 + 60 * MINUTE_MS
"""A close of all three timeframes, the second of three without streams."""

BEGIN_MS = HOUR_MS - 2 * FIVE_MS - 10_000
CLOSES = 3
MOST_WEIGHT = 2_160  # nine tenths of what the venue allows in a clock minute
LONGEST_PAUSE_MS = 30_000


class RefusableFrames(EmulatedFrames):
    """The venue's streams, which can be out of reach."""

    is_refusing = False

    async def connect(self, path: str, *, timeout_s: float) -> EmulatedConnection:
        """Open a connection, or raise ExchangeUnreachable as one does where nobody listens."""
        if self.is_refusing:
            raise ExchangeUnreachable(self.host, "connection refused")
        return await super().connect(path, timeout_s=timeout_s)


class RefusingMarket(KnownMarket):
    """A known market whose streams can be refused."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, start_ms=BEGIN_MS)
        self.frames: RefusableFrames = RefusableFrames(self.venue.desk, self.clock.now_ms, beat_s=0.25)

    def refuse(self) -> None:
        """Break every connection, and let nobody in."""
        self.frames.is_refusing = True
        sessions = len(self.venue.desk.sessions)
        self.venue.faults.add(FaultRule("drop", count=sessions), self.clock.now_ms())


@asynccontextmanager
async def watched(program: Program, world: KnownMarket) -> AsyncIterator[None]:
    """Let the program be watched as `eliteflow run` is."""
    monitor = Monitor(Settings(telemetry=TelemetrySettings(enabled=False)), world.clock, sinks=[])
    parts = WatchedParts(program.client, program.pipeline, program.scheduler, program.streams, program.cache)
    task = asyncio.create_task(monitor.run(parts))
    yield
    task.cancel()
    await asyncio.wait([task])


async def test_without_streams_every_close_is_whole_over_rest_until_they_are_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """530 contracts complete 5 s after each close, within the budget; said once in the log and in every report."""
    caplog.set_level(logging.INFO, "eliteflow.Watchman")
    world = RefusingMarket(tmp_path)
    async with world.cycling() as program, watched(program, world):
        final = FinalBars(world, program)
        await world.pass_until(BEGIN_MS + MINUTE_MS)
        world.refuse()
        for boundary_ms in range(HOUR_MS - FIVE_MS, HOUR_MS + (CLOSES - 1) * FIVE_MS, FIVE_MS):
            await world.pass_until(boundary_ms + 15_000)
            assert final.lacking(boundary_ms, 5_000) == []
            assert world.differences(program) == []
            report = program.report
            assert (report.succeeded, report.failed, report.degraded) == (530, 0, True)
            assert program.upkeep.closes[-1].boundary_ms == boundary_ms
        world.frames.is_refusing = False
        await world.pass_until(world.clock.now_ms() + LONGEST_PAUSE_MS + 10_000)
        assert program.upkeep.down == 0
        await world.pass_until(boundary_ms + 2 * FIVE_MS + 15_000)  # the first whole bar that streams bring
        close, report = program.upkeep.closes[-1], program.report
        assert (report.succeeded, report.degraded, close.fetched, close.final_after[3]) == (530, False, 0, 1.0)
        assert world.differences(program) == []
        assert program.upkeep.gaps.open == 0
    client = world.venue.limits.client("127.0.0.1")
    assert client.statuses[429] == 0
    assert max(client.weight_by_minute.values()) <= MOST_WEIGHT
    began, ended = (record.getMessage() for record in caplog.records if record.name.endswith("Watchman"))
    assert began.startswith("amiss (streams_down): 530 of 530")
    assert ended.startswith("no longer amiss: streams_down")

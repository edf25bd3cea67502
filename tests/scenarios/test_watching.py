"""A program is watched through a ban, a silent hour and midnight, in virtual time."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from eliteflow.config import (
    DataSettings,
    NotifySettings,
    SchedulerSettings,
    Settings,
    StrategySettings,
    TelemetrySettings,
)
from eliteflow.emulator.faults import FaultRule
from eliteflow.errors import EliteflowError
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.operations.watch.live_status import WatchedParts
from eliteflow.operations.watch.monitor import Monitor
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from tests.scenarios.local_market import LocalMarket
from tests.unit.operations.notices.sinks import Inbox

SETTINGS = Settings(
    telemetry=TelemetrySettings(enabled=False),
    notify=NotifySettings(min_interval_s=1),
    scheduler=SchedulerSettings(trigger="interval", interval_s=60),
    strategy=StrategySettings(names=()),
    data=DataSettings(streams="off"),
)

MIDNIGHT_MS = 1_795_478_400_000  # 2026-11-24 00:00 UTC


class WatchedProgram:
    """A program over REST alone, with a monitor and a receiver of its notifications."""

    def __init__(self, market: LocalMarket) -> None:
        self.inbox = Inbox()
        self.client: BinanceClient = market.program()
        self.monitor = Monitor(SETTINGS, self.client.clock, sinks=[self.inbox])
        service = DataService(self.client)
        self.pipeline = UnifiedDataPipeline(self.client, settings=SETTINGS, data_service=service)
        self.scheduler = UnifiedScheduler(
            SETTINGS, self.client, service, data_pipeline=self.pipeline, observer=self.monitor.observer(None)
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let cycles run, a failed one being followed by the next, under the monitor's eyes."""
        await self.client.synchronise_clock()
        async with asyncio.TaskGroup() as tasks:
            jobs = (self.monitor.run(WatchedParts(self.client, self.pipeline, self.scheduler)), self._cycles())
            running = [tasks.create_task(job) for job in jobs]
            yield
            for task in running:
                task.cancel()

    async def _cycles(self) -> None:
        while True:
            with contextlib.suppress(EliteflowError):
                await self.scheduler.run_cycle()
            await asyncio.sleep(SETTINGS.scheduler.interval_s)


async def test_a_ban_is_told_with_its_end_and_counts_as_down(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One message when it begins and one when the market is of use again; in between the program is not ready."""
    caplog.set_level(logging.INFO, "eliteflow")
    market = LocalMarket(tmp_path)
    program = WatchedProgram(market)
    async with program.running():
        await asyncio.sleep(30)
        assert program.inbox.titles == []
        market.fault(FaultRule(kind="418", count=1, for_s=600))
        await asyncio.sleep(290)
        assert program.inbox.titles == ["eliteflow [SIMULATED]: something is amiss"]
        assert "has banned this address until" in program.inbox.messages[0].body
        await asyncio.sleep(900)
    assert program.inbox.titles[-1] == "eliteflow [SIMULATED]: all is well again"
    left = [record for record in caplog.records if "no longer amiss: banned" in record.getMessage()]
    assert len(left) == 1


async def test_each_midnight_brings_the_report_of_the_day(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Ten minutes before midnight and ten after: ten cycles belong to the old day, and nothing was down."""
    caplog.set_level(logging.INFO, "eliteflow.Watchman")
    program = WatchedProgram(LocalMarket(tmp_path, MIDNIGHT_MS - 600_000))
    async with program.running():
        await asyncio.sleep(1_200)
    [record] = [record for record in caplog.records if record.getMessage().startswith("day ")]
    assert record.getMessage().startswith("day 2026-11-23 [SIMULATED]: 10 cycles, 0 failed, 0 missed")
    [message] = program.inbox.messages
    assert message.title == "eliteflow [SIMULATED]: the day 2026-11-23"

"""The examples work."""

import asyncio
from pathlib import Path

import pytest
from examples.live_candles import watch

from eliteflow import WebSocketManager
from eliteflow.config import Settings, StrategySettings
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.pipeline.data_service import DataService
from eliteflow.scheduler.detached_threads import AtOnce
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from eliteflow.testing.emulated_frames import EmulatedFrames
from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.unit.scheduler.market_client import FakeMarket

START_MS = 1_795_420_810_000  # 2026-11-23 08:00:10 UTC
EXAMPLES = Path(__file__).parents[2] / "examples"


def test_live_candles_are_printed_as_they_close(capsys: pytest.CaptureFixture[str]) -> None:
    """With what is complete, and each bar once."""

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        clock = loop.clock(START_MS)
        desk = open_venue(EmulatorOptions(symbols=2), START_MS).desk
        manager = WebSocketManager(source=EmulatedFrames(desk, clock.now_ms), clock=clock)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch(manager, ["BTCUSDT", "ETHUSDT"]))
            await asyncio.sleep(600)
            await manager.aclose()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scene())
    first, *closed = capsys.readouterr().out.splitlines()
    assert first.startswith("2 symbols are complete from 17954208")
    assert [line.split()[0] for line in closed] == ["BTCUSDT", "ETHUSDT"] * 2


async def test_the_strategy_of_20_lines_gives_signals_in_a_cycle() -> None:
    """It is found by the name that it tells, and its class is short enough for its own."""
    market = FakeMarket(*(f"C{number:02}USDT" for number in range(10)))
    settings = Settings(strategy=StrategySettings(names=("examples.strategy_20_lines:Dip",)))
    scheduler = UnifiedScheduler(settings, market, DataService(market, clock=market.clock), strategy_executor=AtOnce())
    report = await scheduler.run_cycle()
    outcome = scheduler.last_outcome
    assert outcome is not None
    assert outcome.funnels["dip"].total == outcome.funnels["dip"].data == 10
    assert report.signals == outcome.funnels["dip"].signal > 0
    source = (EXAMPLES / "strategy_20_lines.py").read_text("utf-8")
    assert len(source[source.index("class Dip") :].splitlines()) <= 20

"""Everything that watches a program runs beside it, and ends with it."""

import asyncio
import contextlib
import logging

import aiohttp
import pytest
from msgspec.structs import replace

from eliteflow.clock import Clock
from eliteflow.config import NotifySettings, TelemetrySettings
from eliteflow.errors import ConfigError
from eliteflow.operations.watch.monitor import Monitor
from tests.unit.operations.judgements import JUDGED
from tests.unit.operations.notices.sinks import Inbox
from tests.unit.operations.watch.test_cycle_watch import Witness
from tests.unit.operations.watch.watched_program import SETTINGS, parts_at

pytestmark = pytest.mark.loopback


class Listener(logging.Handler):
    """Waits for the line that says where the program is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.address: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def emit(self, record: logging.LogRecord) -> None:
        """Take the address."""
        self.address.set_result(record.getMessage().split()[4])


async def test_a_run_is_served_until_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    """Status and metrics while it runs; no task and no socket after it."""
    caplog.set_level(logging.INFO, "eliteflow.Telemetry")
    listener, clock = Listener(), Clock()
    logging.getLogger("eliteflow.Telemetry").addHandler(listener)
    monitor = Monitor(replace(SETTINGS, telemetry=TelemetrySettings(port=0)), clock, sinks=[])
    running = asyncio.create_task(monitor.run(parts_at(clock)))
    address = await listener.address
    logging.getLogger("eliteflow.Telemetry").removeHandler(listener)
    async with aiohttp.ClientSession() as session, session.get(f"{address}/readyz") as response:
        assert response.status == 503  # nothing was fetched yet
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert len(asyncio.all_tasks()) == 1
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{address}/readyz")


async def test_a_monitor_observes_beside_whoever_else_does() -> None:
    """And tells of new signals; once, whatever ends."""
    clock, inbox, witness = Clock(), Inbox(), Witness()
    monitor = Monitor(replace(SETTINGS, telemetry=TelemetrySettings(enabled=False)), clock, sinks=[inbox])
    running = asyncio.create_task(monitor.run(parts_at(clock)))
    monitor.observer(witness).cycle_finished(JUDGED)
    await asyncio.sleep(0.01)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert witness.told == [JUDGED]
    assert inbox.titles == ["eliteflow [SIMULATED]: 1 new signals"]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_an_address_that_nobody_understands_ends_the_program_at_its_start() -> None:
    """Not after a day, when the first message is due."""
    with pytest.raises(ConfigError, match=r"notify\.urls"):
        Monitor(replace(SETTINGS, notify=NotifySettings(urls=("nonsense://x",))), Clock())

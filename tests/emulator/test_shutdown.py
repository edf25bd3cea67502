"""A whole program leaves nothing behind when it ends."""

import asyncio
import gc
import os
import threading
from pathlib import Path

import pytest

from eliteflow.app import open_app
from eliteflow.config import Settings, StoreSettings, TelemetrySettings, VenueSettings
from eliteflow.operations.emulator_process import EmulatorAddress

pytestmark = pytest.mark.emulator


def open_descriptors() -> int:
    """Return how many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))


def our_threads() -> set[threading.Thread]:
    """Return all threads but those of the loop's own pool, which grows as it likes and ends with the loop."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}


async def live_run(address: EmulatorAddress, folder: Path) -> None:
    """Open everything that `eliteflow run` opens, let one cycle pass with streams live, and close it."""
    settings = Settings(
        venue=VenueSettings(environment="emulator", rest_url=address.rest_url, ws_url=address.ws_url),
        store=StoreSettings(path=str(folder)),
        telemetry=TelemetrySettings(port=0),
    )
    async with open_app(settings, is_live=True) as app:
        report = await app.scheduler.run_cycle()
        assert report.failed == 0
        assert app.streams is not None
        async with asyncio.timeout(20):
            while app.streams.snapshot().live < report.symbols:  # noqa: ASYNC110  # nothing signals it from outside
                await asyncio.sleep(0.05)


async def test_no_task_thread_or_descriptor_is_left(venue: EmulatorAddress, tmp_path: Path) -> None:
    """Streams, HTTP server, disk cache, ledger and watchers all end; the second run finds what the first one left."""
    await live_run(venue, tmp_path)  # what is loaded once, as time zones and libraries, stays
    gc.collect()
    tasks, threads, descriptors = asyncio.all_tasks(), our_threads(), open_descriptors()
    await live_run(venue, tmp_path)
    gc.collect()
    assert asyncio.all_tasks() == tasks
    assert our_threads() == threads
    assert open_descriptors() == descriptors

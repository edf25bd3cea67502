"""Everything about the exchange runs in virtual time, but what needs real sockets."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from eliteflow.clock import Clock
from eliteflow.testing.virtual_time import VirtualTimeLoop

# 2026-11-23 08:00:10 UTC.
START_MS = 1_795_420_810_000


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Choose the loop of a test."""
    if item.get_closest_marker("loopback"):
        return {"real": asyncio.new_event_loop}
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def clock() -> Clock:
    """Venue time in step with the loop's, ten seconds into a minute."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop.clock(START_MS)

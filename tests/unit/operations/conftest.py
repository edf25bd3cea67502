"""What waits runs in virtual time, but what needs real sockets."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from eliteflow.clock import Clock
from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.unit.operations.statuses import NOW_MS


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Choose the loop of a test."""
    if item.get_closest_marker("loopback"):
        return {"real": asyncio.new_event_loop}
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def clock() -> Clock:
    """Venue time in step with the loop's."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop.clock(NOW_MS)

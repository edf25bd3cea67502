"""Scenarios run in virtual time: a day of the venue takes seconds."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from eliteflow.testing.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every scenario has a loop of virtual time."""
    return {"virtual": VirtualTimeLoop}

"""A venue of its own for each file of tests."""

import asyncio
from collections.abc import Iterator

import pytest

from eliteflow.operations.emulator_process import EmulatorAddress, emulator_process
from tests.emulator.program import SYMBOLS


@pytest.fixture(scope="module")
def venue() -> Iterator[EmulatorAddress]:
    """A small venue without latency, for the whole module."""
    with asyncio.Runner() as runner:
        manager = emulator_process(("--symbols", str(SYMBOLS), "--latency-ms", "0", "--young", "1"))
        address = runner.run(manager.__aenter__())
        yield address
        runner.run(manager.__aexit__(None, None, None))

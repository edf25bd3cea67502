"""What runs beside a program's work."""

import asyncio

import pytest

from eliteflow.app import beside
from eliteflow.errors import ConfigError


class Job:
    """A job without an end."""

    def __init__(self) -> None:
        self.state = "not begun"

    async def run(self) -> None:
        """Run until cancelled."""
        self.state = "running"
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.state = "ended"


async def test_the_job_runs_as_long_as_the_block() -> None:
    """And no task is left."""
    job = Job()
    async with beside(job.run()):
        await asyncio.sleep(0)
        assert job.state == "running"
    assert job.state == "ended"
    assert len(asyncio.all_tasks()) == 1


async def test_an_error_of_the_block_comes_out_as_it_is() -> None:
    """Not in a group: its exit status and sentence are the program's."""
    job = Job()

    async def work() -> None:
        async with beside(job.run()):
            await asyncio.sleep(0)
            raise ConfigError("x", "y")

    with pytest.raises(ConfigError):
        await work()
    assert job.state == "ended"


async def test_a_mistake_in_the_job_ends_the_block() -> None:
    """It does not die in silence."""

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as raised:
        async with beside(fail()):
            await asyncio.get_running_loop().create_future()
    assert raised.group_contains(ZeroDivisionError)


async def test_a_cancelled_block_is_cancelled() -> None:
    """Ctrl-C ends both."""
    job = Job()

    async def work() -> None:
        async with beside(job.run()):
            await asyncio.get_running_loop().create_future()

    working = asyncio.create_task(work())
    await asyncio.sleep(0.001)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert job.state == "ended"

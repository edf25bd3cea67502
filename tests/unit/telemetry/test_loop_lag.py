"""How late the loop wakes sleepers."""

import asyncio
import contextlib

from eliteflow.telemetry.loop_lag import LoopLag
from eliteflow.testing.virtual_time import VirtualTimeLoop


def test_a_loop_that_is_blocked_wakes_late_and_is_caught() -> None:
    """A second without a block is twenty wakings on time; one block of 0.2 s is one late one."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualTimeLoop)
        lag = LoopLag(loop.clock(0))

        async def scenario() -> None:
            task = loop.create_task(lag.run())
            await asyncio.sleep(1.01)
            assert lag.snapshot().count == 20
            assert lag.snapshot().largest < 0.001
            loop._pass(0.2)  # as a callback that computes for so long
            await asyncio.sleep(0.1)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        runner.run(scenario())
        assert 0.15 <= lag.snapshot().largest <= 0.2

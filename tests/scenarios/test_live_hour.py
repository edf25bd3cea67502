"""A live program for a simulated hour: whatever the venue does, every closed bar ends as the venue's own."""

import asyncio
from pathlib import Path

from tests.scenarios.live_world import MINUTE_MS, START_MS, LiveWorld, kline_requests

HOUR_MS = 60 * MINUTE_MS


async def test_an_hour_without_trouble_needs_no_request_after_the_first_fill(tmp_path: Path) -> None:
    """Streams close every bar, 15m and 1h follow from 5m, and all of it equals the venue's own rows."""
    world = LiveWorld(tmp_path)
    async with world.running() as program:
        await program.scheduler.run_cycle()
        filled = kline_requests(world)
        assert filled == 3 * 12
        async with asyncio.timeout(2 * 3600):
            cycles = asyncio.create_task(program.scheduler.run(13))
            await cycles
        await world.pass_until(START_MS + HOUR_MS + 5 * MINUTE_MS)
        assert program.differences() == []
        assert kline_requests(world) == filled

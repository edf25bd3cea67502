"""A machine whose clock is wrong: nothing that users see changes."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from tests.scenarios.local_market import DAY_MS, LocalMarket


@pytest.mark.parametrize("machine_off_ms", [3_000, -3_000, 3 * DAY_MS, -3 * DAY_MS])
async def test_the_same_bars_come_at_the_same_time(tmp_path: Path, machine_off_ms: int) -> None:
    """Two programs on one network, one with a wrong clock, return the same closed bars; doctor can see the offset."""
    market = LocalMarket(tmp_path)
    right, wrong = market.program(), market.program(machine_off_ms=machine_off_ms)
    frames = []
    for program in (right, wrong):
        result = await UnifiedDataPipeline(program).batch_get_multi_timeframe_data(["BTCUSDT"], ["5m", "1h"], 50)
        frames.append(result["BTCUSDT"])
    for timeframe in ("5m", "1h"):
        np.testing.assert_array_equal(frames[0][timeframe].to_numpy(), frames[1][timeframe].to_numpy())
        assert frames[0][timeframe].index.equals(frames[1][timeframe].index)
    assert wrong.snapshot().machine_offset_ms == pytest.approx(-machine_off_ms, abs=5)


@pytest.mark.parametrize("machine_off_ms", [3_000, 3 * DAY_MS])
async def test_the_weight_is_counted_in_the_venues_minutes(tmp_path: Path, machine_off_ms: int) -> None:
    """A thousand requests more than a minute holds: what does not fit goes in the venue's next one, without a 429."""
    market = LocalMarket(tmp_path)
    program = market.program(machine_off_ms=machine_off_ms)
    await program.synchronise_clock()
    requests = (program.fetch_series("BTCUSDT", Timeframe.M5, limit=499) for _ in range(1_500))
    await asyncio.gather(*requests)
    limits = market.venue.limits.client("127.0.0.1")
    assert limits.violations == 0
    assert max(limits.weight_by_minute.values()) <= 2_160
    assert market.clock.now_ms() % 60_000 < 10_000


async def test_a_clock_that_is_set_while_the_program_runs_changes_nothing(tmp_path: Path) -> None:
    """Venue time is carried on by the steady clock; the machine's is looked at no more."""
    market = LocalMarket(tmp_path)
    program = market.program()
    await program.synchronise_clock()
    program.clock._wall_ms = lambda: 0  # the administrator sets it to 1970
    assert program.clock.now_ms() == pytest.approx(market.clock.now_ms(), abs=2)
    assert len(await program.fetch_series("BTCUSDT", Timeframe.H1, limit=50)) == 50

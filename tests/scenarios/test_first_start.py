"""The first start of all, with nothing on disk, at 120 ms: how soon 530 contracts are complete, and then deep.

`ELITEFLOW_SCENARIO_SEEDS=20` starts at so many other moments of an hour.
"""

import os
from pathlib import Path
from random import Random

import pytest

from eliteflow.pipeline.candle_store import CandleStore
from tests.scenarios.live_world import MINUTE_MS, PUSHES, START_MS, LiveWorld
from tests.scenarios.venue_truth import TIMEFRAMES, VenueTruth

SEEDS = int(os.environ.get("ELITEFLOW_SCENARIO_SEEDS", "1"))
MOST_WEIGHT = 2_160  # nine tenths of what the venue allows in a clock minute
FIVE_MS = 5 * MINUTE_MS
JUST_CLOSED_MS = 15_000
"""So long the bars of a close are its own concern."""


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_first_start_is_complete_in_2_5_s_and_deep_within_four_clock_minutes(tmp_path: Path, seed: int) -> None:
    """99 bars of each series, then 499, all the venue's own, and never too much of its weight."""
    start_ms = START_MS + (Random(seed).randrange(60 * MINUTE_MS) if seed else 0)
    world = LiveWorld(tmp_path, PUSHES, symbols=530, start_ms=start_ms)
    world.venue.market.warm(start_ms, 520)
    async with world.running() as program:
        report = await program.scheduler.run_cycle()
        assert world.clock.now_ms() - start_ms <= 2_500
        store, symbols = program.pipeline.store, program.data_service.all_symbols
        assert (report.succeeded, len(symbols)) == (530, 530)
        assert lacking(store, symbols, 99, report.as_of_ms) == 0
        while lacking(store, symbols, 499, world.clock.now_ms() - JUST_CLOSED_MS):
            await world.pass_until(world.clock.now_ms() + 1_000)
            assert world.clock.now_ms() // MINUTE_MS - start_ms // MINUTE_MS < 4
        await world.pass_until(world.clock.now_ms() // FIVE_MS * FIVE_MS + JUST_CLOSED_MS)
    assert max(world.venue.limits.client("127.0.0.1").weight_by_minute.values()) <= MOST_WEIGHT
    truth = VenueTruth(world.venue.market)
    truth.advance(world.clock.now_ms())
    assert [found for timeframe in TIMEFRAMES for found in truth.differences(timeframe, symbols, store)] == []


def lacking(store: CandleStore, symbols: list[str], bars: int, at_ms: int) -> int:
    """Return how many series lack one of the newest bars that had closed at `at_ms`; a young listing has fewer."""
    heads = {timeframe: timeframe.newest_closed_ms(at_ms) for timeframe in TIMEFRAMES}
    coverages = [store.coverage(timeframe, symbols, head_ms, bars) for timeframe, head_ms in heads.items()]
    return sum(int((coverage.missing > 0).sum()) for coverage in coverages)

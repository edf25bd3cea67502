"""Cycles start at closes or at intervals, and what overran is counted."""

from eliteflow.config import DataSettings, SchedulerSettings, Settings
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.cycle_pace import CyclePace
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource

CLOSE_MS = 1_763_888_400_000
M5_MS = Timeframe.M5.ms


def pace_at(now_ms: int, scheduler: SchedulerSettings) -> tuple[CyclePace, ManualClock]:
    """Return the pace of a program over two timeframes, and its clock."""
    clock = ManualClock(now_ms)
    data = DataSettings(timeframes=(Timeframe.H1, Timeframe.M5))
    pipeline = UnifiedDataPipeline(MemorySource(clock), clock=clock)
    return CyclePace(Settings(data=data, scheduler=scheduler), pipeline, clock), clock


async def test_a_cycle_starts_at_each_close_of_the_shortest_bar_once_it_may_be_asked_for() -> None:
    """The one before counts as of the last close; preparing comes before the wait."""
    pace, clock = pace_at(CLOSE_MS + 100_000, SchedulerSettings(trigger="close"))
    prepared: list[tuple[int, int]] = []

    async def prepare(start_ms: int) -> None:
        prepared.append((start_ms, clock.now_ms()))

    assert pace.first_start_ms() == CLOSE_MS
    assert await pace.next_start_ms(CLOSE_MS, prepare) == CLOSE_MS + M5_MS
    assert prepared == [(CLOSE_MS + M5_MS, CLOSE_MS + 100_000)]
    assert (clock.now_ms(), pace.missed) == (CLOSE_MS + M5_MS + 2_000, 0)


async def test_starts_that_a_cycle_overran_are_counted_and_left_out() -> None:
    """An interval of 5 s after a cycle of 12 s: two starts are missed."""
    pace, clock = pace_at(CLOSE_MS + 7, SchedulerSettings(trigger="interval", interval_s=5.0))

    async def prepare(start_ms: int) -> None:
        assert start_ms == CLOSE_MS + 7 + 15_000

    start_ms = pace.first_start_ms()
    clock.advance(12)
    assert await pace.next_start_ms(start_ms, prepare) == clock.now_ms() == CLOSE_MS + 7 + 15_000
    assert pace.missed == 2

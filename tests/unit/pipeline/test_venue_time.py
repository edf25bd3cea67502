"""The venue's time is learnt before anything is decided by it."""

import asyncio

import pytest

from eliteflow.clock import Clock, TimeSample
from eliteflow.errors import ExchangeUnreachable
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.pipeline.venue_time import VenueTime
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource

MACHINE_MS, VENUE_MS = 1_000_000, 5_000_000


class TellingSource(MemorySource):
    """A source that also tells the venue's time, or fails to."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.asked = 0
        self.error: Exception | None = None

    async def synchronise_clock(self) -> None:
        """Set the clock to the venue's time."""
        self.asked += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.clock.synchronise([TimeSample(0.0, 0.0, VENUE_MS)])


@pytest.fixture
def machine() -> Clock:
    """A clock whose machine is far behind the venue."""
    return Clock(wall_ms=lambda: MACHINE_MS, steady_s=lambda: 0.0)


async def test_the_first_calls_ask_once(machine: Clock) -> None:
    """However many come at once, and nobody decides by the machine's time meanwhile."""
    source = TellingSource(machine)
    venue_time = VenueTime(source, machine)
    assert await asyncio.gather(*(venue_time.now_ms() for _ in range(3))) == [VENUE_MS] * 3
    assert await venue_time.now_ms() == VENUE_MS
    assert source.asked == 1


async def test_a_clock_that_somebody_else_keeps_is_taken_as_it_is(machine: Clock) -> None:
    """One that was passed in beside the client's own, or of a client that cannot tell the time."""
    source = TellingSource(ManualClock(0))
    assert await VenueTime(source, machine).now_ms() == MACHINE_MS
    assert await VenueTime(MemorySource(machine), machine).now_ms() == MACHINE_MS
    assert source.asked == 0


async def test_a_venue_that_does_not_answer_is_asked_again(machine: Clock) -> None:
    """Until then the machine's time must do."""
    source = TellingSource(machine)
    source.error = ExchangeUnreachable("venue", "timed out")
    venue_time = VenueTime(source, machine)
    assert await venue_time.now_ms() == MACHINE_MS
    source.error = None
    assert await venue_time.now_ms() == VENUE_MS


async def test_the_pipeline_decides_by_the_venues_time(machine: Clock) -> None:
    """A wrong machine clock makes no bar look closed."""
    result = await UnifiedDataPipeline(TellingSource(machine)).batch_get_multi_timeframe_data(["BTCUSDT"], ["5m"])
    assert result.report.as_of_ms == VENUE_MS

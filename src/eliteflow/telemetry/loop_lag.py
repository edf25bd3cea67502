"""How late the event loop wakes those who slept: what blocks it delays everything else by as much."""

import asyncio

from eliteflow.clock import Clock
from eliteflow.telemetry.histogram import Histogram, HistogramSnapshot
from eliteflow.telemetry.metrics import LOOP_LAG_S


class LoopLag:
    """Sleeps `every_s` again and again, and observes by how much each waking was late.

    At 20 wakings a second it takes a third of a percent of a core (docs/metrics.md); what blocks for longer is seen.
    """

    def __init__(self, clock: Clock, *, every_s: float = 0.05) -> None:
        self._clock = clock
        self._every_s = every_s
        self._histogram = Histogram(LOOP_LAG_S)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due_s = self._clock.steady_s() + self._every_s
            await asyncio.sleep(self._every_s)
            self._histogram.observe(self._clock.steady_s() - due_s)

    def snapshot(self) -> HistogramSnapshot:
        """Return how late the wakings were so far, in seconds."""
        return self._histogram.snapshot()

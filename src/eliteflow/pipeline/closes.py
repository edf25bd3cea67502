"""When a bar that has just closed can be counted on."""

from collections.abc import Collection
from typing import Protocol

from eliteflow.clock import Clock
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.merge import settled_at_ms


class Closes(Protocol):
    """Knows when memory has what the venue will say of a close by itself, or when the venue may be asked."""

    async def settled(self, boundary_ms: int) -> None:
        """Return when what is still missing of the bars that ended at `boundary_ms` is worth a request."""

    def late(self, timeframe: Timeframe, boundary_ms: int) -> Collection[str]:
        """Return the symbols whose bar that ended at `boundary_ms` was named as missing, and is being fetched."""


class RestCloses:
    """Without streams: two seconds after a bar's end REST may be asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def settled(self, boundary_ms: int) -> None:
        """Return when an answer about the bars that ended at `boundary_ms` can be trusted."""
        await self._clock.sleep_until(settled_at_ms(boundary_ms, 0))

    def late(self, timeframe: Timeframe, boundary_ms: int) -> Collection[str]:
        """Return no symbol: nobody fetches them but who asks for them."""
        return ()

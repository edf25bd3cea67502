"""Learning the venue's time before anything is decided by it."""

import asyncio

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError
from eliteflow.pipeline.ports import TimeSource


class VenueTime:
    """The clock that decides about bars, synchronised by the first call that needs it.

    client: asked for the venue's time if it can tell it and `clock` is its own; otherwise the clock is taken as it is.
    """

    def __init__(self, client: object, clock: Clock) -> None:
        self._source = client if isinstance(client, TimeSource) and client.clock is clock else None
        self._clock = clock
        self._asking = asyncio.Lock()

    async def now_ms(self) -> int:
        """Return the venue's time in UTC milliseconds; the first call asks for it, unless somebody has before.

        A venue that does not answer leaves the machine's time in use: what is asked of it next says why.
        """
        if self._source is not None and not self._clock.is_synchronised:
            async with self._asking:
                await self._synchronise(self._source)
        return self._clock.now_ms()

    async def _synchronise(self, source: TimeSource) -> None:
        if self._clock.is_synchronised:
            return
        try:
            await source.synchronise_clock()
        except EliteflowError:
            return

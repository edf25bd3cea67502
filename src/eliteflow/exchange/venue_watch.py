"""What has to be learnt of the venue while nobody asks it anything: its time, and what others on the address spend."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from eliteflow.clock import Clock
from eliteflow.errors import EliteflowError
from eliteflow.exchange.weight_budget import WeightBudget
from eliteflow.model.timeframe import MINUTE_MS

# Each minute ends with a look at the venue's counter: late enough to see what others spent, in time for its answer.
LAST_LOOK_MS = 1_600
ANSWER_WITHIN_S = 1.2
TIME_HOLDS_S = 3_600.0


class VenueWatch:
    """Looks at the venue's counter near each minute's end, for a weight of 1, and learns its time anew every hour.

    Of all programs that share a book one does the looking. look: reads the counter. learn_time: synchronises `clock`.
    A look that fails is left out: the next one is a minute away.
    """

    def __init__(
        self,
        clock: Clock,
        budget: WeightBudget,
        *,
        look: Callable[[], Awaitable[object]],
        learn_time: Callable[[], Awaitable[object]],
    ) -> None:
        self._clock = clock
        self._budget = budget
        self._look = look
        self._learn_time = learn_time

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self._clock.sleep_until(self._next_look_ms())
            await self._close_minute()
            if self._clock.age_s >= TIME_HOLDS_S:
                with contextlib.suppress(EliteflowError):
                    await self._learn_time()

    def _next_look_ms(self) -> int:
        now_ms = self._clock.now_ms()
        look_ms = now_ms - now_ms % MINUTE_MS + MINUTE_MS - LAST_LOOK_MS
        return look_ms if look_ms > now_ms else look_ms + MINUTE_MS

    async def _close_minute(self) -> None:
        """Tell the other programs what was spent; the one whose turn it is then reads what strangers added."""
        if not await self._budget.close_minute():
            return
        with contextlib.suppress(EliteflowError, TimeoutError):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._look()
        await self._budget.close_minute()

"""A venue that gets slower the more is asked of it at once. Pure."""

import heapq

_POWER = 1.5
"""Above 1, so that more under way bring less: twice as many take 2.8 times as long."""


class Strain:
    """Stretches delays while more than `above` answers are due; 0 never does."""

    def __init__(self, above: int = 0) -> None:
        self.above = above
        self._due_ms: list[float] = []

    def stretch(self, delay_s: float, now_ms: int) -> float:
        """Return how long an answer takes that is asked for at `now_ms` and takes `delay_s` at ease."""
        if not self.above:
            return delay_s
        while self._due_ms and self._due_ms[0] <= now_ms:
            heapq.heappop(self._due_ms)
        load = (len(self._due_ms) + 1) / self.above
        stretched_s = delay_s * max(1.0, load) ** _POWER
        heapq.heappush(self._due_ms, now_ms + stretched_s * 1_000)
        return stretched_s

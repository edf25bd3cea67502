"""What the venue will do, in the order of time."""

import heapq
from collections.abc import Callable

Action = Callable[[int], None]
"""Called with the time it was planned for."""

NEVER_MS = 2**62


class Agenda:
    """Actions by time; those of one moment keep the order in which they were planned."""

    def __init__(self) -> None:
        self._planned: list[tuple[int, int, Action]] = []
        self._count = 0

    def at(self, due_ms: int, action: Action) -> None:
        """Plan an action."""
        self._count += 1
        heapq.heappush(self._planned, (due_ms, self._count, action))

    def run(self, now_ms: int) -> None:
        """Do what is due by now, and what that plans for until now."""
        while self._planned and self._planned[0][0] <= now_ms:
            due_ms, _, action = heapq.heappop(self._planned)
            action(due_ms)

    def clear(self) -> None:
        """Forget everything."""
        self._planned.clear()

    @property
    def next_ms(self) -> int:
        """When the next action is due."""
        return self._planned[0][0] if self._planned else NEVER_MS

"""Who waits for a turn: the more urgent class first, and first come, first served inside a class. Pure."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from eliteflow.model.priority import Priority


class Waiting(Protocol):
    """Somebody in the line. is_gone: whether it stopped waiting by itself."""

    @property
    def is_gone(self) -> bool:
        """Whether it no longer waits."""


W = TypeVar("W", bound=Waiting)


class WaitingLine(Generic[W]):
    """A line in which those who left are skipped when their turn comes, so that leaving costs nothing."""

    def __init__(self) -> None:
        self._classes: dict[Priority, deque[W]] = {priority: deque() for priority in Priority}

    def __iter__(self) -> Iterator[W]:
        return (waiting for line in self._classes.values() for waiting in line if not waiting.is_gone)

    def join(self, waiting: W, priority: Priority) -> None:
        """Add somebody at the end of the class `priority`."""
        self._classes[priority].append(waiting)

    def has_to_join(self, priority: Priority) -> bool:
        """Return whether anybody of this class or a more urgent one waits already."""
        return any(line for rank, line in self._classes.items() if rank <= priority)

    def first(self) -> W | None:
        """Return whose turn is next, None when nobody waits."""
        for line in self._classes.values():
            while line:
                if not line[0].is_gone:
                    return line[0]
                line.popleft()
        return None

    def leave(self) -> None:
        """Remove the one that `first` returned."""
        next(line for line in self._classes.values() if line).popleft()

    def clear(self) -> list[W]:
        """Remove all and return those who still waited, in the order of their turns."""
        waiting = list(self)
        for line in self._classes.values():
            line.clear()
        return waiting

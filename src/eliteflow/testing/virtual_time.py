"""An event loop in which waiting takes no time."""

import asyncio
import selectors
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from eliteflow.clock import Clock

P = TypeVarTuple("P")
T = TypeVar("T")

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

# Real seconds for which something outside the loop, as a thread, may still wake it when no timer is left.
PATIENCE_S = 5.0


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose time stands still while there is work, and jumps to the next timer when there is none.

    Work for a thread is done at once in the loop's own: it takes no time either. Sockets are looked at before each
    jump, but nothing waits for them: what a peer answers later than at once comes too late.
    Raises RuntimeError when nothing is left that could ever happen.
    """

    def __init__(self) -> None:
        self._passed_s = 0.0
        super().__init__(_JumpingSelector(self._pass))

    def time(self) -> float:
        """Return the seconds that have passed in the loop."""
        return self._passed_s

    def clock(self, start_ms: int) -> Clock:
        """Return a clock that showed `start_ms` when the loop was made."""
        return Clock(wall_ms=lambda: start_ms + int(self._passed_s * 1000), steady_s=self.time)

    def run_in_executor(self, executor: Executor | None, func: Callable[[*P], T], *args: *P) -> "asyncio.Future[T]":
        """Return a future that is done: the work has been, here and now."""
        outcome: asyncio.Future[T] = self.create_future()
        try:
            outcome.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  # whatever a thread would have handed over
            outcome.set_exception(error)
        return outcome

    def _pass(self, seconds: float) -> None:
        self._passed_s += seconds


class _JumpingSelector(selectors.BaseSelector):
    def __init__(self, jump: Callable[[float], None]) -> None:
        self._jump = jump
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if ready or timeout == 0:
            return ready
        if timeout is not None:
            self._jump(timeout)
            return []
        if not (ready := self._real.select(PATIENCE_S)):
            raise RuntimeError("every task waits, and no timer is left that could wake one")
        return ready

    def register(self, fileobj: "FileDescriptorLike", events: int, data: object = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: "FileDescriptorLike") -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: "FileDescriptorLike", events: int, data: object = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> "Mapping[FileDescriptorLike, selectors.SelectorKey]":
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

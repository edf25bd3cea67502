"""The thread in which the disk is waited for."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class DiskThread:
    """Does one piece of work after another; what has begun is finished, even if nobody waits for it any more."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "eliteflow-disk")

    async def do(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        # Through the loop, because virtual time has no threads and does the work at once.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, work))

    async def aclose(self) -> None:
        """End the thread when its work is done."""
        await self.do(_nothing)  # comes after everything that nobody waits for any more
        self._executor.shutdown()


def _nothing() -> None:
    pass

"""How commands run: on which loop, and over one cycle of the market."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, TypeVar

from eliteflow.operations.command_options import option
from eliteflow.operations.invocation import Invocation

if TYPE_CHECKING:
    from eliteflow.app import App
    from eliteflow.scheduler.cycle import CycleOutcome

Result = TypeVar("Result")

STRATEGY = option("--strategy", metavar="NAME|MODULE:CLASS")
CONVERGED_BARS = 499  # what most indicators need to converge, and the most that costs weight 2 a series


def run_job(job: Coroutine[None, None, Result]) -> Result:
    """Run a job on the fastest loop there is and return its result; SIGTERM ends it like Ctrl-C, all closed."""

    async def interruptible() -> Result:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await job

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(interruptible())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # DESIGN 19: used where it exists, never required
        return None
    return uvloop.new_event_loop


@contextlib.asynccontextmanager
async def one_cycle(invocation: Invocation) -> "AsyncIterator[tuple[App, CycleOutcome]]":
    """Run one cycle; yield the app and what the cycle found."""
    from eliteflow.app import open_app

    async with invocation.venue() as settings, open_app(settings) as app:
        await app.scheduler.run(1)
        outcome = app.scheduler.last_outcome
        assert outcome is not None
        if failure := outcome.failure:
            raise failure
        yield app, outcome

"""Commands that run cycles, and the one that looks at a running program."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from eliteflow.commands.job import STRATEGY, run_job
from eliteflow.errors import InvalidArgument
from eliteflow.messages import text
from eliteflow.operations.command_options import (
    FILE,
    Flag,
    command,
    option,
    with_common_options,
)
from eliteflow.operations.invocation import Invocation, invoke
from eliteflow.operations.tables import documents
from eliteflow.telemetry.log import EventLog

if TYPE_CHECKING:
    from eliteflow.scheduler.unified_scheduler import UnifiedScheduler


@command()
@with_common_options
@STRATEGY
def scan(**flags: Flag) -> None:
    """Run one cycle over the market and show it."""
    _scan(invoke(flags), cycles=1, is_live=False)


@command()
@with_common_options
@STRATEGY
@option("--cycles", kind=int, metavar="N")
@option("--interval", kind=float, metavar="SECONDS")
@option("--telemetry-port", kind=int, metavar="PORT")
def run(cycles: int | None, **flags: Flag) -> None:
    """Run one cycle after another."""
    if cycles is not None and cycles < 1:
        raise InvalidArgument("--cycles", found=cycles, wanted=text("argument.limit_any"))
    _scan(invoke(flags), cycles=cycles, is_live=True)


def _scan(invocation: Invocation, *, cycles: int | None, is_live: bool) -> None:
    # Before there is a loop: while a loop waits for all this to be loaded, no signal is heard.
    from eliteflow.app import open_app
    from eliteflow.operations.delivery import Delivery

    async def cycle_after_cycle() -> None:
        observer = Delivery(invocation, cycles)
        async with (
            invocation.venue() as settings,
            open_app(settings, observer=observer, is_live=is_live, is_patient=cycles is None) as app,
        ):
            with _pausing(app.scheduler):
                await app.scheduler.run(cycles, patience=app.patience)
            if app.scheduler.last_outcome is not None and (failure := app.scheduler.last_outcome.failure):
                raise failure

    async def until_stopped() -> None:
        try:
            await cycle_after_cycle()
        except asyncio.CancelledError:
            EventLog("Run").write("run.stopped")
            raise

    run_job(until_stopped())


@contextlib.contextmanager
def _pausing(scheduler: "UnifiedScheduler") -> Iterator[None]:
    """Let SIGUSR1 pause the cycles and resume them."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: scheduler.resume() if scheduler.is_paused else scheduler.pause())
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)


@command()
@click.argument("url", required=False)
@option("--telemetry-port", kind=int, metavar="PORT")
@option("--format", "output_format", kind=click.Choice(["table", "json"]), default="table")
@option("--lang", metavar="en|zh-CN")
@option("--config", "config_file", kind=FILE, metavar="FILE")
@option("--env-file", kind=FILE, metavar="FILE")
def status(url: str | None, **flags: Flag) -> None:
    """Show how a running program is."""
    run_job(_status(invoke(flags), url))


async def _status(invocation: Invocation, url: str | None) -> None:
    from eliteflow.operations.watch.status_reader import read_status, status_url
    from eliteflow.operations.watch.status_table import status_table

    document, raw = await read_status(url or status_url(invocation.settings.telemetry))
    documents.write(raw if invocation.output_format == "json" else status_table(document), None)

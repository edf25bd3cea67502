"""Commands about candles on disk and in files."""

import sys
from typing import TYPE_CHECKING

import click

from eliteflow.commands.job import run_job
from eliteflow.errors import StoreUnusable
from eliteflow.operations.command_options import (
    LOCAL_VENUE,
    ROWS,
    STORE,
    TABLE_FORMAT,
    WHICH_SERIES,
    Flag,
    command,
    option,
    with_options,
)
from eliteflow.operations.invocation import Invocation, invoke
from eliteflow.operations.tables import documents

if TYPE_CHECKING:
    from eliteflow.operations.export.export_order import ExportOrder


@command()
@click.argument("action", type=click.Choice(["show", "verify", "compact"]), default="show")
@with_options(*STORE, TABLE_FORMAT, ROWS)
def store(action: str, **flags: Flag) -> None:
    """Show what candles are on disk, look through them, or make their file small."""
    from eliteflow.operations.store import store_actions

    invocation = invoke(flags)
    settings = invocation.settings
    if action == "compact":
        documents.write(store_actions.compact(settings), invocation.out)
    elif action == "verify":
        verdict = store_actions.verify(settings, invocation.rows)
        invocation.write(verdict.render)
        sys.exit(0 if verdict.is_sound else StoreUnusable.exit_status)
    else:
        invocation.write(store_actions.show(settings, invocation.rows).render)


@command()
@with_options(*STORE, *WHICH_SERIES, *LOCAL_VENUE)
@option("--start", metavar="TIME")
@option("--end", metavar="TIME")
@option("--fetch", flag=True)
@option("--format", "file_format", kind=click.Choice(["parquet", "arrow", "csv"]))
def export(**flags: Flag) -> None:
    """Write candles to a file."""
    from eliteflow.operations.export.export_order import ExportOrder

    run_job(_export(invoke(flags), ExportOrder.of(flags)))


async def _export(invocation: Invocation, order: "ExportOrder") -> None:
    from eliteflow.operations.export.exporter import export_candles

    async with invocation.venue() as settings:
        click.echo(await export_candles(settings, order))

"""Commands about the program itself: settings, what is wrong, what words mean."""

import sys
from functools import partial
from pathlib import Path

import click

from eliteflow.commands.job import run_job
from eliteflow.messages import text
from eliteflow.operations.command_options import (
    FILE,
    Flag,
    command,
    option,
    with_common_options,
)
from eliteflow.operations.invocation import Invocation, invoke
from eliteflow.operations.tables import documents, settings_table
from eliteflow.setting_sources import DEFAULT_FILE


@command()
@with_common_options
@option("--check", flag=True)
def config(check: bool, **flags: Flag) -> None:
    """Show every setting, its value and where it came from."""
    invocation = invoke(flags)
    loaded, environment = invocation.loaded, invocation.environment
    if check:
        from eliteflow.operations.settings_check import check_settings

        check_settings(loaded.settings, environment)
    document = settings_table.render(loaded, invocation.output_format, environment, only_set=check)
    documents.write(document, invocation.out)


@command()
@click.argument("file", type=FILE, default=DEFAULT_FILE)
@option("--lang", metavar="en|zh-CN")
def init(file: Path, lang: str | None) -> None:
    """Write a settings file."""
    from eliteflow.operations.settings_file import write_settings_file

    del lang  # taken from the words before anything was parsed
    write_settings_file(file)
    click.echo(text("config.written", path=file))


@command()
@with_common_options
@option("--notify", flag=True)
def doctor(*, notify: bool, **flags: Flag) -> None:
    """Look at everything between this machine and the candles."""
    sys.exit(run_job(_doctor(invoke(flags), is_notifying=notify)))


async def _doctor(invocation: Invocation, *, is_notifying: bool) -> int:
    from eliteflow.exchange.binance_client import BinanceClient
    from eliteflow.operations.doctor import diagnosis_table
    from eliteflow.operations.doctor.doctor import Doctor
    from eliteflow.operations.notices.apprise_sink import apprise_sinks

    async with invocation.venue() as settings, BinanceClient(settings) as client:
        sinks = apprise_sinks(settings.notify.urls) if is_notifying else None
        diagnosis = await Doctor(settings, invocation.environment, client, sinks=sinks).examine()
    invocation.write(partial(diagnosis_table.render, diagnosis))
    return diagnosis.exit_status


@command()
@click.argument("topic", required=False)
@option("--lang", metavar="en|zh-CN")
def explain(topic: str | None, lang: str | None) -> None:
    """Say what an event, error, metric or exit status means."""
    from eliteflow.operations import explain as explaining

    del lang  # taken from the words before anything was parsed
    documents.write(explaining.overview() if topic is None else explaining.explain(topic), None)

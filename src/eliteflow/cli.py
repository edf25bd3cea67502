"""The command line: the program itself, its language and how it ends; what commands do is in `commands/`.

Flags and files become settings in `operations/invocation.py`. What only one command needs is imported by that command,
so that `--help` and `config` answer at once.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import click

from eliteflow.commands.disk import export, store
from eliteflow.commands.local_venue import bench, emulator
from eliteflow.commands.market import candles, chart, indicators, signals, trends
from eliteflow.commands.running import run, scan, status
from eliteflow.commands.setup import config, doctor, explain, init
from eliteflow.errors import EliteflowError
from eliteflow.messages import set_language
from eliteflow.operations.command_options import Group, option

INTERRUPTED = 130
COMMANDS = (
    *(scan, run, status),
    *(candles, signals, trends, indicators, chart),
    *(store, export),
    *(config, init, doctor, explain),
    *(emulator, bench),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave it with an exit status of docs/exit-status.md."""
    sys.path.append(str(Path.cwd()))  # a strategy may lie where the user works; what is installed goes before it
    words = list(sys.argv[1:] if arguments is None else arguments)
    set_language(_spoken_language(words))
    try:
        cli.main(words, prog_name="eliteflow", standalone_mode=False)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(INTERRUPTED)
    except EliteflowError as error:
        _fail(error)
    except BrokenPipeError:
        # As in `eliteflow scan | head`: the reader has what it wanted; Python must not flush into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _fail(error: EliteflowError) -> None:
    click.echo(f"eliteflow: {error}", err=True)
    sys.exit(error.exit_status)


def _spoken_language(words: Sequence[str]) -> str | None:
    """Return the language named by `--lang`, which must hold before any help or error is shown."""
    for word, following in pairwise([*words, ""]):
        if word == "--lang":
            return following or None
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return None


@click.group(cls=Group, name="eliteflow", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="eliteflow")
@option("--lang", metavar="en|zh-CN")
def cli(lang: str | None) -> None:
    """Exist as the parent of all commands; the language was taken from the words before anything was parsed."""


for _command in COMMANDS:
    cli.add_command(_command)

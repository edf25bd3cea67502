"""The options of commands: each has its help in the messages."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from eliteflow.messages import text

Function = TypeVar("Function", bound=Callable[..., object])
Flag = str | int | float | bool | Path | None


class Command(click.Command):
    """A command whose help stands in the messages, under `cli.<command>`."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the command's sentence."""
        return text(f"cli.{self.name}")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's sentence."""
        with formatter.indentation():
            formatter.write_paragraph()
            formatter.write_text(text(f"cli.{self.name}"))


def command() -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a function a command of its name."""
    return click.command(cls=Command)


class Group(Command, click.Group):
    """The program itself."""


class Option(click.Option):
    """An option whose help stands in the messages, under `option.<option>`."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option and its sentence."""
        self.help = text(f"option.{self.name}")
        return super().get_help_record(ctx)


def option(
    *names: str,
    kind: click.Path | click.Choice[str] | type[int | float] | None = None,
    default: Flag = None,
    metavar: str | None = None,
    flag: bool = False,
) -> Callable[[Function], Function]:
    """Return a decorator that gives a command an option; its help is `option.<name>` of the messages."""
    if flag:
        return click.option(*names, cls=Option, is_flag=True)
    return click.option(*names, cls=Option, type=kind, default=default, metavar=metavar)


FILE = click.Path(path_type=Path, dir_okay=False)
LOCAL_VENUE = (
    option("--emulator", flag=True),
    option("--market", metavar="generated|DIR"),
    option("--scenario", metavar="FILE"),
)
REST_URL = option("--rest-url", metavar="URL")
PROXY = option("--proxy", metavar="URL")
WHICH_SERIES = (option("--symbols", metavar="N|LIST"), option("--timeframes", metavar="LIST"))
STORE_PATH = option("--store-path", metavar="DIR")
PROCESS = (
    option("--lang", metavar="en|zh-CN"),
    option("--env-file", kind=FILE, metavar="FILE"),
    option("--config", "config_file", kind=FILE, metavar="FILE"),
)
TABLE_FORMAT = option("--format", "output_format", kind=click.Choice(["table", "json", "csv"]), default="table")
OUT = option("--out", kind=FILE, metavar="FILE")
LOG = (option("--log-format", metavar="text|json"), option("--quiet", flag=True))
ROWS = option("--rows", default="20", metavar="N|all")

COMMON = (
    *LOCAL_VENUE[:1],
    REST_URL,
    option("--ws-url", metavar="URL"),
    *LOCAL_VENUE[1:],
    PROXY,
    *WHICH_SERIES,
    option("--limit", kind=int, metavar="BARS"),
    option("--batch-size", kind=int, metavar="N"),
    STORE_PATH,
    *PROCESS,
    TABLE_FORMAT,
    OUT,
    *LOG,
    ROWS,
)
STORE = (STORE_PATH, REST_URL, PROXY, *PROCESS, OUT, *LOG)


def with_options(*options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Return a decorator that gives a command several options, in this order."""

    def give(command: Function) -> Function:
        for add in reversed(options):
            command = add(command)
        return command

    return give


def with_common_options(command: Function) -> Function:
    """Give a command the options of everything that speaks to a venue."""
    return with_options(*COMMON)(command)

"""The command line: what to do; flags and files become settings in `operations/invocation.py`.

What only one command needs is imported by that command, so that `--help` and `config` answer at once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

import click

from eliteflow.errors import ConfigError, EliteflowError
from eliteflow.messages import set_language, text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations import documents, settings_table
from eliteflow.operations.invocation import Invocation, invoke

Function = TypeVar("Function", bound=Callable[..., object])
Flag = str | int | float | bool | Path | None
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave it with an exit status of docs/exit-status.md."""
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
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--lang":
            return following or None
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return None


class _Command(click.Command):
    """A command whose help stands in the messages, under `cli.<command>`."""

    def get_short_help_str(self, limit: int = 45) -> str:
        return text(f"cli.{self.name}")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.indentation():
            formatter.write_paragraph()
            formatter.write_text(text(f"cli.{self.name}"))


class _Group(_Command, click.Group):
    """The program itself."""

    command_class = _Command


class _Option(click.Option):
    """An option whose help stands in the messages, under `option.<option>`."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = text(f"option.{self.name}")
        return super().get_help_record(ctx)


def _option(
    *names: str,
    kind: click.Path | click.Choice[str] | type[int | float] | None = None,
    default: Flag = None,
    metavar: str | None = None,
    flag: bool = False,
) -> Callable[[Function], Function]:
    if flag:
        return click.option(*names, cls=_Option, is_flag=True)
    return click.option(*names, cls=_Option, type=kind, default=default, metavar=metavar)


FILE = click.Path(path_type=Path, dir_okay=False)
COMMON = (
    _option("--emulator", flag=True),
    _option("--rest-url", metavar="URL"),
    _option("--ws-url", metavar="URL"),
    _option("--market", metavar="generated|DIR"),
    _option("--proxy", metavar="URL"),
    _option("--symbols", metavar="N|LIST"),
    _option("--timeframes", metavar="LIST"),
    _option("--limit", kind=int, metavar="BARS"),
    _option("--batch-size", kind=int, metavar="N"),
    _option("--lang", metavar="en|zh-CN"),
    _option("--env-file", kind=FILE, metavar="FILE"),
    _option("--config", "config_file", kind=FILE, metavar="FILE"),
    _option("--format", "output_format", kind=click.Choice(["table", "json", "csv"]), default="table"),
    _option("--out", kind=FILE, metavar="FILE"),
    _option("--log-format", metavar="text|json"),
    _option("--quiet", flag=True),
    _option("--rows", default="20", metavar="N|all"),
)


def _with_common_options(command: Function) -> Function:
    for option in reversed(COMMON):
        command = option(command)
    return command


@click.group(cls=_Group, name="eliteflow", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="eliteflow")
def cli() -> None:
    """Exist as the parent of all commands."""


@cli.command()
@_with_common_options
def scan(**flags: Flag) -> None:
    """Run one cycle over the market and show it."""
    _run(_scan(invoke(flags), cycles=1))


@cli.command()
@_with_common_options
@_option("--cycles", kind=int, metavar="N")
@_option("--interval", kind=float, metavar="SECONDS")
def run(cycles: int | None, **flags: Flag) -> None:
    """Run one cycle after another."""
    _run(_scan(invoke(flags), cycles=cycles))


async def _scan(invocation: Invocation, *, cycles: int | None) -> None:
    from eliteflow.app import open_app

    async with invocation.venue() as settings, open_app(settings, observer=invocation.terminal) as app:
        await app.scheduler.run(cycles)
        if app.scheduler.last_outcome is not None:
            invocation.deliver(app.scheduler.last_outcome)


@cli.command()
@click.argument("symbol")
@click.argument("timeframe")
@_with_common_options
def candles(symbol: str, timeframe: str, **flags: Flag) -> None:
    """Show the newest closed candles of one symbol."""
    _run(_candles(invoke(flags), symbol, Timeframe.parse(timeframe)))


async def _candles(invocation: Invocation, symbol: str, timeframe: Timeframe) -> None:
    from eliteflow.app import open_app
    from eliteflow.operations.candle_table import CandleTable

    async with invocation.venue() as settings, open_app(settings) as app:
        await app.data_service.initialize()
        app.data_pipeline.set_universe(app.data_service.all_symbols)
        frames = await app.data_pipeline.get_multi_timeframe_data(
            symbol, [timeframe], settings.data.limit, raise_errors=True
        )
        table = CandleTable(app.client.venue, symbol.upper(), timeframe, frames[timeframe])
        documents.write(table.render(invocation.output_format), invocation.out)


@cli.command()
@_with_common_options
def config(**flags: Flag) -> None:
    """Show every setting, its value and where it came from."""
    invocation = invoke(flags)
    documents.write(settings_table.render(invocation.loaded, invocation.output_format), invocation.out)


@cli.command()
@_option("--host", default="127.0.0.1", metavar="HOST")
@_option("--port", kind=int, default=0, metavar="PORT")
@_option("--symbols", "emulator_symbols", kind=int, metavar="N")
@_option("--seed", kind=int, default=7, metavar="N")
@_option("--market", default="generated", metavar="generated|DIR")
@_option("--latency-ms", kind=float, default=120.0, metavar="MS")
@_option("--young", kind=int, metavar="N")
@_option("--exit-with-parent", flag=True)
@_option("--lang", metavar="en|zh-CN")
def emulator(lang: str | None, emulator_symbols: int | None, **options: Flag) -> None:
    """Run a local venue."""
    from eliteflow.emulator.opening import EmulatorOptions
    from eliteflow.emulator.server import EmulatorStartError, PortUnavailable, serve

    del lang  # taken from the words before anything was parsed
    chosen = EmulatorOptions(symbols=emulator_symbols, **options)  # type: ignore[arg-type]  # as the options declare them
    try:
        _run(serve(chosen))
    except PortUnavailable as error:
        address = f"{error.host}:{error.port}"
        key = "emulator.port_in_use" if error.is_in_use else "emulator.port_unavailable"
        raise ConfigError("--port", text(key, address=address, reason=error)) from error
    except EmulatorStartError as error:
        raise ConfigError("emulator", str(error)) from error


@cli.command()
@_option("--symbols", "emulator_symbols", kind=int, default=530, metavar="N")
@_option("--latency-ms", kind=float, default=120.0, metavar="MS")
@_option("--rounds", kind=int, default=5, metavar="N")
@_option("--format", "output_format", kind=click.Choice(["table", "json"]), default="table")
@_option("--out", kind=FILE, metavar="FILE")
@_option("--lang", metavar="en|zh-CN")
def bench(
    emulator_symbols: int, latency_ms: float, rounds: int, output_format: str, out: Path | None, lang: str | None
) -> None:
    """Measure the ways of today and ours."""
    del lang  # taken from the words before anything was parsed
    _run(_bench(emulator_symbols, latency_ms, rounds, output_format, out))


async def _bench(symbols: int, latency_ms: float, rounds: int, output_format: str, out: Path | None) -> None:
    from eliteflow.operations import bench_table
    from eliteflow.operations.bench import run_bench

    def progress(way: str) -> None:
        click.echo(text("bench.progress", way=text(f"bench.{way}")), err=True)

    result = await run_bench(symbols=symbols, latency_ms=latency_ms, rounds=rounds, progress=progress)
    documents.write(documents.json_of(result) if output_format == "json" else bench_table.render(result), out)


def _run(job: Coroutine[None, None, None]) -> None:
    """Run a job on the fastest loop there is; SIGTERM ends it like Ctrl-C, with everything closed."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.get_loop().add_signal_handler(signal.SIGTERM, _interrupt)
        runner.run(job)


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # DESIGN 19: used where it exists, never required
        return None
    return uvloop.new_event_loop

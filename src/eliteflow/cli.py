"""The command line: what to do; flags and files become settings in `operations/invocation.py`.

What only one command needs is imported by that command, so that `--help` and `config` answer at once.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from eliteflow.errors import ConfigError, EliteflowError, StoreUnusable
from eliteflow.messages import set_language, text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations import documents, settings_table
from eliteflow.operations.command_options import (
    FILE,
    LOCAL_VENUE,
    ROWS,
    STORE,
    TABLE_FORMAT,
    WHICH_SERIES,
    Flag,
    Group,
    option,
    with_common_options,
    with_options,
)
from eliteflow.operations.invocation import Invocation, invoke
from eliteflow.setting_sources import DEFAULT_FILE

if TYPE_CHECKING:
    from eliteflow.app import App
    from eliteflow.operations.chart_order import ChartOrder
    from eliteflow.operations.export_order import ExportOrder
    from eliteflow.scheduler.cycle import CycleOutcome
    from eliteflow.scheduler.unified_scheduler import UnifiedScheduler

Result = TypeVar("Result")

INTERRUPTED = 130
STRATEGY = option("--strategy", metavar="NAME|MODULE:CLASS")
CONVERGED_BARS = 499  # what most indicators need to converge, and the most that costs weight 2 a series


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
    for word, following in zip(words, [*words[1:], ""], strict=True):
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


@cli.command()
@with_common_options
@STRATEGY
def scan(**flags: Flag) -> None:
    """Run one cycle over the market and show it."""
    _run(_scan(invoke(flags), cycles=1, is_live=False))


@cli.command()
@with_common_options
@STRATEGY
@option("--cycles", kind=int, metavar="N")
@option("--interval", kind=float, metavar="SECONDS")
@option("--telemetry-port", kind=int, metavar="PORT")
def run(cycles: int | None, **flags: Flag) -> None:
    """Run one cycle after another."""
    _run(_scan(invoke(flags), cycles=cycles, is_live=True))


async def _scan(invocation: Invocation, *, cycles: int | None, is_live: bool) -> None:
    from eliteflow.app import open_app
    from eliteflow.operations.delivery import Delivery

    async with (
        invocation.venue() as settings,
        open_app(settings, observer=Delivery(invocation, cycles), is_live=is_live, is_patient=cycles is None) as app,
    ):
        with _pausing(app.scheduler):
            await app.scheduler.run(cycles, patience=app.patience)
        if app.scheduler.last_outcome is not None and (failure := app.scheduler.last_outcome.failure):
            raise failure


@contextlib.contextmanager
def _pausing(scheduler: "UnifiedScheduler") -> Iterator[None]:
    """Let SIGUSR1 pause the cycles and resume them."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: scheduler.resume() if scheduler.is_paused else scheduler.pause())
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)


@cli.command()
@click.argument("url", required=False)
@option("--telemetry-port", kind=int, metavar="PORT")
@option("--format", "output_format", kind=click.Choice(["table", "json"]), default="table")
@option("--lang", metavar="en|zh-CN")
@option("--config", "config_file", kind=FILE, metavar="FILE")
@option("--env-file", kind=FILE, metavar="FILE")
def status(url: str | None, **flags: Flag) -> None:
    """Show how a running program is."""
    _run(_status(invoke(flags), url))


async def _status(invocation: Invocation, url: str | None) -> None:
    from eliteflow.operations.status_reader import read_status, status_url
    from eliteflow.operations.status_table import status_table

    document, raw = await read_status(url or status_url(invocation.settings.telemetry))
    documents.write(raw if invocation.output_format == "json" else status_table(document), None)


@cli.command()
@click.argument("symbol")
@click.argument("timeframe")
@with_common_options
@option("--verify", flag=True)
def candles(symbol: str, timeframe: str, *, verify: bool, **flags: Flag) -> None:
    """Show the newest closed candles of one symbol, or compare those on disk with the venue."""
    job = _verify if verify else _candles
    _run(job(invoke(flags), symbol, Timeframe.parse(timeframe)))


async def _verify(invocation: Invocation, symbol: str, timeframe: Timeframe) -> None:
    from eliteflow.app import open_app
    from eliteflow.operations.verification import verify

    async with invocation.venue() as settings, open_app(settings) as app:
        bars = (
            app.data_pipeline.store.capacity if "data.limit" not in invocation.loaded.origins else settings.data.limit
        )
        series = symbol.upper(), timeframe
        found = await verify(
            app.data_pipeline.store, app.data_service, app.clock, series, bars=bars, venue=app.client.venue
        )
        invocation.write(found.render)
        found.check()


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
        invocation.write(table.render)


@cli.command()
@with_common_options
@STRATEGY
@option("--why", metavar="SYMBOL")
@option("--results", flag=True)
def signals(why: str | None, *, results: bool, **flags: Flag) -> None:
    """Show the signals of one cycle, or why a symbol has none, or what became of earlier ones."""
    if results:
        _show_results(invoke(flags))
    else:
        _run(_signals(invoke(flags, bars=CONVERGED_BARS), why))


def _show_results(invocation: Invocation) -> None:
    from eliteflow.operations.signal_results import SignalResults
    from eliteflow.scheduler.signal_ledger import ledger_folder

    found = SignalResults.read(ledger_folder(invocation.settings.store.path), invocation.rows)
    if invocation.out is not None and invocation.out.suffix == ".parquet":
        found.write_parquet(invocation.out)
        documents.write(found.render(invocation.output_format), None)
    else:
        invocation.write(found.render)


async def _signals(invocation: Invocation, why: str | None) -> None:
    from eliteflow.operations.explanation_table import ExplanationTable
    from eliteflow.operations.signal_table import SignalTable

    async with _one_cycle(invocation) as (_, outcome):
        if why is not None:
            invocation.write(ExplanationTable.of(outcome, why).render)
        else:
            invocation.write(SignalTable(outcome, invocation.rows).render)


@cli.command()
@with_common_options
def trends(**flags: Flag) -> None:
    """Show where every symbol is going."""
    _run(_trends(invoke({**flags, "strategy": "none"}, bars=CONVERGED_BARS)))


async def _trends(invocation: Invocation) -> None:
    from eliteflow.operations.trend_table import TrendTable

    async with _one_cycle(invocation) as (app, outcome):
        symbols = tuple(row.symbol for row in outcome.rows)
        table = TrendTable(
            app.client.venue, symbols, app.scheduler.trend_monitor.trends, outcome.regimes, invocation.rows
        )
        invocation.write(table.render)


@contextlib.asynccontextmanager
async def _one_cycle(invocation: Invocation) -> "AsyncIterator[tuple[App, CycleOutcome]]":
    """Run one cycle; yield the app and what the cycle found."""
    from eliteflow.app import open_app

    async with invocation.venue() as settings, open_app(settings) as app:
        await app.scheduler.run(1)
        outcome = app.scheduler.last_outcome
        assert outcome is not None
        if failure := outcome.failure:
            raise failure
        yield app, outcome


@cli.command()
@click.argument("symbol")
@click.argument("timeframe")
@with_common_options
@option("--names", metavar="LIST")
def indicators(symbol: str, timeframe: str, names: str | None, **flags: Flag) -> None:
    """Show the indicators of one symbol at its newest closed bar."""
    chosen = [name.strip() for name in names.split(",") if name.strip()] if names else None
    _run(_indicators(invoke(flags, bars=CONVERGED_BARS), symbol.upper(), Timeframe.parse(timeframe), chosen))


async def _indicators(invocation: Invocation, symbol: str, timeframe: Timeframe, names: list[str] | None) -> None:
    from eliteflow.app import open_app
    from eliteflow.operations.indicator_table import IndicatorTable

    async with invocation.venue() as settings, open_app(settings) as app:
        engine, pipeline = app.scheduler.engine, app.data_pipeline
        if names:
            engine.outputs_of(names)
        await app.data_service.initialize()
        pipeline.set_universe(app.data_service.all_symbols)
        refresh = await pipeline.refresh([symbol], [timeframe], settings.data.limit)
        for error in refresh.errors.values():
            raise error
        found = engine.calculate_market(pipeline.panel(timeframe, [symbol]), names)
        invocation.write(IndicatorTable(app.client.venue, symbol, found).render)


@cli.command()
@click.argument("symbol")
@click.argument("timeframe")
@with_common_options
@STRATEGY
@option("--indicators", "chart_indicators", default="ema_20,ema_50,rsi,macd", metavar="LIST")
@option("--bars", kind=int, default=160, metavar="N")
def chart(symbol: str, timeframe: str, chart_indicators: str, bars: int, **flags: Flag) -> None:
    """Draw one symbol."""
    from eliteflow.operations.chart_order import ChartOrder

    order = ChartOrder.of(symbol, timeframe, chart_indicators, bars, flags["out"])
    _run(_chart(invoke(order.flags(flags), bars=CONVERGED_BARS), order))


async def _chart(invocation: Invocation, order: "ChartOrder") -> None:
    async with _one_cycle(invocation) as (app, outcome):
        order.draw(app.settings, app.client.host, app.data_pipeline, app.scheduler.engine, outcome)


@cli.command()
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


@cli.command()
@click.argument("file", type=FILE, default=DEFAULT_FILE)
@option("--lang", metavar="en|zh-CN")
def init(file: Path, lang: str | None) -> None:
    """Write a settings file."""
    from eliteflow.operations.settings_file import write_settings_file

    del lang  # taken from the words before anything was parsed
    write_settings_file(file)
    click.echo(text("config.written", path=file))


@cli.command()
@with_common_options
def doctor(**flags: Flag) -> None:
    """Look at everything between this machine and the candles."""
    sys.exit(_run(_doctor(invoke(flags))))


async def _doctor(invocation: Invocation) -> int:
    from eliteflow.exchange.binance_client import BinanceClient
    from eliteflow.operations import diagnosis_table
    from eliteflow.operations.doctor import Doctor

    async with invocation.venue() as settings, BinanceClient(settings) as client:
        diagnosis = await Doctor(settings, invocation.environment, client).examine()
    invocation.write(partial(diagnosis_table.render, diagnosis))
    return diagnosis.exit_status


@cli.command()
@click.argument("action", type=click.Choice(["show", "verify", "compact"]), default="show")
@with_options(*STORE, TABLE_FORMAT, ROWS)
def store(action: str, **flags: Flag) -> None:
    """Show what candles are on disk, look through them, or make their file small."""
    from eliteflow.operations import store_actions

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


@cli.command()
@with_options(*STORE, *WHICH_SERIES, *LOCAL_VENUE)
@option("--start", metavar="TIME")
@option("--end", metavar="TIME")
@option("--fetch", flag=True)
@option("--format", "file_format", kind=click.Choice(["parquet", "arrow", "csv"]))
def export(**flags: Flag) -> None:
    """Write candles to a file."""
    from eliteflow.operations.export_order import ExportOrder

    _run(_export(invoke(flags), ExportOrder.of(flags)))


async def _export(invocation: Invocation, order: "ExportOrder") -> None:
    from eliteflow.operations.exporter import export_candles

    async with invocation.venue() as settings:
        click.echo(await export_candles(settings, order))


@cli.command()
@click.argument("topic", required=False)
@option("--lang", metavar="en|zh-CN")
def explain(topic: str | None, lang: str | None) -> None:
    """Say what an event, error, metric or exit status means."""
    from eliteflow.operations import explain as explaining

    del lang  # taken from the words before anything was parsed
    documents.write(explaining.overview() if topic is None else explaining.explain(topic), None)


@cli.command()
@option("--host", default="127.0.0.1", metavar="HOST")
@option("--port", kind=int, default=0, metavar="PORT")
@option("--ws-port", kind=int, default=0, metavar="PORT")
@option("--control-port", kind=int, default=0, metavar="PORT")
@option("--symbols", "emulator_symbols", kind=int, metavar="N")
@option("--seed", kind=int, default=7, metavar="N")
@option("--market", default="generated", metavar="generated|DIR")
@option("--latency-ms", kind=float, default=120.0, metavar="MS")
@option("--young", kind=int, metavar="N")
@option("--scenario", default="", metavar="FILE")
@option("--exit-with-parent", flag=True)
@option("--lang", metavar="en|zh-CN")
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
@option("--symbols", "emulator_symbols", kind=int, default=530, metavar="N")
@option("--latency-ms", kind=float, default=120.0, metavar="MS")
@option("--rounds", kind=int, default=5, metavar="N")
@option("--format", "output_format", kind=click.Choice(["table", "json"]), default="table")
@option("--out", kind=FILE, metavar="FILE")
@option("--lang", metavar="en|zh-CN")
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


def _run(job: Coroutine[None, None, Result]) -> Result:
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

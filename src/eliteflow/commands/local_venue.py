"""Commands that start a local venue: to stay, or to measure against."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eliteflow.commands.job import run_job
from eliteflow.config import Environment, VenueSettings
from eliteflow.errors import ConfigError
from eliteflow.messages import text
from eliteflow.operations.command_options import (
    FILE,
    Flag,
    command,
    option,
)
from eliteflow.operations.tables import documents

if TYPE_CHECKING:
    from eliteflow.operations.benchmark.bench import BenchResult


@command()
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
        run_job(serve(chosen))
    except PortUnavailable as error:
        address = f"{error.host}:{error.port}"
        key = "emulator.port_in_use" if error.is_in_use else "emulator.port_unavailable"
        raise ConfigError("--port", text(key, address=address, reason=error)) from error
    except EmulatorStartError as error:
        raise ConfigError("eliteflow emulator", str(error)) from error


@command()
@option("--symbols", "emulator_symbols", kind=int, default=530, metavar="N")
@option("--latency-ms", kind=float, default=120.0, metavar="MS")
@option("--rounds", kind=int, default=5, metavar="N")
@option("--venue", "bench_venue", kind=click.Choice(["emulator", "testnet", "production"]), default="emulator")
@option("--weight", kind=int, default=300, metavar="N")
@option("--format", "output_format", kind=click.Choice(["table", "json"]), default="table")
@option("--out", kind=FILE, metavar="FILE")
@option("--lang", metavar="en|zh-CN")
def bench(
    emulator_symbols: int,
    latency_ms: float,
    rounds: int,
    bench_venue: Environment,
    weight: int,
    output_format: str,
    out: Path | None,
    lang: str | None,
) -> None:
    """Measure the ways of today and ours."""
    del lang  # taken from the words before anything was parsed
    if bench_venue == "emulator":
        run_job(_bench(emulator_symbols, latency_ms, rounds, output_format, out))
    else:
        run_job(_capped_bench(VenueSettings(environment=bench_venue), weight, output_format, out))


async def _bench(symbols: int, latency_ms: float, rounds: int, output_format: str, out: Path | None) -> None:
    from eliteflow.operations.benchmark.bench import run_bench

    _show(
        await run_bench(symbols=symbols, latency_ms=latency_ms, rounds=rounds, progress=_progress), output_format, out
    )


async def _capped_bench(venue: VenueSettings, weight: int, output_format: str, out: Path | None) -> None:
    from eliteflow.operations.benchmark.capped_bench import run_capped_bench

    result = await run_capped_bench(
        venue, weight=weight, announce=lambda sentence: click.echo(sentence, err=True), progress=_progress
    )
    _show(result, output_format, out)


def _progress(way: str) -> None:
    click.echo(text("bench.progress", way=text(f"bench.{way}")), err=True)


def _show(result: "BenchResult", output_format: str, out: Path | None) -> None:
    from eliteflow.operations.benchmark import bench_table

    documents.write(documents.json_of(result) if output_format == "json" else bench_table.render(result), out)

"""The benchmark's figures as people read them, ending in the users' own table."""

import io
import sys

from rich.console import Console
from rich.table import Table

from eliteflow.messages import text
from eliteflow.model.venue import SIMULATED
from eliteflow.operations.benchmark.bench import LIMIT, TIMEFRAMES, BenchResult, Measurement
from eliteflow.operations.tables.rendering import columns_of

PROMISED = (5, 6)  # the speed-up over the old system that users were promised for batches of 64


def render(result: BenchResult) -> str:
    """Return all figures, then the users' table: fetch of the market, each request's share, requests at a time."""
    console = Console(file=io.StringIO(), width=columns_of(sys.stdout), highlight=False)
    with console.capture() as capture:
        place = ", ".join(f"{name} {value}" for name, value in result.machine.items())
        limits = "bench.limits" if result.venue == SIMULATED else "bench.real_limits"
        console.print(text(limits, date=result.date, machine=place, venue=result.venue), soft_wrap=True)
        console.print(_figures(result))
        console.print(_users_table(result))
        console.print(_verdict(result), soft_wrap=True)
    return capture.get()


def _figures(result: BenchResult) -> Table:
    title = text(
        "bench.title",
        symbols=result.symbols,
        timeframes=len(TIMEFRAMES),
        bars=LIMIT,
        latency_ms=f"{result.latency_ms:g}",
        rounds=result.rounds,
    )
    table = Table(title=title, title_justify="left")
    for column in ("way", "median", "spread", "cpu", "requests", "complete", "ratio"):
        table.add_column(text(f"bench.{column}"), justify="left" if column == "way" else "right")
    reference = result.measurements["serial_gathered"].market_s
    for name, measured in result.measurements.items():
        fastest, slowest = measured.spread_s
        table.add_row(
            _label(name, measured),
            f"{measured.market_s:.2f} s",
            f"{fastest:.2f}–{slowest:.2f}",
            f"{sum(measured.cpu_s) / len(measured.cpu_s) * measured.scale:.2f} s",
            str(measured.requests * measured.scale),
            f"{measured.complete * measured.scale}/{measured.series * measured.scale}",
            f"{reference / measured.market_s:.1f}×",
        )
    return table


def _users_table(result: BenchResult) -> Table:
    """The table users drew for themselves: what a fetch of the market takes, old, in batches of 64, and here."""
    old, batched, ours = (result.measurements[name] for name in ("serial_gathered", "batch_64", "ours_cold"))
    table = Table(title=text("bench.users_title"), title_justify="left")
    for column in ("figure", "old", "batched", "ours"):
        table.add_column(text(f"bench.{column}"), justify="left" if column == "figure" else "right")
    table.add_row(
        text("bench.market", symbols=result.symbols), *(f"{one.market_s:.2f} s" for one in (old, batched, ours))
    )
    table.add_row(text("bench.per_request"), *(f"{_per_request_ms(one):.2f} ms" for one in (old, batched, ours)))
    table.add_row(text("bench.concurrency"), "3", "192", "≤ 256")
    table.add_row(text("bench.speed_up"), "1×", *(f"{old.market_s / one.market_s:.1f}×" for one in (batched, ours)))
    return table


def _per_request_ms(measured: Measurement) -> float:
    """A request's share of the time for the whole market."""
    return measured.market_s * 1000 / (measured.series * measured.scale)


def _verdict(result: BenchResult) -> str:
    old, batched, ours = (result.measurements[name].market_s for name in ("serial_gathered", "batch_64", "ours_cold"))
    low, high = PROMISED
    return text(
        "bench.reached" if old / ours >= low else "bench.not_reached",
        low=low,
        high=high,
        batched=f"{old / batched:.1f}",
        ours=f"{old / ours:.1f}",
    )


def _label(name: str, measured: Measurement) -> str:
    label = text(f"bench.{name}")
    return label if measured.scale == 1 else text("bench.scaled", label=label, scale=measured.scale)

"""Commands that show the market: candles, signals, trends, indicators, a chart."""

from typing import TYPE_CHECKING

import click

from eliteflow.commands.job import CONVERGED_BARS, STRATEGY, one_cycle, run_job
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.command_options import (
    Flag,
    command,
    option,
    with_common_options,
)
from eliteflow.operations.invocation import Invocation, invoke
from eliteflow.operations.tables import documents

if TYPE_CHECKING:
    from eliteflow.operations.charts.chart_order import ChartOrder


@command()
@click.argument("symbol")
@click.argument("timeframe")
@with_common_options
@option("--verify", flag=True)
def candles(symbol: str, timeframe: str, *, verify: bool, **flags: Flag) -> None:
    """Show the newest closed candles of one symbol, or compare those on disk with the venue."""
    job = _verify if verify else _candles
    run_job(job(invoke(flags), symbol, Timeframe.parse(timeframe)))


async def _verify(invocation: Invocation, symbol: str, timeframe: Timeframe) -> None:
    from eliteflow.app import open_app
    from eliteflow.operations.tables.verification import verify

    async with invocation.venue() as settings, open_app(settings) as app:
        bars = (
            app.data_pipeline.store.capacity if "data.limit" not in invocation.loaded.origins else settings.data.limit
        )
        series = symbol.upper(), timeframe
        app.data_pipeline.load()
        found = await verify(
            app.data_pipeline.store, app.data_service, app.clock, series, bars=bars, venue=app.client.venue
        )
        invocation.write(found.render)
        found.check()


async def _candles(invocation: Invocation, symbol: str, timeframe: Timeframe) -> None:
    from eliteflow.app import open_app
    from eliteflow.operations.tables.candle_table import CandleTable

    async with invocation.venue() as settings, open_app(settings) as app:
        await app.data_service.initialize()
        app.data_pipeline.set_universe(app.data_service.all_symbols)
        frames = await app.data_pipeline.get_multi_timeframe_data(
            symbol, [timeframe], settings.data.limit, raise_errors=True
        )
        table = CandleTable(app.client.venue, symbol.upper(), timeframe, frames[timeframe], invocation.rows)
        invocation.write(table.render)


@command()
@with_common_options
@STRATEGY
@option("--why", metavar="SYMBOL")
@option("--results", flag=True)
def signals(why: str | None, *, results: bool, **flags: Flag) -> None:
    """Show the signals of one cycle, or why a symbol has none, or what became of earlier ones."""
    if results:
        _show_results(invoke(flags))
    else:
        run_job(_signals(invoke(flags, bars=CONVERGED_BARS), why))


def _show_results(invocation: Invocation) -> None:
    from eliteflow.operations.tables.signal_results import SignalResults
    from eliteflow.pipeline.disk.disk_place import data_folder

    found = SignalResults.read(data_folder(invocation.settings.store.path), invocation.rows)
    if invocation.out is not None and invocation.out.suffix == ".parquet":
        found.write_parquet(invocation.out)
        documents.write(found.render(invocation.output_format), None)
    else:
        invocation.write(found.render)


async def _signals(invocation: Invocation, why: str | None) -> None:
    from eliteflow.operations.tables.explanation_table import ExplanationTable
    from eliteflow.operations.tables.signal_table import SignalTable

    async with one_cycle(invocation) as (app, outcome):
        if why is not None:
            invocation.write(ExplanationTable.of(outcome, why, app.data_service.all_symbols).render)
        else:
            invocation.write(SignalTable(outcome, invocation.rows).render)


@command()
@with_common_options
def trends(**flags: Flag) -> None:
    """Show where every symbol is going."""
    run_job(_trends(invoke({**flags, "strategy": "none"}, bars=CONVERGED_BARS)))


async def _trends(invocation: Invocation) -> None:
    from eliteflow.operations.tables.trend_table import TrendTable

    async with one_cycle(invocation) as (app, outcome):
        symbols = tuple(row.symbol for row in outcome.rows)
        table = TrendTable(
            app.client.venue,
            symbols,
            app.scheduler.trend_monitor.trends,
            outcome.regimes,
            invocation.rows,
            outcome.without_bars,
        )
        invocation.write(table.render)


@command()
@click.argument("symbol")
@click.argument("timeframe")
@with_common_options
@option("--names", metavar="LIST")
def indicators(symbol: str, timeframe: str, names: str | None, **flags: Flag) -> None:
    """Show the indicators of one symbol at its newest closed bar."""
    chosen = [name.strip() for name in names.split(",") if name.strip()] if names else None
    run_job(_indicators(invoke(flags, bars=CONVERGED_BARS), symbol.upper(), Timeframe.parse(timeframe), chosen))


async def _indicators(invocation: Invocation, symbol: str, timeframe: Timeframe, names: list[str] | None) -> None:
    from eliteflow.app import open_app
    from eliteflow.operations.tables.indicator_table import IndicatorTable

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


@command()
@click.argument("symbol")
@click.argument("timeframe")
@with_common_options
@STRATEGY
@option("--indicators", "chart_indicators", default="ema_20,ema_50,rsi,macd", metavar="LIST")
@option("--bars", kind=int, default=160, metavar="N")
def chart(symbol: str, timeframe: str, chart_indicators: str, bars: int, **flags: Flag) -> None:
    """Draw one symbol."""
    from eliteflow.operations.charts.chart_order import ChartOrder

    order = ChartOrder.of(symbol, timeframe, chart_indicators, bars, flags["out"])
    run_job(_chart(invoke(order.flags(flags), bars=CONVERGED_BARS), order))


async def _chart(invocation: Invocation, order: "ChartOrder") -> None:
    async with one_cycle(invocation) as (app, outcome):
        order.draw(app.settings, app.client.host, app.data_pipeline, app.scheduler.engine, outcome)

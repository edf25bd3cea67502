"""Where each symbol is going, in every timeframe, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.table import Table

from eliteflow.analysis.market_regime import MarketRegime, Regime, WholeMarket
from eliteflow.analysis.trend_monitor import MarketTrends, TrendState
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import csv_text, short_time_cell, table_text, title_of, without_bars_lines

STYLE = {"up": "green", "down": "red"}


@dataclass(frozen=True, slots=True)
class TrendTable:
    """The trends and regimes of `symbols`, in that order, with the venue they came from.

    rows: of the table, None for all. without_bars: contracts that have no closed bar yet.
    """

    venue: str
    symbols: tuple[str, ...]
    trends: Mapping[Timeframe, MarketTrends]
    regimes: Mapping[Timeframe, MarketRegime]
    rows: int | None = None
    without_bars: tuple[str, ...] = ()

    def render(self, output_format: str) -> str:
        """Return them as `table`, `json` or `csv`; only the table leaves rows out."""
        return {"json": self._json, "csv": self._csv}.get(output_format, self._table)()

    def _states(self, symbol: str) -> dict[Timeframe, TrendState | None]:
        return {timeframe: trends.state(symbol) for timeframe, trends in self.trends.items()}

    def _regime(self, timeframe: Timeframe, symbol: str) -> Regime | None:
        found = self.regimes.get(timeframe)
        return None if found is None else found.of(symbol)

    def _json(self) -> str:
        found = {
            symbol: {
                timeframe: state._asdict() | {"regime": self._regime(timeframe, symbol)}
                for timeframe, state in self._states(symbol).items()
                if state
            }
            for symbol in self.symbols
        }
        market = {timeframe: regime.whole._asdict() for timeframe, regime in self.regimes.items()}
        return json_of({"venue": self.venue, "market": market, "trends": found})

    def _csv(self) -> str:
        rows = [
            (self.venue, symbol, timeframe, *state, self._regime(timeframe, symbol))
            for symbol in self.symbols
            for timeframe, state in self._states(symbol).items()
            if state
        ]
        return csv_text([("venue", "symbol", "timeframe", *TrendState._fields, "regime"), *rows])

    def _table(self) -> str:
        table = Table(title=title_of("trends.title", self.venue), title_justify="left")
        table.add_column(text("table.symbol"))
        for timeframe in self.trends:
            table.add_column(timeframe.value, justify="right")
            table.add_column(text("table.strength"), justify="right")
            table.add_column(text("trends.since"), justify="right")
        for symbol in self.symbols[: self.rows]:
            table.add_row(symbol, *(cell for state in self._states(symbol).values() for cell in _cells(state)))
        hidden = len(self.symbols) - len(self.symbols[: self.rows])
        lines = [text("terminal.hidden", count=hidden)] if hidden else []
        lines += without_bars_lines(self.without_bars)
        lines += [_market_line(timeframe, regime.whole) for timeframe, regime in self.regimes.items()]
        return table_text(table, *lines, text("trends.legend"))


def _market_line(timeframe: Timeframe, whole: WholeMarket) -> str:
    if whole.regime is None:
        return text("trends.market_unknown", timeframe=timeframe)
    name = f"{whole.regime}_{whole.direction}" if whole.direction else whole.regime
    return text("trends.market", timeframe=timeframe, **whole._asdict() | {"regime": text(f"regime.{name}")})


def _cells(state: TrendState | None) -> tuple[str, str, str]:
    if state is None or state.direction is None or state.since_ms is None:
        return ("–", "–", "–")
    mark = "" if state.converged else "~"
    direction = f"[{STYLE.get(state.direction, 'dim')}]{text(f'trend.{state.direction}')}[/]"
    since = short_time_cell(state.since_ms)
    return (direction, f"{mark}{state.strength:.2f}", f"{mark}{since}")

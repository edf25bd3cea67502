"""The indicators of one symbol at its newest closed bar."""

from dataclasses import dataclass
from math import isfinite

from rich.table import Table

from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.errors import utc_text
from eliteflow.messages import text
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import csv_text, number_cell, table_text, venue_label


@dataclass(frozen=True, slots=True)
class IndicatorTable:
    """The outputs of a market of one symbol at its newest bar, with the venue they came from."""

    venue: str
    symbol: str
    indicators: MarketIndicators

    def render(self, output_format: str) -> str:
        """Return them as `table`, `json` (unknown values are null) or `csv`."""
        return {"json": self._json, "csv": self._csv}.get(output_format, self._table)()

    @property
    def _bar_ms(self) -> int:
        return int(self.indicators.open_time_ms[-1])

    def _values(self) -> list[tuple[str, float | None, bool]]:
        """Return each output's name, value and whether that is converged."""
        found = self.indicators.at(self.symbol)
        return [
            (name, value if isfinite(value) else None, bool(self.indicators.converged(name)[0]))
            for name, value in found.items()
        ]

    def _json(self) -> str:
        return json_of(
            {
                "venue": self.venue,
                "symbol": self.symbol,
                "timeframe": self.indicators.timeframe,
                "bar_ms": self._bar_ms,
                "known_bars": int(self.indicators.known_bars[0]),
                "indicators": {name: {"value": value, "converged": flag} for name, value, flag in self._values()},
            }
        )

    def _csv(self) -> str:
        place = (self.venue, self.symbol, self.indicators.timeframe, self._bar_ms)
        head = ("venue", "symbol", "timeframe", "bar_ms", "indicator", "value", "converged")
        return csv_text([head, *((*place, *row) for row in self._values())])

    def _table(self) -> str:
        place = {"symbol": self.symbol, "timeframe": self.indicators.timeframe, "venue": venue_label(self.venue)}
        title = text("indicators.title", **place)  # as a line, which the narrow table would break
        table = Table()
        table.add_column(text("indicators.name"))
        table.add_column(text("table.value"), justify="right")
        for name, value, is_converged in self._values():
            table.add_row(name, "–" if value is None else ("" if is_converged else "~") + number_cell(value))
        bar, known_bars = utc_text(self._bar_ms), int(self.indicators.known_bars[0])
        return f"{title}\n" + table_text(
            table, text("indicators.bar", bar=bar, known_bars=known_bars), text("indicators.legend")
        )

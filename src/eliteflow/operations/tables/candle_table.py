"""The candles of one symbol as people and programs read them."""

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import table_text, title_of, without_bars_lines

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class CandleTable:
    """Candles of one symbol, oldest first, with the venue they came from.

    rows: how many of the newest the table shows; None: all.
    """

    venue: str
    symbol: str
    timeframe: Timeframe
    frame: "pd.DataFrame"
    rows: int | None = None

    def render(self, output_format: str) -> str:
        """Return them as `table`, `json` (times in UTC milliseconds) or `csv` (times in ISO 8601)."""
        return {"json": self._json, "csv": self._csv}.get(output_format, self._table)()

    def _json(self) -> str:
        times_ms = self.frame.index.as_unit("ms").asi8.tolist()  # type: ignore[attr-defined]  # it is a DatetimeIndex
        candles = [
            {"open_time_ms": time_ms, **candle}
            for time_ms, candle in zip(times_ms, self.frame.to_dict("records"), strict=True)
        ]
        return json_of({"venue": self.venue, "symbol": self.symbol, "timeframe": self.timeframe, "candles": candles})

    def _csv(self) -> str:
        lines = io.StringIO()
        writer = csv.writer(lines)
        writer.writerow(("venue", "symbol", "timeframe", "timestamp", *self.frame.columns))
        for timestamp, *candle in self.frame.itertuples():
            writer.writerow((self.venue, self.symbol, self.timeframe, timestamp.isoformat(), *candle))
        return lines.getvalue()

    def _table(self) -> str:
        title = title_of("candles.title", self.venue, symbol=self.symbol, timeframe=self.timeframe)
        table = Table(title=title, title_justify="left")
        table.add_column(text("candles.time"))
        columns = ("open", "high", "low", "close", "volume", "quote_volume", "trades")
        for column in columns:
            table.add_column(text(f"candles.{column}"), justify="right")
        shown = self.frame[list(columns)].tail(len(self.frame) if self.rows is None else self.rows)
        for timestamp, *candle in shown.itertuples():
            table.add_row(timestamp.strftime("%Y-%m-%d %H:%M"), *(f"{number:.12g}" for number in candle))
        hidden = len(self.frame) - len(shown)
        lines = [text("candles.hidden", count=hidden)] if hidden else []
        lines += without_bars_lines(() if len(self.frame) else (self.symbol,))
        return table_text(table, *lines)

"""What is held of a series against what the venue has now."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from eliteflow.clock import Clock
from eliteflow.errors import CandlesDiffer, utc_text
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import csv_text, table_text, title_of
from eliteflow.pipeline.audit import Mismatch, compare
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.data_service import DataService


@dataclass(frozen=True, slots=True)
class Verification:
    """Closed bars of one series that were held, and those of them that the venue has otherwise.

    held: bars compared, 0 where nothing is held. first_ms, last_ms: open times of the outermost.
    """

    venue: str
    symbol: str
    timeframe: Timeframe
    held: int
    first_ms: int
    last_ms: int
    mismatches: Sequence[Mismatch]

    def render(self, output_format: str) -> str:
        """Return it as `table`, `json` or `csv`: one row for each field that differs."""
        rows = [
            (utc_text(mismatch.open_time_ms), mismatch.open_time_ms, field, held, venue_has)
            for mismatch in self.mismatches
            for field, (held, venue_has) in mismatch.fields.items()
        ]
        if output_format == "json":
            return self._json()
        if output_format == "csv":
            head = ("venue", "symbol", "timeframe", "open_time_ms", "field", "held", "venue_has")
            return csv_text([head, *((self.venue, self.symbol, self.timeframe, *row[1:]) for row in rows)])
        table = Table(title=title_of("verify.title", self.venue, symbol=self.symbol, timeframe=self.timeframe))
        for name in ("bar", "field", "held", "venue_has"):
            table.add_column(text(f"verify.{name}"), justify="left" if name in ("bar", "field") else "right")
        for bar, _, field, held, venue_has in rows:
            table.add_row(bar, field, f"{held:.12g}", f"{venue_has:.12g}")
        return (table_text(table) if rows else "") + f"{self.sentence()}\n"

    def sentence(self) -> str:
        """Return the finding in one sentence."""
        if not self.held:
            return text("verify.nothing", symbol=self.symbol, timeframe=self.timeframe)
        return text(
            "verify.found",
            symbol=self.symbol,
            timeframe=self.timeframe,
            bars=self.held,
            first=utc_text(self.first_ms),
            last=utc_text(self.last_ms),
            differ=len(self.mismatches),
        )

    def check(self) -> None:
        """Raise CandlesDiffer if a bar differs."""
        if self.mismatches:
            raise CandlesDiffer(self.symbol, self.timeframe, bars=self.held, differ=len(self.mismatches))

    def _json(self) -> str:
        found = [
            {"open_time_ms": mismatch.open_time_ms, "fields": {k: list(v) for k, v in mismatch.fields.items()}}
            for mismatch in self.mismatches
        ]
        head = {"venue": self.venue, "symbol": self.symbol, "timeframe": self.timeframe, "bars": self.held}
        return json_of({**head, "first_ms": self.first_ms, "last_ms": self.last_ms, "mismatches": found})


async def verify(
    store: CandleStore,
    data_service: DataService,
    clock: Clock,
    series: tuple[str, Timeframe],
    *,
    bars: int,
    venue: str,
) -> Verification:
    """Compare the newest `bars` closed bars that are held of a series with the venue's own, asked for now.

    Raises what the venue's answer raises.
    """
    symbol, timeframe = series
    newest_ms = store.newest_closed_ms(symbol, timeframe)
    if newest_ms is None:
        return Verification(venue, symbol, timeframe, 0, 0, 0, ())
    requested_ms = clock.now_ms()
    answer = await data_service.fetch_history(symbol, timeframe, limit=bars, end_ms=newest_ms)
    block = store.block(timeframe, (symbol,), newest_ms, bars)
    held = int(block.known[0])
    first_ms = newest_ms - (held - 1) * timeframe.ms
    return Verification(
        venue, symbol, timeframe, held, first_ms, newest_ms, compare(block, answer, requested_ms=requested_ms)
    )

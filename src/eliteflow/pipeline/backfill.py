"""What to ask the venue for. Pure: coverage in, requests out."""

from collections.abc import Iterable
from typing import NamedTuple

from eliteflow.model.klines_weight import BEST_ROWS, cheapest_rows
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import Coverage


class Fetch(NamedTuple):
    """One request: the `limit` newest bars of a series that opened at or before `end_ms`."""

    symbol: str
    timeframe: Timeframe
    limit: int
    end_ms: int

    @property
    def start_ms(self) -> int:
        """Open time of the oldest bar that is asked for."""
        return self.end_ms - (self.limit - 1) * self.timeframe.ms

    def covers(self, other: "Fetch") -> bool:
        """Return whether the answer to this request holds the answer to the other one of the same series."""
        return self.end_ms >= other.end_ms and self.start_ms <= other.start_ms


def plan_backfill(
    coverage: Coverage, *, capacity: int, include_forming: bool = False, spare_rows: int = 0
) -> list[Fetch]:
    """Return one request for each series that lacks something, from its oldest missing bar to its newest.

    A series that memory knows nothing of is filled with all that the same weight buys, at most `capacity` bars.
    include_forming: ask for the bar in progress too, of every series; it is the last row of the same answer.
    spare_rows: rows that the source adds to a request by itself, so that they do not raise its weight.
    """
    interval_ms = coverage.timeframe.ms
    forming_ms = coverage.head_ms + interval_ms
    fetches = []
    for symbol, missing, oldest_ms, newest_ms, is_empty in zip(
        coverage.symbols,
        coverage.missing.tolist(),
        coverage.oldest_missing_ms.tolist(),
        coverage.newest_missing_ms.tolist(),
        coverage.is_empty.tolist(),
        strict=True,
    ):
        if not missing and not include_forming:
            continue
        end_ms = forming_ms if include_forming else newest_ms
        rows = (end_ms - (oldest_ms if missing else forming_ms)) // interval_ms + 1
        if missing and is_empty:
            rows = min(cheapest_rows(rows + spare_rows) - spare_rows, capacity + include_forming)
        fetches.append(Fetch(symbol, coverage.timeframe, rows, end_ms))
    return fetches


def plan_deepening(coverages: Iterable[Coverage], *, spare_rows: int = 0) -> list[Fetch]:
    """Return one request for each series that lacks history, of at most the rows that cost least a row.

    coverages: one for each timeframe, with as many bars as memory shall hold; in their order whole timeframes become
        deep, one after the other. A request ends at the newest missing bar, so what is held is not asked for again.
    spare_rows: as in `plan_backfill`.

    Deeper history than one request gives takes several rounds, each planned with what memory has by then: a listing
    whose first bar is known lacks nothing before it.
    """
    most = BEST_ROWS - spare_rows
    fetches = []
    for coverage in coverages:
        rows = (coverage.newest_missing_ms - coverage.oldest_missing_ms) // coverage.timeframe.ms + 1
        for row in coverage.missing.nonzero()[0].tolist():
            limit, end_ms = min(most, int(rows[row])), int(coverage.newest_missing_ms[row])
            fetches.append(Fetch(coverage.symbols[row], coverage.timeframe, limit, end_ms))
    return fetches

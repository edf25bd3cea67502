"""A venue inside the test: answers as `BinanceClient` does, without a connection."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eliteflow.clock import Clock
from eliteflow.errors import UnknownSymbol
from eliteflow.model.candle import FIELDS
from eliteflow.model.priority import Priority
from eliteflow.model.series import Series
from eliteflow.model.spend import Spend
from eliteflow.model.timeframe import Timeframe
from eliteflow.testing.series import series_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLOSE, _TRADES = FIELDS.index("close"), FIELDS.index("trades")


class Request(NamedTuple):
    """What was asked for."""

    symbol: str
    timeframe: Timeframe
    limit: int
    start_ms: int | None
    end_ms: int | None


class MemorySource:
    """Serves the candles of `testing.series` for any symbol, up to the bar in progress at the clock's time.

    requests: everything asked for so far.
    faults: symbol, or (symbol, timeframe) → the error that is raised instead of an answer.
    listed_ms: symbol → open time of its first bar. unknown: symbols that do not trade.
    silent_ms: bars that opened at or after this time are not served yet. missing_ms: nor are these, ever.
    revisions: (symbol, timeframe, open time) → the close that is served instead.
    gate: when set to an Event that is not set, answers wait for it. line: so do requests, before they leave.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.requests: list[Request] = []
        self.faults: dict[str | tuple[str, str], Exception] = {}
        self.listed_ms: dict[str, int] = {}
        self.unknown: set[str] = set()
        self.silent_ms: int | None = None
        self.missing_ms: set[int] = set()
        self.revisions: dict[tuple[str, str, int], float] = {}
        self.gate: asyncio.Event | None = None
        self.line: asyncio.Event | None = None

    async def fetch_series(
        self,
        symbol: str,
        timeframe: Timeframe,
        *,
        limit: int,
        start_ms: int | None = None,
        end_ms: int | None = None,
        priority: Priority = Priority.INTERACTIVE,
        on_sent: Callable[[], None] | None = None,
    ) -> Series:
        """Return at most `limit` candles, as the venue would; raise the fault that was set."""
        if self.line is not None:
            await self.line.wait()
        if on_sent is not None:
            on_sent()
        self.requests.append(Request(symbol, timeframe, limit, start_ms, end_ms))
        if self.gate is not None:
            await self.gate.wait()
        if error := self.faults.get(symbol) or self.faults.get((symbol, timeframe.value)):
            raise error
        if symbol in self.unknown:
            raise UnknownSymbol(symbol)
        return self._answer(symbol, timeframe, limit, start_ms, end_ms)

    def spend(self) -> Spend:
        """Return how many requests were made, at one weight each."""
        return Spend(len(self.requests), len(self.requests))

    def _answer(
        self, symbol: str, timeframe: Timeframe, limit: int, start_ms: int | None, end_ms: int | None
    ) -> Series:
        forming_ms = timeframe.open_time_ms(self.clock.now_ms())
        times = self._open_times(symbol, timeframe, limit, start_ms, min(forming_ms, end_ms or forming_ms))
        series = series_at(symbol, timeframe, times)
        for bar, open_ms in enumerate(times.tolist()):
            if open_ms == forming_ms:
                series.values[_TRADES, bar] /= 2
            if close := self.revisions.get((symbol, timeframe.value, open_ms)):
                series.values[_CLOSE, bar] = close
        return series

    def _open_times(
        self, symbol: str, timeframe: Timeframe, limit: int, start_ms: int | None, end_ms: int
    ) -> "NDArray[np.int64]":
        if self.silent_ms is not None:
            end_ms = min(end_ms, self.silent_ms - timeframe.ms)
        last_ms = end_ms - end_ms % timeframe.ms
        earliest_ms = max(start_ms or 0, self.listed_ms.get(symbol, 0))
        bars = limit + len(self.missing_ms) if start_ms is None else (last_ms - start_ms) // timeframe.ms + 1
        times = last_ms + np.arange(1 - bars, 1) * timeframe.ms
        times = times[(times >= earliest_ms) & ~np.isin(times, list(self.missing_ms))]
        return times[-limit:] if start_ms is None else times[:limit]

"""Any client that users bring along, as a source of candles."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.clock import Clock
from eliteflow.errors import (
    DataNotReady,
    EliteflowError,
    ExchangeUnreachable,
    MalformedPayload,
    UnknownSymbol,
)
from eliteflow.messages import text
from eliteflow.model.klines_weight import MOST_ROWS
from eliteflow.model.priority import Priority
from eliteflow.model.series import Series
from eliteflow.model.spend import Spend
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.ports import KlinesClient

if TYPE_CHECKING:
    from numpy.typing import NDArray

IN_FLIGHT = 64
EXCERPT_CHARACTERS = 80
INVALID_SYMBOL = -1121

# Where the venue's rows hold the open time and the fields of `model.FIELDS` (reference A.4).
_OPEN_TIME = 0
_FIELD_COLUMNS = (1, 2, 3, 4, 5, 7, 8, 9, 10)


class KlinesClientSource:
    """A source of candles over any `async get_klines(symbol, interval, limit)` that returns the venue's raw rows.

    Such a client has no end time, so every request reaches up to now: it asks for the bar in progress too, and drops
    what lies after the time wanted. At most 64 requests are under way at once. Whatever the client raises becomes
    ExchangeUnreachable, except the venue's code -1121, which becomes UnknownSymbol.
    """

    def __init__(self, client: KlinesClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._requests = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._places = asyncio.Semaphore(IN_FLIGHT)

    def __repr__(self) -> str:
        return f"<KlinesClientSource over {type(self._client).__name__}, {self._requests} requests>"

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
        """Return at most `limit` candles from `start_ms` up to `end_ms`, the newest by default.

        priority: without effect. on_sent: called when the client is.
        Raises DataNotReady for bars that 1,500 rows back from now do not reach, and ExchangeUnreachable, UnknownSymbol
        or MalformedPayload.
        """
        newest_ms = timeframe.open_time_ms(self._clock.now_ms())
        last_ms = newest_ms if end_ms is None else min(end_ms, newest_ms)
        reach_ms = (limit - 1) * timeframe.ms
        if start_ms is not None:
            last_ms = min(last_ms, start_ms + reach_ms)
        first_ms = last_ms - reach_ms if start_ms is None else start_ms
        rows = (newest_ms - first_ms) // timeframe.ms + 1
        series = await self._reach(symbol, timeframe, first_ms, rows, on_sent)
        start, stop = np.searchsorted(series.open_time_ms, (first_ms, last_ms + 1))
        return series.select(slice(int(start), int(stop)))

    def spend(self) -> Spend:
        """Return how often the client was called; what it sent, and at what weight, it alone knows."""
        return Spend(self._requests, None)

    async def _reach(
        self, symbol: str, timeframe: Timeframe, first_ms: int, rows: int, on_sent: Callable[[], None] | None
    ) -> Series:
        """Return all candles from `first_ms` on; a boundary passed while asking costs a second, longer request."""
        while True:
            series = await self._ask(symbol, timeframe, min(rows, MOST_ROWS), on_sent)
            if len(series) < min(rows, MOST_ROWS) or series.open_time_ms[0] <= first_ms:
                return series
            short = int(series.open_time_ms[0] - first_ms) // timeframe.ms
            rows = len(series) + short
            if len(series) == MOST_ROWS:
                raise DataNotReady(symbol, timeframe, have=MOST_ROWS, need=rows)

    async def _ask(self, symbol: str, timeframe: Timeframe, rows: int, on_sent: Callable[[], None] | None) -> Series:
        async with self._place():
            self._requests += 1
            if on_sent is not None:
                on_sent()
            try:
                answer = await self._client.get_klines(symbol=symbol, interval=timeframe.value, limit=rows)
            except EliteflowError:
                raise
            except Exception as error:  # foreign code may raise anything, and one symbol must not hurt the others
                raise _translated(error, symbol, type(self._client).__name__) from error
        return _decode(answer, symbol, timeframe)

    def _place(self) -> asyncio.Semaphore:
        """Return the bound on requests under way, one for each event loop: scripts run one after another."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._places = loop, asyncio.Semaphore(IN_FLIGHT)
        return self._places


def _translated(error: Exception, symbol: str, client: str) -> EliteflowError:
    if getattr(error, "code", None) == INVALID_SYMBOL:
        return UnknownSymbol(symbol)
    return ExchangeUnreachable(client, f"{type(error).__name__}: {error}")


def _decode(answer: list[list[object]], symbol: str, timeframe: Timeframe) -> Series:
    try:
        open_time_ms = np.array([int(str(row[_OPEN_TIME])) for row in answer], np.int64)
        values = np.array([[float(str(row[column])) for row in answer] for column in _FIELD_COLUMNS], np.float64)
        _check(open_time_ms, values, timeframe)
    except (TypeError, ValueError, LookupError) as error:
        reason = text("foreign.rows", timeframe=timeframe)
        raise MalformedPayload(
            f"get_klines({symbol}, {timeframe})", reason, repr(answer)[:EXCERPT_CHARACTERS]
        ) from error
    return Series(open_time_ms, values)


def _check(open_time_ms: "NDArray[np.int64]", values: "NDArray[np.float64]", timeframe: Timeframe) -> None:
    """Raise ValueError for times out of order or off the timeframe's multiples, and for numbers that are none."""
    if (open_time_ms % timeframe.ms).any() or (np.diff(open_time_ms) <= 0).any() or not np.isfinite(values).all():
        raise ValueError

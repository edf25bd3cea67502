"""Any stretch of a series' past, page after page at the venue's best price."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import NamedTuple

import numpy as np

from eliteflow.model.klines_weight import BEST_ROWS
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.ports import SeriesSource
from eliteflow.pipeline.tally import Tally


class Stretch(NamedTuple):
    """A stretch of one series: candles that opened from `start_ms` up to `end_ms`, at most `limit` of them.

    Without a start these are the newest ones, with it the oldest, as the venue has it. limit None: all there are,
    which needs a start.
    """

    symbol: str
    timeframe: Timeframe
    limit: int | None
    end_ms: int
    start_ms: int | None = None


async def fetch_stretch(
    source: SeriesSource, stretch: Stretch, tally: Tally, on_sent: Callable[[], None] | None = None
) -> Series:
    """Return the stretch, one request after the other; fewer candles where the symbol has no more.

    on_sent: called whenever a request leaves for the venue.
    The last candle may be the bar in progress if `end_ms` reaches it. Raises what the source raises.
    """
    if stretch.start_ms is not None:
        return joined([page async for page in _pages_forward(source, stretch, stretch.start_ms, tally, on_sent)])
    pages = [page async for page in _pages_backward(source, stretch, stretch.limit or 1, tally, on_sent)]
    return joined(reversed(pages))


def joined(pages: Iterable[Series]) -> Series:
    """Return runs that follow each other as one."""
    runs = [Series.empty(), *pages]
    return Series(
        np.concatenate([run.open_time_ms for run in runs]), np.concatenate([run.values for run in runs], axis=1)
    )


async def _pages_backward(
    source: SeriesSource, stretch: Stretch, left: int, tally: Tally, on_sent: Callable[[], None] | None
) -> AsyncIterator[Series]:
    end_ms = stretch.end_ms
    while left > 0:
        rows = min(left, BEST_ROWS)
        tally.ask(rows)
        page = await source.fetch_series(stretch.symbol, stretch.timeframe, limit=rows, end_ms=end_ms, on_sent=on_sent)
        yield page
        if len(page) < rows:
            return
        left -= rows
        end_ms = int(page.open_time_ms[0]) - stretch.timeframe.ms


async def _pages_forward(
    source: SeriesSource, stretch: Stretch, start_ms: int, tally: Tally, on_sent: Callable[[], None] | None
) -> AsyncIterator[Series]:
    left = stretch.limit
    while start_ms <= stretch.end_ms and left != 0:
        rows = min(
            (stretch.end_ms - start_ms) // stretch.timeframe.ms + 1, BEST_ROWS, *([] if left is None else [left])
        )
        tally.ask(rows)
        page = await source.fetch_series(
            stretch.symbol, stretch.timeframe, limit=rows, start_ms=start_ms, end_ms=stretch.end_ms, on_sent=on_sent
        )
        yield page
        if not len(page):
            return
        left = None if left is None else left - len(page)
        start_ms = int(page.open_time_ms[-1]) + stretch.timeframe.ms

"""What the venue itself holds to be true, and whether candles agree with it to the last bit."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import aiohttp
import msgspec
import numpy as np
from numpy.typing import NDArray

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk.disk_reader import DiskReader

COLUMNS = (1, 2, 3, 4, 5, 7, 8, 9, 10)
"""Of the venue's rows: open high low close volume quote_volume trades taker_buy_volume taker_buy_quote_volume."""
OPENED, CLOSED = 0, -1

DEPTH = 499
"""Bars that a run fetches of each series in the background (`data.history_bars`)."""

Series = tuple[str, Timeframe]
Bar = tuple[float, ...]
Held = tuple["NDArray[np.int64]", "NDArray[np.float64]"]
"""Open times, and values of shape (fields, bars)."""

NOTHING: Held = (np.zeros(0, np.int64), np.zeros((len(COLUMNS), 0)))


class Difference(NamedTuple):
    """A bar that is missing (`held` None) or not as the venue has it."""

    symbol: str
    timeframe: Timeframe
    open_time_ms: int
    held: Bar | None
    true: Bar


class Truth:
    """Closed bars as the venue has them, by series and open time; each is asked for once unless `fetch` is told again.

    control_url: the local venue's control port.
    """

    def __init__(self, control_url: str) -> None:
        self.bars: dict[Series, dict[int, Bar]] = {}
        self._url = control_url

    async def fetch(self, series: Iterable[Series], limit: int = 600) -> None:
        """Learn the newest bars of some series."""
        async with aiohttp.ClientSession() as session:
            for symbol, timeframe in series:
                place = f"{self._url}/truth?symbol={quote(symbol)}&timeframe={timeframe}&limit={limit}"
                async with session.get(place) as answer:
                    rows = msgspec.json.decode(await answer.read())["rows"]
                known = self.bars.setdefault((symbol, timeframe), {})
                known |= {row[OPENED]: tuple(float(row[place]) for place in COLUMNS) for row in rows if row[CLOSED]}

    def compare(
        self, series: Series, open_time_ms: "NDArray[np.int64]", values: "NDArray[np.float64]", depth: int = DEPTH
    ) -> list[Difference]:
        """Return which of a series' bars differ, and which are missing from the first to the newest true one.

        values: shape (fields, bars); fewer fields than the venue's nine are compared as far as they go.
        depth: so many of the newest bars must be there, if there are so many.
        """
        true, found = self.bars[series], dict(zip(open_time_ms.tolist(), values.T.tolist(), strict=True))
        fields, newest = len(values), sorted(true)[-depth:]
        first_ms = min([*found, *newest[:1]], default=0)  # a contract just listed has no closed hour yet
        wanted = (open_ms for open_ms in true if open_ms >= first_ms)
        return [
            Difference(*series, open_ms, tuple(held) if held else None, true[open_ms])
            for open_ms in wanted
            if (held := found.get(open_ms)) is None or tuple(held) != true[open_ms][:fields]
        ]


def on_disk(path: Path, timeframes: Iterable[Timeframe]) -> dict[Series, Held]:
    """Return all that a file of candles holds."""
    with DiskReader(path) as reader:
        return {(s.symbol, s.timeframe): (s.open_time_ms, s.values) for s in reader.series([*timeframes])}

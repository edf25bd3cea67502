"""The journal of the disk cache: many symbols' bars in one row, found again by symbol. Pure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk_bars import NO_BARS, Bars

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Batch(NamedTuple):
    """Bars that came together, one of each symbol: a close, revisions, or bars that came late."""

    timeframe: Timeframe
    symbols: tuple[str, ...]
    bars: Bars


class JournalRow(NamedTuple):
    """A batch as it was read; numbers grow in the order of writing."""

    number: int
    symbols: tuple[str, ...]
    bars: Bars


class Additions(NamedTuple):
    """All bars of one symbol in the journal, in the order of writing. number: int64, (bars,), of each bar's row."""

    number: "NDArray[np.int64]"
    bars: Bars

    def after(self, number: int) -> Bars:
        """Return those written after the row `number`."""
        if self.number[0] > number:
            return self.bars
        return self.bars.select(self.number > number)


def by_symbol(rows: Iterable[JournalRow]) -> dict[str, Additions]:
    """Return what the journal holds of each symbol; rows come in the order of writing, all of one timeframe."""
    rows = list(rows)
    if not rows:
        return {}
    places: dict[str, int] = {}
    place = np.array([places.setdefault(symbol, len(places)) for row in rows for symbol in row.symbols], np.intp)
    number = np.repeat([row.number for row in rows], [len(row.symbols) for row in rows])
    bars = Bars(*(np.concatenate(arrays, axis=-1) for arrays in zip(*(row.bars for row in rows), strict=True)))
    order = np.argsort(place, kind="stable")
    number, bars = number[order], bars.select(order)
    ends = np.cumsum(np.bincount(place, minlength=len(places)))
    starts = np.append(0, ends[:-1])
    return {
        symbol: Additions(number[start:end], bars.select(slice(start, end)))
        for symbol, start, end in zip(places, starts.tolist(), ends.tolist(), strict=True)
    }


def bars_after(additions: dict[str, Additions], symbol: str, number: int) -> Bars:
    """Return what the journal holds of a symbol after the row `number`."""
    found = additions.get(symbol)
    return NO_BARS if found is None else found.after(number)

"""The journal of the disk cache: many symbols' bars in one row, found again by symbol. Pure."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk.disk_bars import NO_BARS, Bars, concatenated

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Batch(NamedTuple):
    """Bars that came together: a close or a part of it, revisions, or bars that came late. symbols: each bar's own."""

    timeframe: Timeframe
    symbols: tuple[str, ...]
    bars: Bars


class JournalRow(NamedTuple):
    """A batch as it was read; numbers grow in the order of writing. symbols: their names, one a line."""

    number: int
    symbols: str
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


def joined(batches: Sequence[Batch]) -> Batch:
    """Return batches of one timeframe as one, in their order."""
    first, *others = batches
    if not others:
        return first
    symbols = tuple(symbol for batch in batches for symbol in batch.symbols)
    return Batch(first.timeframe, symbols, concatenated(batch.bars for batch in batches))


def by_symbol(rows: Iterable[JournalRow]) -> dict[str, Additions]:
    """Return what the journal holds of each symbol; rows come in the order of writing, all of one timeframe."""
    rows = list(rows)
    if not rows:
        return {}
    places = _Places()
    place = np.concatenate([places.of(row.symbols) for row in rows])
    number = np.repeat([row.number for row in rows], [len(row.bars.version) for row in rows])
    bars = concatenated(row.bars for row in rows)
    order = np.argsort(place, kind="stable")
    number, bars = number[order], bars.select(order)
    ends = np.cumsum(np.bincount(place, minlength=len(places.symbols)))
    starts = np.append(0, ends[:-1])
    return {
        symbol: Additions(number[start:end], bars.select(slice(start, end)))
        for symbol, start, end in zip(places.symbols, starts.tolist(), ends.tolist(), strict=True)
    }


class _Places:
    """Numbers for symbols. Most rows name the same ones, so the numbers of each list of names are remembered."""

    def __init__(self) -> None:
        self.symbols: dict[str, int] = {}
        self._known: dict[str, NDArray[np.intp]] = {}

    def of(self, symbols: str) -> "NDArray[np.intp]":
        """Return the numbers of some symbols, one name a line."""
        if symbols not in self._known:
            numbers = [self.symbols.setdefault(symbol, len(self.symbols)) for symbol in symbols.split("\n")]
            self._known[symbols] = np.array(numbers, np.intp)
        return self._known[symbols]


def bars_after(additions: dict[str, Additions], symbol: str, number: int) -> Bars:
    """Return what the journal holds of a symbol after the row `number`."""
    found = additions.get(symbol)
    return NO_BARS if found is None else found.after(number)

"""All candles of a venue as they stand now, as floats, for comparing a whole market at once.

They come of the venue's whole numbers and not of its text, so that a simulated hour is compared in a fraction of a
second; that both say the same is a test of its own.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import FIRST_TRADE, OPEN, QUOTE, TAKER_QUOTE, TAKER_VOLUME, TRADES, VOLUME, roll_up
from eliteflow.emulator.intervals import BASE_MS, INTERVALS
from eliteflow.emulator.market import Market
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.merge import SETTLE_MS, rest_version

BARS = 499
"""Bars of each series that are compared, the newest: as many as a program keeps ready."""

TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
_ROWS_AT_ONCE = 32


class VenueTruth:
    """The newest bars of every contract, NaN before a contract was listed."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._heads_ms: dict[Timeframe, int] = {}
        self._values: dict[Timeframe, NDArray[np.float64]] = {}
        self._revised: dict[tuple[int, int], list[int]] = {}

    def advance(self, now_ms: int) -> None:
        """Take in the bars that have closed by now, and what was revised."""
        for timeframe in TIMEFRAMES:
            self._extend(timeframe, timeframe.newest_closed_ms(now_ms))
        for at, values in self._market.base._revised.items():
            if self._revised.get(at) != values:
                self._revised[at] = values
                self._revise(*at)
        for row in self._young(now_ms):
            for timeframe in TIMEFRAMES:
                self._put_young(row, timeframe)

    def series(self, timeframe: Timeframe, symbol: str) -> StoredSeries:
        """Return a series as REST would have given it when its newest bar closed."""
        values, head_ms = self._values[timeframe][:, self._market.rows[symbol]], self._heads_ms[timeframe]
        listed = ~np.isnan(values[0])
        times = (head_ms + np.arange(1 - BARS, 1) * timeframe.ms)[listed]
        versions = np.full(len(times), rest_version(head_ms + timeframe.ms + SETTLE_MS))
        first_ms = 0 if listed.all() or not len(times) else int(times[0])
        return StoredSeries(symbol, timeframe, times, values[:, listed], versions, first_ms)

    def differences(self, timeframe: Timeframe, symbols: Sequence[str], store: CandleStore) -> Iterator[str]:
        """Yield every series in memory of which a bar differs or is missing."""
        head_ms = self._heads_ms[timeframe]
        held = store.block(timeframe, symbols, head_ms, BARS).values
        expected = self._values[timeframe][:, [self._market.rows[symbol] for symbol in symbols]]
        padded = np.full_like(expected, np.nan)
        padded[..., BARS - held.shape[-1] :] = held
        differs = ((padded != expected) & ~(np.isnan(padded) & np.isnan(expected))).any(axis=0)
        for place in np.flatnonzero(differs.any(axis=1)).tolist():
            bar = int(np.flatnonzero(differs[place])[-1])
            open_ms = head_ms - (BARS - 1 - bar) * timeframe.ms
            mine, theirs = padded[:, place, bar].tolist(), expected[:, place, bar].tolist()
            yield f"{symbols[place]} {timeframe} {differs[place].sum()} bars, {open_ms}: {mine} instead of {theirs}"
        newest = {symbol: store.newest_closed_ms(symbol, timeframe) for symbol in symbols}
        yield from (f"{symbol} {timeframe}: unknown bar {ms}" for symbol, ms in newest.items() if ms and ms > head_ms)

    def stored_difference(self, stored: StoredSeries) -> str | None:
        """Return in what a series on disk differs."""
        head_ms, row = self._heads_ms[stored.timeframe], self._market.rows[stored.symbol]
        times = head_ms + np.arange(1 - BARS, 1) * stored.timeframe.ms
        expected = self._values[stored.timeframe][:, row]
        listed = ~np.isnan(expected[0])
        kept = stored.open_time_ms >= times[0]
        if not np.array_equal(stored.open_time_ms[kept], times[listed]):
            lacking = np.setdiff1d(times[listed], stored.open_time_ms)
            return f"{stored.symbol} {stored.timeframe} on disk lacks {len(lacking)} bars, {lacking[-3:]}"
        if not np.array_equal(stored.values[:, kept], expected[:, listed]):
            return f"{stored.symbol} {stored.timeframe} on disk has other numbers"
        return None

    def _extend(self, timeframe: Timeframe, head_ms: int) -> None:
        before_ms = self._heads_ms.get(timeframe, head_ms - BARS * timeframe.ms)
        self._heads_ms[timeframe] = head_ms
        if head_ms == before_ms:
            return
        first, end = (before_ms + timeframe.ms) // BASE_MS, (head_ms + timeframe.ms) // BASE_MS
        rows = range(len(self._market.instruments))
        pieces = [self._made([*rows[at : at + _ROWS_AT_ONCE]], first, end, timeframe) for at in rows[::_ROWS_AT_ONCE]]
        added = np.concatenate(pieces, axis=1)
        held = self._values.get(timeframe, added[..., :0])
        self._values[timeframe] = np.concatenate((held, added), axis=2)[..., -BARS:]

    def _made(self, rows: list[int], first: int, end: int, timeframe: Timeframe) -> NDArray[np.float64]:
        """Return the bars of some contracts that 5m bars `first` … `end - 1` make, shape (9, contracts, bars)."""
        parts = self._market.base.of_many(rows, first, end - first)
        bars = roll_up(parts, np.arange(0, end - first, timeframe.ms // BASE_MS))
        units = np.stack([self._units(row) for row in rows], axis=1)[:, :, None]
        return _floats(bars[:FIRST_TRADE], np.broadcast_to(units, bars[:FIRST_TRADE].shape))

    def _units(self, row: int) -> NDArray[np.float64]:
        """Return how many units make one, field by field."""
        instrument = self._market.instruments[row]
        price, quantity = 10.0**instrument.price_precision, 10.0**instrument.quantity_precision
        units = np.full(FIRST_TRADE, price)
        units[OPEN:VOLUME] = price
        units[[VOLUME, TAKER_VOLUME]], units[[QUOTE, TAKER_QUOTE]], units[TRADES] = quantity, price * quantity, 1.0
        return units

    def _revise(self, row: int, bar: int) -> None:
        for timeframe in TIMEFRAMES:
            open_ms = timeframe.open_time_ms(bar * BASE_MS)
            place = BARS - 1 - (self._heads_ms[timeframe] - open_ms) // timeframe.ms
            if 0 <= place < BARS:
                first = open_ms // BASE_MS
                made = self._made([row], first, first + timeframe.ms // BASE_MS, timeframe)
                self._values[timeframe][:, row, place] = made[:, 0, 0]

    def _young(self, now_ms: int) -> list[int]:
        """Return the contracts that were listed within what is compared."""
        begin_ms = now_ms - (BARS + 1) * TIMEFRAMES[0].ms
        return [row for row in self._market.rows.values() if self._market.instruments[row].onboard_date > begin_ms]

    def _put_young(self, row: int, timeframe: Timeframe) -> None:
        """Write the bars of a contract from its listing on: the first one may have begun before it."""
        interval, values = INTERVALS[timeframe.value], self._values[timeframe][:, row]
        end = interval.index_at(self._heads_ms[timeframe]) + 1
        first = max(end - BARS, interval.index_at(self._market.instruments[row].onboard_date))
        values[:] = np.nan
        if first < end:
            bars = self._market.candles.closed(row, interval, first, end)[:FIRST_TRADE]
            values[:, first - end :] = _floats(bars, np.broadcast_to(self._units(row)[:, None], bars.shape))


def _floats(counts: NDArray[np.int64], units: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the floats next to the decimals, as reading their text gives them."""
    values = counts / units
    large = np.abs(counts) > 2**53  # such a number is no float itself
    values[large] = [int(count) / int(unit) for count, unit in zip(counts[large], units[large], strict=True)]
    return values

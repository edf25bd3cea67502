"""The market as the venue shows it: rows of candles of every contract and interval, at any instant."""

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import FIELDS, Block, roll_up
from eliteflow.emulator.base_bars import BaseBars
from eliteflow.emulator.candles import Candles, opens_ms
from eliteflow.emulator.instruments import Instrument
from eliteflow.emulator.intervals import BASE_MS, INTERVALS, Interval
from eliteflow.emulator.rows import encode_row, encode_rows
from eliteflow.emulator.series import Series

WARM_ROWS = 100
WARM_INTERVALS = ("5m", "15m", "1h")
_WARM_CONTRACTS = 32  # as many as keep the arrays in the processor's cache
_LARGEST_SPAN_MS = 16_384 * BASE_MS  # what is made at once
_NEAR_ROWS = 2_000  # further back than this, rows are made for the one answer and not kept
_UNFINAL_PART = 100  # a bar that is not final yet lacks what happened in its last hundredth
_FEW_ROWS = 40  # below this, writing one row after another is quicker


@dataclass(frozen=True, slots=True)
class KlineQuery:
    """A valid klines request."""

    symbol: str
    interval: Interval
    start_ms: int | None
    end_ms: int | None
    limit: int


class Market:
    """All contracts and their candles; a pure function of time, with caches."""

    def __init__(self, instruments: tuple[Instrument, ...], base: BaseBars, reserved: int = 0) -> None:
        """reserved: so many contracts at the end are not listed yet."""
        self.instruments = list(instruments)
        self.unlisted = list(range(len(instruments) - reserved, len(instruments)))
        self.rows = {
            instrument.symbol: row for row, instrument in enumerate(instruments[: len(instruments) - reserved])
        }
        self.base = base
        self.candles = Candles(instruments, base)
        self._series: dict[tuple[int, str], Series] = {}

    def klines(self, query: KlineQuery, now_ms: int) -> bytes:
        """Return the JSON list of rows that the venue answers with at `now_ms`."""
        row, interval = self.rows[query.symbol], query.interval
        first, end = self._range(row, query, now_ms)
        current = interval.index_at(now_ms)
        series = self._series_until(row, interval, current)
        text = self._closed_text(row, interval, series, first, min(end, current))
        if end > current >= first:
            return b"".join((b"[", text, self._forming_text(row, interval, series, now_ms), b"]"))
        return b"".join((b"[", text[:-1], b"]"))

    def continuous_row(self, pair: str, contract_type: str) -> int | None:
        """Return the row of the contract of a type on a pair, or None."""
        for row in self.rows.values():
            instrument = self.instruments[row]
            if (instrument.pair, instrument.contract_type) == (pair, contract_type):
                return row
        return None

    def is_live(self, row: int, now_ms: int) -> bool:
        """Whether a contract is being traded at `now_ms`."""
        instrument = self.instruments[row]
        return instrument.is_trading and instrument.onboard_date <= now_ms < instrument.delivery_date

    def put(self, row: int, instrument: Instrument) -> None:
        """List a contract or change what is known of it."""
        if row in self.unlisted:
            self.unlisted.remove(row)
        self.instruments[row] = instrument
        self.rows[instrument.symbol] = row
        self.candles.listed(row, instrument.onboard_date)
        self._forget(row)

    def revise(self, row: int, bar: int, values: list[int]) -> None:
        """Give a closed 5m bar other values, from now on."""
        self.base.revise(row, bar, values)
        self._forget(row)

    def unfinal(self, query: KlineQuery, text: bytes, now_ms: int, within_ms: int) -> bytes:
        """Return rows in which a bar closed less than `within_ms` ago still lacks its last trades."""
        found: list[list[int | str]] = msgspec.json.decode(text)
        row, interval = self.rows[query.symbol], query.interval
        for place, one in enumerate(found):
            begins_ms, ends_ms = int(one[0]), int(one[6])
            if 0 < now_ms - ends_ms <= within_ms:
                bar = self.candles.forming(row, interval, ends_ms - interval.length_ms // _UNFINAL_PART)
                found[place] = msgspec.json.decode(encode_row(begins_ms, ends_ms, bar, *self._decimals(row)))
        return msgspec.json.encode(found)

    def warm(self, now_ms: int, count: int = WARM_ROWS) -> None:
        """Make the newest `count` rows of the usual intervals for the whole market at once, before anybody asks."""
        self.base.pulse(now_ms // BASE_MS)
        longest = INTERVALS[WARM_INTERVALS[-1]]
        begin_ms = longest.opens_at(longest.index_at(now_ms) - count)
        groups: dict[tuple[int, int], list[int]] = {}
        for row, instrument in enumerate(self.instruments):
            if instrument.is_usdt_perpetual and instrument.onboard_date <= begin_ms:
                groups.setdefault((instrument.price_precision, instrument.quantity_precision), []).append(row)
        for rows in groups.values():
            for at in range(0, len(rows), _WARM_CONTRACTS):
                self._warm_some(rows[at : at + _WARM_CONTRACTS], begin_ms, now_ms, count)

    def _warm_some(self, rows: list[int], begin_ms: int, now_ms: int, count: int) -> None:
        begin = begin_ms // BASE_MS
        parts = self.base.of_many(rows, begin, now_ms // BASE_MS - begin)
        for interval in (INTERVALS[name] for name in WARM_INTERVALS):
            end = interval.index_at(now_ms)
            starts = opens_ms(interval, end - count, end + 1) // BASE_MS - begin
            bars = roll_up(parts[:, :, starts[0] : starts[-1]], starts[:-1] - starts[0])
            self._keep(rows, interval, end - count, bars)

    def _forget(self, row: int) -> None:
        self.candles.forget(row)
        for key in [key for key in self._series if key[0] == row]:
            del self._series[key]

    def _keep(self, rows: list[int], interval: Interval, first: int, bars: Block) -> None:
        """Keep the encoded bars of several contracts that write their numbers alike."""
        count = bars.shape[2]
        opens = np.tile(opens_ms(interval, first, first + count), len(rows))
        text, ends = self._encode(rows[0], interval, opens, bars.reshape(FIELDS, -1))
        for place, row in enumerate(rows):
            own = ends[place * count : (place + 1) * count]
            begin = int(ends[place * count - 1]) if place else 0
            series = self._series[row, interval.name] = Series(first)
            series.append(text[begin : int(own[-1])], own - begin)

    def _range(self, row: int, query: KlineQuery, now_ms: int) -> tuple[int, int]:
        """Return the first bar asked for and the one behind the last."""
        interval, instrument = query.interval, self.instruments[row]
        listed = interval.index_at(instrument.onboard_date)
        end = interval.index_at(min(now_ms, instrument.delivery_date - 1)) + 1
        if query.end_ms is not None:
            end = min(end, interval.index_at(query.end_ms) + 1)
        if query.start_ms is None:
            return max(listed, end - query.limit), end
        start = interval.index_at(query.start_ms)
        start = max(listed, start + (interval.opens_at(start) < query.start_ms))
        return start, min(end, start + query.limit)

    def _series_until(self, row: int, interval: Interval, current: int) -> Series:
        """Return the series with every bar in it that has closed by now."""
        key = (row, interval.name)
        series = self._series.get(key)
        if series is None or current - series.end > _NEAR_ROWS:
            series = self._series[key] = Series(current)
        if series.end < current:
            series.append(*self._rows(row, interval, series.end, current))
        return series

    def _closed_text(self, row: int, interval: Interval, series: Series, first: int, end: int) -> bytes:
        if first >= end:
            return b""
        if first < series.first - _NEAR_ROWS:
            return self._rows(row, interval, first, end)[0]
        if first < series.first:
            series.prepend(*self._rows(row, interval, first, series.first))
        return series.cut(first, end)

    def _forming_text(self, row: int, interval: Interval, series: Series, now_ms: int) -> bytes:
        version = self.candles.version(row, interval, now_ms)
        if series.forming_version != version:
            open_ms = interval.opens_at(version[0])
            values = self.candles.forming(row, interval, now_ms)
            series.forming = encode_row(open_ms, interval.opens_at(version[0] + 1) - 1, values, *self._decimals(row))
            series.forming_version = version
        return series.forming

    def _rows(self, row: int, interval: Interval, first: int, end: int) -> tuple[bytes, NDArray[np.int64]]:
        """Encode closed bars, a bounded number at a time."""
        step = max(1, _LARGEST_SPAN_MS // interval.length_ms)
        texts, ends, length = [], [], 0
        for at in range(first, end, step):
            until = min(end, at + step)
            bars = self.candles.closed(row, interval, at, until)
            text, own = self._encode(row, interval, opens_ms(interval, at, until), bars)
            texts.append(text)
            ends.append(own + length)
            length += len(text)
        return b"".join(texts), np.concatenate(ends)

    def _encode(
        self, row: int, interval: Interval, opens: NDArray[np.int64], bars: Block
    ) -> tuple[bytes, NDArray[np.int64]]:
        if len(opens) > _FEW_ROWS:
            closes = np.array([interval.opens_at(interval.index_at(o) + 1) for o in opens.tolist()]) - 1
            return encode_rows(opens, closes, bars, *self._decimals(row))
        texts = [
            encode_row(open_ms, interval.opens_at(interval.index_at(open_ms) + 1) - 1, bar, *self._decimals(row)) + b","
            for open_ms, bar in zip(opens.tolist(), bars.T.tolist(), strict=True)
        ]
        return b"".join(texts), np.cumsum([len(text) for text in texts])

    def _decimals(self, row: int) -> tuple[int, int]:
        instrument = self.instruments[row]
        return instrument.price_precision, instrument.quantity_precision

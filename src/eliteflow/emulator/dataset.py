"""Recorded candles as a market that happens now, continued by the generator before and after (shared data README).

The recording is moved by whole hours so that the present lies in the hour that begins 24 hours before its end. Trades
and taker volumes are not recorded; they are made up, the same every time.
"""

import gzip
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import (
    CLOSE,
    FIELDS,
    FIRST_TRADE,
    HIGH,
    LOW,
    OPEN,
    QUOTE,
    TAKER_QUOTE,
    TAKER_VOLUME,
    TRADES,
    VOLUME,
    Block,
    Floats,
)
from eliteflow.emulator.exchange_info import Document
from eliteflow.emulator.generator import Generator
from eliteflow.emulator.instruments import Instrument, read_instrument
from eliteflow.emulator.intervals import BASE_MS, DAY, HOUR
from eliteflow.emulator.noise import hashes, key_of, lanes
from eliteflow.emulator.universe import Profile, traits_of

CANDLES, CONTRACTS = "5m.parquet", "exchangeInfo.json.gz"
_TYPICAL_TRADE_USDT = 700.0
_FALLBACK = Profile(key=0, price=1.0, turnover_a_day=5e7, sigma=0.0012, beta=1.0)


class MarketError(Exception):
    """A market that cannot be opened; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a folder holds: aligned 5m candles of some symbols, and exchangeInfo."""

    symbols: tuple[str, ...]
    first: int
    """Number of the first 5m bar, as recorded."""
    values: Floats
    """open, high, low, close, volume, quote volume; shape (6, symbols, bars)."""
    entries: tuple[bytes, ...]
    assets: bytes


def read_recording(folder: Path) -> Recording:
    """Read a folder in the layout of `market530`; raises MarketError."""
    for name in (CANDLES, CONTRACTS):
        if not (folder / name).is_file():
            raise MarketError(f"{folder} is no recorded market: {name} is missing")
    try:
        document = msgspec.json.decode(gzip.decompress((folder / CONTRACTS).read_bytes()), type=Document)
        table = _read_table(folder / CANDLES)
    except (msgspec.DecodeError, OSError, ValueError, KeyError) as error:
        raise MarketError(f"{folder} is no recorded market: {error}") from error
    if not len(table["symbol"]):
        raise MarketError(f"{folder / CANDLES} is empty")
    names, starts = np.unique(table["symbol"], return_index=True)
    bars = len(table["symbol"]) // len(names)
    times = table["open_time"].reshape(-1, bars) if len(names) * bars == len(table["symbol"]) else np.zeros((1, 2))
    whole = np.array_equal(np.sort(starts), np.arange(len(names)) * bars)
    if not (whole and np.all(times == times[0]) and np.all(np.diff(times[0]) == BASE_MS)):
        raise MarketError(f"{folder / CANDLES}: every symbol must have the same bars, one symbol after another")
    columns = ("open", "high", "low", "close", "volume", "quote_volume")
    values = np.stack([table[name].reshape(-1, bars) for name in columns])
    entries = tuple(bytes(raw) for raw in document.symbols)
    order = tuple(str(name) for name in table["symbol"][::bars])
    return Recording(order, int(times[0, 0]) // BASE_MS, values, entries, bytes(document.assets))


def _read_table(path: Path) -> dict[str, NDArray[Any]]:
    import pyarrow.parquet as parquet  # a quarter of a second that the generated market does not need

    table = parquet.read_table(path)
    return {name: table.column(name).to_numpy() for name in table.column_names}


def shifted_start(recording: Recording, now_ms: int) -> int:
    """Return the number of the 5m bar where the recording begins if it is placed around `now_ms`."""
    bars = recording.values.shape[2]
    recorded_end_ms = (recording.first + bars) * BASE_MS
    wanted_end_ms = now_ms + DAY
    shift_ms = -(-(wanted_end_ms - recorded_end_ms) // HOUR) * HOUR
    return recording.first + shift_ms // BASE_MS


class RecordedSource:
    """Recorded bars where there are any, generated ones before, after and for contracts without a recording."""

    def __init__(self, recording: Recording, instruments: tuple[Instrument, ...], start: int, seed: int) -> None:
        self._start, self._end = start, start + recording.values.shape[2]
        place = {symbol: index for index, symbol in enumerate(recording.symbols)}
        recorded = [row for row, instrument in enumerate(instruments) if instrument.symbol in place]
        values = recording.values[:, [place[instruments[row].symbol] for row in recorded]]
        profiles = _profiles(instruments, recorded, values, seed)
        self.traits = traits_of(instruments, profiles)
        self._index = np.full(len(instruments), -1)
        self._index[recorded] = np.arange(len(recorded))
        generator = Generator(seed, self.traits)
        self._before = self._anchored(generator, recorded, values[0, :, 0], instruments, self._start)
        self._after = self._anchored(generator, recorded, values[3, :, -1], instruments, self._end)
        ids = self._before.bars(recorded, self._start, 1)[FIRST_TRADE, :, 0]
        self._block = _block(values, [instruments[row] for row in recorded], self.traits.keys[recorded], ids)
        self._id_gap = np.zeros(len(instruments), dtype=np.int64)
        ends = self._block[FIRST_TRADE, :, -1] + self._block[TRADES, :, -1]
        self._id_gap[recorded] = ends - self._after.bars(recorded, self._end, 1)[FIRST_TRADE, :, 0]

    def bars(self, rows: slice | list[int], first: int, count: int) -> Block:
        """Return bars `first` … `first + count - 1` of some contracts, shape (10, contracts, count)."""
        pieces = []
        stop = first + count
        if first < self._start:
            pieces.append(self._before.bars(rows, first, min(stop, self._start) - first))
        begin, until = max(first, self._start), min(stop, self._end)
        if begin < until:
            pieces.append(self._recorded(rows, begin, until))
        if stop > self._end:
            later = max(first, self._end)
            pieces.append(self._after.bars(rows, later, stop - later))
            pieces[-1][FIRST_TRADE] += self._id_gap[rows][:, None]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=2)

    def _recorded(self, rows: slice | list[int], begin: int, until: int) -> Block:
        index = self._index[rows]
        if np.all(index >= 0):
            return self._block[:, index, begin - self._start : until - self._start]
        bars = self._before.bars(rows, begin, until - begin)
        bars[:, index >= 0] = self._block[:, index[index >= 0], begin - self._start : until - self._start]
        return bars

    def _anchored(
        self, generator: Generator, recorded: list[int], prices: Floats, instruments: tuple[Instrument, ...], at: int
    ) -> Generator:
        """Return the generator moved so that it passes through recorded prices when bar `at` opens."""
        level = self.traits.log_level.copy()
        scale = np.array([instruments[row].price_precision * math.log(10) for row in recorded])
        level[recorded] = np.log(prices) + scale - generator.log_drift(recorded, at)
        moved = Generator.__new__(Generator)
        moved.__dict__.update(generator.__dict__)
        moved.traits = replace(self.traits, log_level=level)
        return moved


def _profiles(instruments: tuple[Instrument, ...], recorded: list[int], values: Floats, seed: int) -> list[Profile]:
    """Return what each contract is like, as far as its recording shows; others resemble their base asset."""
    found: dict[str, Profile] = {}
    by_row: dict[int, Profile] = {}
    for index, row in enumerate(recorded):
        close, quote = values[3, index], values[5, index]
        is_dead = not quote.any()
        deviation = 0.0 if is_dead else float(np.std(np.diff(np.log(close))))
        profile = Profile(
            key=key_of(seed, instruments[row].symbol),
            price=float(close[-1]),
            turnover_a_day=float(quote.mean()) * DAY / BASE_MS,
            sigma=0.7 * deviation,
            beta=700.0 * deviation,
            activity=float(np.mean(quote > 0)),
        )
        found.setdefault(instruments[row].pair.removesuffix("USDT"), profile)
        by_row[row] = profile
    return [by_row.get(row) or _relative(instrument, found, seed) for row, instrument in enumerate(instruments)]


def _relative(instrument: Instrument, found: dict[str, Profile], seed: int) -> Profile:
    like = found.get(instrument.pair.removesuffix(instrument.quote_asset), _FALLBACK)
    return replace(like, key=key_of(seed, instrument.symbol), turnover_a_day=max(1e6, 0.1 * like.turnover_a_day))


def _block(values: Floats, instruments: list[Instrument], keys: NDArray[np.uint64], ids: NDArray[np.int64]) -> Block:
    """Return recorded values as whole numbers, with trades and taker volumes that fit them."""
    price = np.array([10.0**i.price_precision for i in instruments])[:, None]
    quantity = np.array([10.0**i.quantity_precision for i in instruments])[:, None]
    tick = np.array([i.tick for i in instruments])[:, None]
    block = np.zeros((FIELDS, *values.shape[1:]), dtype=np.int64)
    block[OPEN : CLOSE + 1] = np.rint(values[:4] * price)
    block[VOLUME] = np.rint(values[4] * quantity)
    block[QUOTE] = np.where(block[VOLUME] > 0, np.rint(values[5] * (price * quantity)), 0)
    size, share, *_ = lanes(hashes(keys[:, None], np.arange(values.shape[2], dtype=np.int64)))
    trades = 4 + np.floor(values[5] / _TYPICAL_TRADE_USDT * (0.6 + 0.8 * size)).astype(np.int64)
    block[TRADES] = np.minimum(block[VOLUME], trades)
    total = np.cumsum(block[TRADES], axis=1)
    block[FIRST_TRADE] = ids[:, None] + total - block[TRADES]
    block[TAKER_VOLUME] = np.floor(block[VOLUME] * (0.35 + 0.3 * share))
    above = block[QUOTE] - block[VOLUME] * block[LOW]
    above = np.clip(np.floor(above * (0.35 + 0.3 * share)), 0, block[TAKER_VOLUME] * (block[HIGH] - block[LOW]))
    # Quote volume is made of prices, and those of ticks: RENDERUSDT is written with 7 decimals and has a tick of 0.001.
    ticks = above.astype(np.int64) // tick
    block[TAKER_QUOTE] = block[TAKER_VOLUME] * block[LOW] + ticks * tick
    return block


def instruments_of(recording: Recording, count: int | None) -> tuple[tuple[bytes, ...], tuple[Instrument, ...]]:
    """Return the exchangeInfo entries to serve and their contracts; only the first `count` of the market's."""
    kept, seen = [], 0
    for entry in recording.entries:
        instrument = read_instrument(entry)
        seen += instrument.is_usdt_perpetual
        if count is None or not instrument.is_usdt_perpetual or seen <= count:
            kept.append((entry, instrument))
    return tuple(entry for entry, _ in kept), tuple(instrument for _, instrument in kept)

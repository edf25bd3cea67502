"""A seeded, correlated market: every candle is a pure function of (seed, symbol, time).

A day's log prices are a random walk tied to an anchor at each midnight; the anchors are a sum of slow ripples, so
prices wander without ever leaving for zero or the moon, and any day can be made without the days before it. One market
path moves all contracts, calm and wild hours alternate, and volume follows both.
"""

from dataclasses import dataclass

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
    Keys,
)
from eliteflow.emulator.intervals import BASE_MS, DAY
from eliteflow.emulator.noise import bell, hashes, key_of, lanes, ripple, scramble

BARS_A_DAY = DAY // BASE_MS
FEWEST_TRADES = 4
"""A bar with trades has at least an opening, a highest, a lowest and a closing one."""
_RIPPLES_DAYS = (1, 2, 4, 8, 16, 32, 64)
_MARKET_SIGMA = 0.0010
_FIRST_DAY = 18_000  # trade ids start in April 2019
_RAMP = np.arange(1, BARS_A_DAY + 1) / BARS_A_DAY
_AFTERNOON = 0.75 + 0.6 * np.exp(-(((np.arange(BARS_A_DAY) / 12 - 14.5) / 4.0) ** 2))  # busiest at 14:30 UTC


@dataclass(frozen=True, slots=True)
class Traits:
    """What each contract is like: one entry a contract in every array."""

    keys: Keys
    log_level: Floats
    """Logarithm of the typical price, in price units."""
    tick: NDArray[np.int64]
    """Smallest price step, in price units."""
    sigma: Floats
    """Deviation of a bar's own log return, the market's part not counted."""
    beta: Floats
    """How strongly the market's path moves this contract."""
    turnover: Floats
    """Typical quote volume of a bar, in quote units."""
    trades_a_day: NDArray[np.int64]
    activity: Floats
    """Share of the bars that see any trade; 1 for most contracts."""

    def take(self, rows: slice | list[int]) -> "Traits":
        """Return the traits of some contracts."""
        return Traits(*(getattr(self, name)[rows] for name in self.__slots__))


class Generator:
    """The generated 5m candles of some contracts, at any time."""

    def __init__(self, seed: int, traits: Traits) -> None:
        self.traits = traits
        self._market_key = np.array([key_of(seed, "the market")], dtype=np.uint64)

    def bars(self, rows: slice | list[int], first: int, count: int) -> Block:
        """Return the bars `first` … `first + count - 1` as a block of shape (10, contracts, count)."""
        day = first // BARS_A_DAY
        days = (first + count - 1) // BARS_A_DAY - day + 1
        skip = first - day * BARS_A_DAY
        return self._days(self.traits.take(rows), day, days)[:, :, skip : skip + count]

    def log_drift(self, rows: slice | list[int], boundary: int) -> Floats:
        """Return how far log prices have wandered from their level when bar `boundary` opens."""
        day, within = divmod(boundary - 1, BARS_A_DAY)
        traits = self.traits.take(rows)
        return self._log_paths(traits, day, 1).closes[:, 0, within]

    def _days(self, traits: Traits, day: int, days: int) -> Block:
        paths = self._log_paths(traits, day, days)
        block = np.empty((FIELDS, *paths.closes.shape), dtype=np.int64)
        active = _active(traits, day, days)
        _put_prices(block, traits, paths, active)
        _put_volumes(block, traits, paths, active, day)
        _put_taker(block, paths)
        block[OPEN : CLOSE + 1] *= traits.tick[:, None, None]
        _put_quotes(block, paths)
        return block.reshape(FIELDS, len(traits.keys), days * BARS_A_DAY)

    def _log_paths(self, traits: Traits, day: int, days: int) -> "_Paths":
        swing = self._swing(day, days)
        market, market_opens, _ = _wander(self._market_key, swing, day, days)
        mood = np.exp(0.35 * bell(hashes(traits.keys[:, None] ^ np.uint64(0x6D6F6F64), _range(day, days))))
        own, opens, noise = _wander(traits.keys, swing * mood[:, :, None], day, days)
        beta = (traits.beta * _MARKET_SIGMA)[:, None, None]
        sigma = traits.sigma[:, None, None]
        own *= sigma
        own += market * beta
        opening = opens * sigma[:, 0] + market_opens * beta[:, 0]
        return _Paths(opening, own, np.abs(noise), swing, mood, traits, day)

    def _swing(self, day: int, days: int) -> Floats:
        """Return how wild each bar of the whole market is, around 1; shape (1, days, 288)."""
        bars = _range(day * BARS_A_DAY, days * BARS_A_DAY)[None]
        noise = sum(0.33 * ripple(self._market_key[:, None], bars, period) for period in (24, 144, 8 * BARS_A_DAY))
        wildness: Floats = np.exp(noise).reshape(1, days, BARS_A_DAY)
        return wildness * _AFTERNOON


class _Paths:
    """Log price paths of some contracts over some days, and the random lanes of their bars."""

    def __init__(
        self, opening: Floats, closes: Floats, size: Floats, swing: Floats, mood: Floats, traits: Traits, day: int
    ) -> None:
        self.opening = opening
        self.closes = closes
        bars = _range(day * BARS_A_DAY, closes.shape[1] * BARS_A_DAY)
        second = hashes(traits.keys[:, None] ^ np.uint64(0x62617273), bars).reshape(closes.shape)
        self.gap, self.up, self.down, self.busy = lanes(second)
        self.taker, self.vwap, self.few, _ = lanes(scramble(second))
        self.width = traits.sigma[:, None, None] * 1.4 * swing * mood[:, :, None]
        self.volume = swing * mood[:, :, None] * (0.25 + self.busy + 0.8 * size)


def _range(first: int, count: int) -> NDArray[np.int64]:
    return np.arange(first, first + count, dtype=np.int64)


def _wander(keys: Keys, swing: Floats, day: int, days: int) -> tuple[Floats, Floats, Floats]:
    """Return (log closes, log openings of the days, normal numbers) in units of a bar's deviation."""
    bars = _range(day * BARS_A_DAY, days * BARS_A_DAY)
    noise = bell(hashes(keys[:, None], bars)).reshape(len(keys), days, BARS_A_DAY)
    walk = np.cumsum(noise * swing, axis=-1)
    midnights = _range(day, days + 1)[None]
    day_deviation = 0.5 * BARS_A_DAY**0.5
    anchors = sum(day_deviation * span**0.5 * ripple(keys[:, None], midnights, span) for span in _RIPPLES_DAYS)
    assert isinstance(anchors, np.ndarray)
    missing = anchors[:, 1:] - anchors[:, :-1] - walk[..., -1]
    walk += anchors[:, :-1, None]
    walk += missing[..., None] * _RAMP
    return walk, anchors[:, :-1], noise


def _active(traits: Traits, day: int, days: int) -> NDArray[np.bool_] | None:
    """Return which bars see trades, or None if all do. A quiet contract always trades at midnight."""
    if np.all(traits.activity >= 1.0):
        return None
    bars = _range(day * BARS_A_DAY, days * BARS_A_DAY)
    luck = lanes(hashes(traits.keys[:, None] ^ np.uint64(0x71756965), bars))[0]
    active = (luck < traits.activity[:, None]).reshape(-1, days, BARS_A_DAY)
    active[..., 0] = (traits.activity > 0.0)[:, None]
    return active


def _put_prices(block: Block, traits: Traits, paths: _Paths, active: NDArray[np.bool_] | None) -> None:
    """Fill open, high, low and close in ticks."""
    level = traits.log_level - np.log(traits.tick)
    closes = np.maximum(np.rint(np.exp(paths.closes + level[:, None, None])), 1.0)
    opening = np.maximum(np.rint(np.exp(paths.opening + level[:, None])), 1.0)
    if active is not None:
        carried = np.maximum.accumulate(np.where(active, np.arange(BARS_A_DAY), 0), axis=-1)
        closes = np.take_along_axis(closes, carried, axis=-1)
    opens = np.concatenate((opening[..., None], closes[..., :-1]), axis=-1)
    opens += (paths.gap > 0.93).astype(float) - (paths.gap < 0.07)
    np.maximum(opens, 1.0, out=opens)
    width = closes * paths.width
    block[CLOSE] = closes
    block[OPEN] = opens
    block[HIGH] = np.maximum(opens, closes) + np.floor(width * paths.up**2)
    block[LOW] = np.maximum(np.minimum(opens, closes) - np.floor(width * paths.down**2), 1.0)
    if active is not None:
        block[OPEN : CLOSE + 1] = np.where(active, block[OPEN : CLOSE + 1], block[CLOSE])


def _put_volumes(block: Block, traits: Traits, paths: _Paths, active: NDArray[np.bool_] | None, day: int) -> None:
    """Fill trades, trade ids and volume; a day's trades are known beforehand, so ids never have a hole."""
    days = block.shape[2]
    numbers = _trade_numbers(traits, day, days)
    weight = paths.volume if active is None else paths.volume * active
    counted = np.full(block.shape[1:], 1, np.int64) if active is None else active.astype(np.int64)
    floor = FEWEST_TRADES * np.cumsum(counted, axis=-1)
    share = np.cumsum(weight, axis=-1)
    share /= np.maximum(share[..., -1:], 1e-12)
    spare = np.where(floor[..., -1] > 0, np.diff(numbers) - floor[..., -1], 0)
    ends = floor + np.floor(spare[..., None] * share).astype(np.int64) + numbers[:, :-1, None]
    block[FIRST_TRADE, ..., 0] = numbers[:, :-1]
    block[FIRST_TRADE, ..., 1:] = ends[..., :-1]
    block[TRADES] = ends - block[FIRST_TRADE]
    steps = traits.turnover[:, None, None] * weight / (block[CLOSE] * traits.tick[:, None, None])
    block[VOLUME] = np.maximum(np.ceil(steps * counted).astype(np.int64), block[TRADES])


def _trade_numbers(traits: Traits, day: int, days: int) -> NDArray[np.int64]:
    """Return how many trades there were before each midnight, from the first day on."""
    midnights = _range(day, days + 1)
    wobble = lanes(hashes(traits.keys[:, None] ^ np.uint64(0x74726164), midnights))[0]
    typical = np.where(traits.activity > 0.0, traits.trades_a_day, 0)[:, None]
    return typical * (midnights - _FIRST_DAY) + np.floor(0.4 * wobble * typical).astype(np.int64)


def _put_taker(block: Block, paths: _Paths) -> None:
    body = (block[CLOSE] - block[OPEN]) / np.maximum(block[HIGH] - block[LOW], 1)
    share = 0.5 + 0.35 * (paths.taker - 0.5) + 0.15 * body
    block[TAKER_VOLUME] = np.floor(block[VOLUME] * share)


def _put_quotes(block: Block, paths: _Paths) -> None:
    """Fill the quote volumes: volume × an average price between low and high, the taker's at the same average."""
    span = block[HIGH] - block[LOW]
    middle = (0.5 * (block[OPEN] + block[CLOSE]) - block[LOW]) / np.maximum(span, 1)
    above = np.floor((0.6 * middle + 0.4 * paths.vwap) * (span * block[VOLUME])).astype(np.int64)
    share = block[TAKER_VOLUME] / np.maximum(block[VOLUME], 1)
    block[QUOTE] = block[VOLUME] * block[LOW] + above
    block[TAKER_QUOTE] = block[TAKER_VOLUME] * block[LOW] + np.floor(above * share).astype(np.int64)

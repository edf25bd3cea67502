"""How a 5m bar came about: its trades as a path of steps that ends in exactly the bar's own values.

A bar is cut into slots of equal length, more of them for busier contracts; a slot with activity stands for one batch of
trades at one instant of it. The batches run from the open over the highest and lowest price to the close, and their
volumes, trades and quote volumes add up to the bar's without remainder, so shorter candles and the forming bar follow
from the same path.
"""

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
from eliteflow.emulator.noise import hashes, lanes, scramble

SLOTS = 60
"""Slots of a bar of a calm contract: one in five seconds. A multiple of five, so that minutes are whole slots."""
_BUSY = ((3_000.0, 1_200), (300.0, 600))
"""From so many trades a bar, so many slots: then two batches a second (BTCUSDT: 1.9 kline pushes, 2026-07), or one."""
_FEWEST_BATCHES = 4


def slots_for(trades_a_day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many slots the bars of each contract have."""
    a_bar = trades_a_day * (BASE_MS / DAY)
    conditions = [a_bar >= trades for trades, _ in _BUSY]
    return np.select(conditions, [slots for _, slots in _BUSY], SLOTS)


def trace(
    bars: Block, before: NDArray[np.int64], tick: NDArray[np.int64], keys: Keys, slots_a_bar: int = SLOTS
) -> tuple[Block, NDArray[np.int64]]:
    """Return the slots of some bars, shape (10, bars, slots), and when in the bar each happens, in ms.

    before: the close before each bar, which a slot without trades repeats. tick: the price step of each bar, in price
    units. keys: one random key a bar.
    """
    most = slots_a_bar if slots_a_bar == SLOTS else slots_a_bar // 2
    batches = np.minimum(np.minimum(bars[TRADES], bars[VOLUME]), most)
    batches = np.where(batches < _FEWEST_BATCHES, np.minimum(batches, 1), batches)
    luck = lanes(hashes(keys[:, None], np.arange(slots_a_bar, dtype=np.int64)))
    counts = _batch_counts(batches, luck[0][:, :1], slots_a_bar)
    slots = np.empty((FIELDS, len(batches), slots_a_bar), dtype=np.int64)
    by_rank = _prices_by_rank(bars, tick, batches, luck[1], lanes(scramble(keys)))
    _put_prices(slots, bars, before, batches, counts, by_rank)
    _put_amounts(slots, bars, batches, counts, luck[2])
    slot_ms = BASE_MS // slots_a_bar
    when = np.arange(slots_a_bar) * slot_ms + np.floor(luck[3] * slot_ms).astype(np.int64)
    return slots, when


def _batch_counts(batches: NDArray[np.int64], phase: Floats, slots_a_bar: int) -> NDArray[np.int64]:
    """Return how many batches have happened after each slot: evenly spread, beginning at a random slot."""
    evenly = np.arange(1, slots_a_bar + 1) * batches[:, None] / slots_a_bar
    return np.floor(evenly + phase).astype(np.int64)


def _put_prices(
    slots: Block,
    bars: Block,
    before: NDArray[np.int64],
    batches: NDArray[np.int64],
    counts: NDArray[np.int64],
    by_rank: NDArray[np.int64],
) -> None:
    """Fill the four prices; a batch runs from the price before it to its own."""
    ends = np.take_along_axis(by_rank, np.maximum(counts - 1, 0), axis=1)
    begun = counts > 0
    happens = np.diff(counts, prepend=0, axis=1) > 0
    close = np.where(begun, ends, before[:, None])
    start = np.concatenate((bars[OPEN][:, None], close[:, :-1]), axis=1)
    start = np.where(happens, np.where(counts == 1, bars[OPEN][:, None], start), close)
    whole = happens & (batches == 1)[:, None]  # the entire bar in one batch
    slots[OPEN], slots[CLOSE] = start, close
    slots[HIGH] = np.where(whole, bars[HIGH][:, None], np.maximum(start, close))
    slots[LOW] = np.where(whole, bars[LOW][:, None], np.minimum(start, close))


def _prices_by_rank(
    bars: Block,
    tick: NDArray[np.int64],
    batches: NDArray[np.int64],
    jitter: Floats,
    luck: tuple[Floats, Floats, Floats, Floats],
) -> NDArray[np.int64]:
    """Return the price after each batch: straight lines over both extremes to the close, roughened between."""
    open_, high, low, close = (bars[field][:, None] for field in (OPEN, HIGH, LOW, CLOSE))
    last = np.maximum(batches - 1, 0)[:, None]
    first_turn = 1 + np.floor(luck[0][:, None] * np.maximum(last - 2, 0)).astype(np.int64)
    second_turn = first_turn + 1 + np.floor(luck[1][:, None] * np.maximum(last - 1 - first_turn, 0)).astype(np.int64)
    low_first = (close >= open_) ^ (luck[2][:, None] < 0.25)
    turn, other = np.where(low_first, low, high), np.where(low_first, high, low)
    rank = np.arange(jitter.shape[1])
    opening = open_ + (turn - open_) * ((rank + 1) / (first_turn + 1))
    middle = turn + (other - turn) * ((rank - first_turn) / (second_turn - first_turn))
    ending = other + (close - other) * ((rank - second_turn) / np.maximum(last - second_turn, 1))
    line = np.where(rank <= first_turn, opening, np.where(rank <= second_turn, middle, ending))
    rough = np.rint((line + (jitter - 0.5) * 0.4 * (high - low)) / tick[:, None]) * tick[:, None]
    rough = np.clip(rough, low, high).astype(np.int64)
    rough = np.where(rank == first_turn, turn, np.where(rank == second_turn, other, rough))
    return np.where(rank >= last, close, rough)


def _put_amounts(
    slots: Block, bars: Block, batches: NDArray[np.int64], counts: NDArray[np.int64], luck: Floats
) -> None:
    """Fill volumes, trades and quote volumes so that each sums to the bar's."""
    ended = counts == batches[:, None]
    weight = np.where(np.diff(counts, prepend=0, axis=1) > 0, 0.3 + luck, 0.0)
    share = np.cumsum(_tilted(slots, bars, weight), axis=1)
    share /= np.maximum(share[:, -1:], 1e-12)
    volume, trades, taker = (bars[field][:, None] for field in (VOLUME, TRADES, TAKER_VOLUME))
    volumes = counts + np.floor((volume - batches[:, None]) * share).astype(np.int64)
    taken = np.floor(volumes * (taker / np.maximum(volume, 1))).astype(np.int64)
    taken = np.clip(taken, np.maximum(0, taker - (volume - volumes)), np.minimum(taker, volumes))
    counted = counts + np.floor((trades - batches[:, None]) * share).astype(np.int64)
    for field, total, so_far in ((VOLUME, volume, volumes), (TAKER_VOLUME, taker, taken), (TRADES, trades, counted)):
        slots[field] = np.diff(np.where(ended, total, so_far), prepend=0, axis=1)
    slots[FIRST_TRADE] = bars[FIRST_TRADE][:, None] + np.cumsum(slots[TRADES], axis=1) - slots[TRADES]
    lowest, highest = slots[LOW] * slots[VOLUME], slots[HIGH] * slots[VOLUME]
    slots[QUOTE] = _between(lowest, highest, bars[QUOTE][:, None], ended)
    bought, sold = slots[TAKER_VOLUME], slots[VOLUME] - slots[TAKER_VOLUME]
    lowest = np.maximum(slots[LOW] * bought, slots[QUOTE] - slots[HIGH] * sold)
    highest = np.minimum(slots[HIGH] * bought, slots[QUOTE] - slots[LOW] * sold)
    slots[TAKER_QUOTE] = _between(lowest, highest, bars[TAKER_QUOTE][:, None], ended)


def _tilted(slots: Block, bars: Block, weight: Floats) -> Floats:
    """Return each batch's share of the volume such that the bar's average price comes out near its own."""
    span = np.maximum(bars[HIGH] - bars[LOW], 1)[:, None]
    place = (0.5 * (slots[OPEN] + slots[CLOSE]) - bars[LOW][:, None]) / span
    wanted = (bars[QUOTE] / np.maximum(bars[VOLUME], 1) - bars[LOW])[:, None] / span
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    mean = (share * place).sum(axis=1, keepdims=True)
    spread = (share * (place - mean) ** 2).sum(axis=1, keepdims=True)
    share *= np.clip(1.0 + (wanted - mean) * (place - mean) / np.maximum(spread, 1e-9), 0.05, 20.0)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
    return _with_one_large(slots, weight, share, place, wanted)


def _with_one_large(slots: Block, weight: Floats, share: Floats, place: Floats, wanted: Floats) -> Floats:
    """Move what the average still lacks into one batch at the bar's highest or lowest price."""
    mean = (share * place).sum(axis=1, keepdims=True)
    happens = weight > 0
    highest = np.argmax(np.where(happens, slots[HIGH] + 0.5 * place, -np.inf), axis=1)[:, None]
    lowest = np.argmin(np.where(happens, slots[LOW] + 0.5 * place, np.inf), axis=1)[:, None]
    chosen = np.where(wanted > mean, highest, lowest)
    reach = np.take_along_axis(place, chosen, axis=1) - mean
    moved = np.clip((wanted - mean) / np.where(np.abs(reach) > 1e-9, reach, np.inf), 0.0, 1.0)
    return share * (1.0 - moved) + moved * (np.arange(share.shape[1]) == chosen)


def _between(
    lowest: NDArray[np.int64], highest: NDArray[np.int64], total: NDArray[np.int64], ended: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return amounts at one and the same place between their bounds that sum to `total`, never a negative one.

    A few lots cannot always be split inside all bounds; then the last batch takes what is left.
    """
    lowest = np.maximum(lowest, 0)
    floor, room = np.cumsum(lowest, axis=1), np.cumsum(np.maximum(highest - lowest, 0), axis=1)
    above = np.clip((total - floor[:, -1:]) / np.maximum(room[:, -1:], 1), 0.0, 1.0)
    so_far = np.minimum(floor + np.rint(room * above).astype(np.int64), total)
    return np.diff(np.where(ended, total, so_far), prepend=0, axis=1)

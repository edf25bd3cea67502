"""Closed and forming candles of every interval, as whole numbers, at any instant."""

import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import CLOSE, FIELDS, FIRST_TRADE, TRADES, Block, roll_up
from eliteflow.emulator.base_bars import BaseBars, join
from eliteflow.emulator.instruments import Instrument
from eliteflow.emulator.intervals import BASE, BASE_MS, Interval

_Slots = tuple[Block, NDArray[np.int64], NDArray[np.int64]]
_KEPT_SPANS = 128


class Candles:
    """Candles by contract row. Longer bars are sums of 5m bars, shorter ones of the steps inside them."""

    def __init__(self, instruments: tuple[Instrument, ...], base: BaseBars) -> None:
        self._listed_at = [instrument.onboard_date // BASE_MS for instrument in instruments]
        self._base = base
        self._traced: dict[tuple[int, int, int], _Slots] = {}
        self._parts: dict[tuple[int, str], tuple[int, list[int] | None]] = {}

    def closed(self, row: int, interval: Interval, first: int, end: int) -> Block:
        """Return bars `first` … `end - 1` with their final values, shape (10, end - first)."""
        if interval.length_ms < BASE_MS:
            return self._short(row, interval, first, end)
        starts = opens_ms(interval, first, end) // BASE_MS
        begin = max(int(starts[0]), self._listed_at[row])
        parts = self._base.of(row, begin, interval.opens_at(end) // BASE_MS - begin)
        return parts if interval is BASE else roll_up(parts, np.maximum(starts - begin, 0))

    def forming(self, row: int, interval: Interval, now_ms: int) -> list[int]:
        """Return the bar in progress: ten whole numbers in the order of `bars`."""
        if interval.length_ms < BASE_MS:
            return self._short_forming(row, interval, now_ms)
        bar, elapsed_ms = divmod(now_ms, BASE_MS)
        pulse = self._base.pulse(bar)
        return join(self._parts_before(row, interval, bar), pulse.bar_at(row, pulse.steps_at(row, elapsed_ms)))

    def version(self, row: int, interval: Interval, now_ms: int) -> tuple[int, int, int]:
        """Return what tells one state of the forming bar from another."""
        bar, elapsed_ms = divmod(now_ms, BASE_MS)
        return interval.index_at(now_ms), bar, self._base.pulse(bar).steps_at(row, elapsed_ms)

    def listed(self, row: int, onboard_ms: int) -> None:
        """Let a contract begin at another time."""
        self._listed_at[row] = onboard_ms // BASE_MS

    def forget(self, row: int) -> None:
        """Make everything of a contract anew."""
        for span in [span for span in self._traced if span[0] == row]:
            del self._traced[span]
        for key in [key for key in self._parts if key[0] == row]:
            del self._parts[key]

    def _parts_before(self, row: int, interval: Interval, bar: int) -> list[int] | None:
        """Return the sum of the closed parts of the larger bar that 5m bar `bar` is in, or None if it is the first."""
        known_for, parts = self._parts.get((row, interval.name), (-1, None))
        if known_for != bar:
            begin = interval.opens_at(interval.index_at(bar * BASE_MS)) // BASE_MS
            begin = max(begin, self._listed_at[row])
            parts = roll_up(self._base.of(row, begin, bar - begin), [0])[:, 0].tolist() if begin < bar else None
            self._parts[row, interval.name] = (bar, parts)
        return parts

    def _short(self, row: int, interval: Interval, first: int, end: int) -> Block:
        begin_ms, end_ms = interval.opens_at(first), interval.opens_at(end)
        slots, slot_opens_ms, _ = self._slots(row, begin_ms, end_ms)
        inside = slots[:, (slot_opens_ms >= begin_ms) & (slot_opens_ms < end_ms)]
        return roll_up(inside, np.arange(0, inside.shape[1], interval.length_ms // self._slot_ms(row)))

    def _short_forming(self, row: int, interval: Interval, now_ms: int) -> list[int]:
        begin_ms = interval.opens_at(interval.index_at(now_ms))
        slots, slot_opens_ms, when_ms = self._slots(row, begin_ms - BASE_MS, now_ms + 1)
        seen = (slot_opens_ms >= begin_ms) & (when_ms <= now_ms)
        if seen.any():
            bar: list[int] = roll_up(slots[:, seen], [0])[:, 0].tolist()
            return bar
        earlier = slots[:, slot_opens_ms < begin_ms][:, -1]
        return [int(earlier[CLOSE])] * 4 + [0] * 5 + [int(earlier[FIRST_TRADE] + earlier[TRADES])]

    def _slots(self, row: int, begin_ms: int, end_ms: int) -> _Slots:
        """Return the slots of all 5m bars that touch a span, when each opens, and when its trades happen."""
        span = (row, begin_ms // BASE_MS, -(-end_ms // BASE_MS))
        if span not in self._traced:
            self._traced[span] = self._trace(*span)
            while len(self._traced) > _KEPT_SPANS:
                del self._traced[next(iter(self._traced))]
        return self._traced[span]

    def _trace(self, row: int, first: int, stop: int) -> _Slots:
        slots, when_ms = self._base.slots(row, first, stop - first)
        bar_opens_ms = np.arange(first, stop)[:, None] * BASE_MS
        slot_ms = self._slot_ms(row)
        slot_opens_ms = bar_opens_ms + np.arange(BASE_MS // slot_ms) * slot_ms
        return slots.reshape(FIELDS, -1), slot_opens_ms.ravel(), (bar_opens_ms + when_ms).ravel()

    def _slot_ms(self, row: int) -> int:
        return BASE_MS // int(self._base.slots_a_bar[row])


def opens_ms(interval: Interval, first: int, end: int) -> NDArray[np.int64]:
    """Return the open times of bars `first` … `end - 1`."""
    return np.array([interval.opens_at(index) for index in range(first, end)], dtype=np.int64)

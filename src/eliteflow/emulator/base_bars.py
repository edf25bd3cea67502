"""The market's 5m bars of every contract, from wherever they come, with the recent days at hand."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import CLOSE, FIELDS, FIRST_TRADE, HIGH, LOW, VOLUME, Block, Keys, running
from eliteflow.emulator.generator import BARS_A_DAY
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.noise import hashes
from eliteflow.emulator.paths import SLOTS, trace

_KEPT_DAYS = 3


class Source(Protocol):
    """Where 5m bars come from: the generator or a recording."""

    def bars(self, rows: slice | list[int], first: int, count: int) -> Block:
        """Return bars `first` … `first + count - 1` of some contracts, shape (10, contracts, count)."""


class Pulse:
    """One 5m bar of every contract on its way to its final values."""

    def __init__(
        self, bars: Block, before: Block, tick: NDArray[np.int64], keys: Keys, slots_a_bar: NDArray[np.int64]
    ) -> None:
        unmoved = np.zeros((len(tick), 1, FIELDS), np.int64)
        unmoved[:, 0, : CLOSE + 1] = before[CLOSE, :, None]
        unmoved[:, 0, FIRST_TRADE] = bars[FIRST_TRADE]
        self.groups: list[PulseGroup] = []
        self._places: dict[int, tuple[PulseGroup, int]] = {}
        for size in np.unique(slots_a_bar).tolist():
            rows = np.flatnonzero(slots_a_bar == size)
            slots, when = trace(bars[:, rows], before[CLOSE, rows], tick[rows], keys[rows], size)
            states = np.concatenate((unmoved[rows], np.moveaxis(running(slots), 0, -1)), axis=1)
            self.groups.append(PulseGroup(rows, slots, when, states))
            for place, row in enumerate(rows.tolist()):
                self._places[row] = (self.groups[-1], place)

    def steps_at(self, row: int, elapsed_ms: int) -> int:
        """Return how many steps of the bar have happened `elapsed_ms` after its open."""
        group, place = self._places[row]
        return int(group.when_ms[place].searchsorted(elapsed_ms, side="right"))

    def bar_at(self, row: int, steps: int) -> list[int]:
        """Return the bar as it stands after that many steps."""
        group, place = self._places[row]
        values: list[int] = group.states[place, steps].tolist()
        return values

    def everyone_at(self, elapsed_ms: int) -> Block:
        """Return the bar of every contract as it stands `elapsed_ms` after its open, shape (contracts, 10)."""
        bars = np.empty((len(self._places), FIELDS), np.int64)
        for group in self.groups:
            bars[group.rows] = group.states[np.arange(len(group.rows)), group.steps_at(elapsed_ms)]
        return bars

    def step_time(self, row: int, steps: int) -> int:
        """Return when the last of so many steps happened, in ms after the open; 0 if none has."""
        group, place = self._places[row]
        return int(group.when_ms[place, steps - 1]) if steps else 0

    def batch(self, row: int, step: int) -> list[int]:
        """Return the trades of one step alone: ten whole numbers."""
        group, place = self._places[row]
        values: list[int] = group.slots[:, place, step].tolist()
        return values


@dataclass(frozen=True, slots=True)
class PulseGroup:
    """The contracts of a pulse whose bars have equally many steps."""

    rows: NDArray[np.intp]
    slots: Block
    """What happens in each step, shape (10, contracts, steps)."""
    when_ms: NDArray[np.int64]
    """When in the bar each step happens, shape (contracts, steps)."""
    states: Block
    """The bar before the first step and after each, shape (contracts, steps + 1, 10)."""

    def steps_at(self, elapsed_ms: int) -> NDArray[np.int64]:
        """Return how many steps of each contract have happened `elapsed_ms` after the open: one in each slot."""
        count = self.when_ms.shape[1]
        slot = min(elapsed_ms // (BASE_MS // count), count - 1)
        return slot + (self.when_ms[:, slot] <= elapsed_ms)


class BaseBars:
    """5m bars by contract row; the latest days are made for all contracts at once and kept."""

    def __init__(
        self, source: Source, tick: NDArray[np.int64], keys: Keys, slots_a_bar: NDArray[np.int64] | None = None
    ) -> None:
        self._source = source
        self._tick = tick
        self._keys = keys
        self.slots_a_bar = np.full(len(tick), SLOTS) if slots_a_bar is None else slots_a_bar
        self._days: dict[int, Block] = {}
        self._revised: dict[tuple[int, int], list[int]] = {}
        self._pulses: dict[int, Pulse] = {}

    def everyone(self, first: int, count: int) -> Block:
        """Return recent bars of every contract, shape (10, contracts, count)."""
        return self._cut(slice(None), first, count)

    def of(self, row: int, first: int, count: int) -> Block:
        """Return bars of one contract, shape (10, count)."""
        if first // BARS_A_DAY in self._days and (first + count - 1) // BARS_A_DAY in self._days:
            return self._cut(row, first, count)
        return self._made([row], first, count)[:, 0]

    def of_many(self, rows: list[int], first: int, count: int) -> Block:
        """Return bars of some contracts, shape (10, contracts, count), without keeping them."""
        return self._made(rows, first, count)

    def slots(self, row: int, first: int, count: int) -> tuple[Block, Block]:
        """Return the steps inside some bars of one contract, shape (10, count, steps), and their times in the bar."""
        bars = self.of(row, first - 1, count + 1)
        keys = hashes(self._keys[[row]], np.arange(first, first + count))
        return trace(bars[:, 1:], bars[CLOSE, :-1], np.repeat(self._tick[row], count), keys, int(self.slots_a_bar[row]))

    def pulse(self, bar: int) -> Pulse:
        """Return bar number `bar` of every contract, step by step."""
        if bar not in self._pulses:
            bars = self.everyone(bar - 1, 2)
            keys = hashes(self._keys, np.array([bar]))
            self._pulses[bar] = Pulse(bars[:, :, 1], bars[:, :, 0], self._tick, keys, self.slots_a_bar)
            _keep_latest(self._pulses, 2)
        return self._pulses[bar]

    def revise(self, row: int, bar: int, values: list[int]) -> None:
        """Give a bar other values."""
        self._revised[row, bar] = values
        day, place = divmod(bar, BARS_A_DAY)
        if day in self._days:
            self._days[day][:, row, place] = values
        self._pulses.pop(bar, None)

    def _made(self, rows: list[int], first: int, count: int) -> Block:
        """Return bars from the source, the revised ones as they are now."""
        bars = self._source.bars(rows, first, count)
        for (row, bar), values in self._revised.items():
            if row in rows and first <= bar < first + count:
                bars[:, rows.index(row), bar - first] = values
        return bars

    def _cut(self, rows: int | slice, first: int, count: int) -> Block:
        days = range(first // BARS_A_DAY, (first + count - 1) // BARS_A_DAY + 1)
        skip = first - days[0] * BARS_A_DAY
        blocks = [self._day(day)[:, rows] for day in days]
        whole = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=-1)
        return whole[..., skip : skip + count]

    def _day(self, day: int) -> Block:
        if day not in self._days:
            self._days[day] = self._made(list(range(len(self._tick))), day * BARS_A_DAY, BARS_A_DAY)
            _keep_latest(self._days, _KEPT_DAYS)
        return self._days[day]


def _keep_latest(kept: dict[int, Any], count: int) -> None:
    """Drop what was made first; not what is earliest, as clocks also step back."""
    while len(kept) > count:
        del kept[next(iter(kept))]


def join(parts: list[int] | None, newest: list[int]) -> list[int]:
    """Return the larger bar of what it had so far and its newest part; both as ten whole numbers."""
    if parts is None:
        return newest
    if not newest[VOLUME]:
        return parts
    if not parts[VOLUME]:
        return newest[:FIRST_TRADE] + parts[FIRST_TRADE:]
    extremes = [max(parts[HIGH], newest[HIGH]), min(parts[LOW], newest[LOW])]
    sums = [a + b for a, b in zip(parts[VOLUME:FIRST_TRADE], newest[VOLUME:FIRST_TRADE], strict=True)]
    return [parts[0], *extremes, newest[CLOSE], *sums, parts[FIRST_TRADE]]

"""When inside a 5m bar something is pushed: every batch of trades at once, klines at most every so often."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.emulator.bars import VOLUME
from eliteflow.emulator.base_bars import Pulse, PulseGroup
from eliteflow.emulator.intervals import BASE_MS

_PHASES = 10
"""Contracts push at different moments of the period, so many of them."""


class PlannedPush(NamedTuple):
    """A moment in a bar at which a contract has something to say. step: the batch of trades, or -1 for its klines."""

    elapsed_ms: int
    row: int
    step: int


def planned_trades(pulse: Pulse, rows: set[int], after_ms: int) -> list[PlannedPush]:
    """Return each batch of trades of some contracts later than `after_ms` into the bar."""
    found: list[PlannedPush] = []
    for group, places in _members(pulse, rows):
        happens = (group.slots[VOLUME, places] > 0) & (group.when_ms[places] > after_ms)
        contract, step = np.nonzero(happens)
        when = group.when_ms[places][contract, step]
        members = group.rows[places][contract]
        found += map(PlannedPush, when.tolist(), members.tolist(), step.tolist())
    return found


def planned_klines(pulse: Pulse, rows: set[int], after_ms: int, every_ms: int) -> list[PlannedPush]:
    """Return when the klines of some contracts are pushed: on the contract's own beat, if it was traded since."""
    found: list[PlannedPush] = []
    for group, places in _members(pulse, rows):
        contract, step = np.nonzero(group.slots[VOLUME, places] > 0)
        members = group.rows[places][contract]
        beat = members % _PHASES * (every_ms // _PHASES)
        when = -(-(group.when_ms[places][contract, step] - beat) // every_ms) * every_ms + beat
        is_last = np.ones(len(when), dtype=np.bool_)
        is_last[:-1] = (members[1:] != members[:-1]) | (when[1:] != when[:-1])
        kept = is_last & (when > after_ms) & (when < BASE_MS)  # what comes later is in the final push
        found += map(PlannedPush, when[kept].tolist(), members[kept].tolist(), [-1] * int(kept.sum()))
    return found


def _members(pulse: Pulse, rows: set[int]) -> list[tuple[PulseGroup, NDArray[np.intp]]]:
    wanted = np.array(sorted(rows), dtype=np.intp)
    return [(group, np.flatnonzero(np.isin(group.rows, wanted))) for group in pulse.groups]

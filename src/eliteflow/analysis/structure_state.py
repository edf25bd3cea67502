"""The structure of one symbol at the newest bar, in plain values, for tables, JSON and charts.

All times are open times of bars in UTC milliseconds; `known_ms` is the bar at whose close something became knowable.
"""

from typing import Literal, NamedTuple

import numpy as np

from eliteflow.analysis.price_zones import NOT_YET, Zones
from eliteflow.analysis.structure import MarketStructure
from eliteflow.analysis.structure_breaks import UP
from eliteflow.analysis.swings import EQUAL, HIGHER, LOWER, Swings
from eliteflow.model.panel import Panel

Way = Literal["up", "down"]

HIGH_LABELS = {HIGHER: "HH", LOWER: "LH", EQUAL: "EQH"}
LOW_LABELS = {HIGHER: "HL", LOWER: "LL", EQUAL: "EQL"}


class SwingState(NamedTuple):
    """The newest confirmed swing. label: HH, LH, EQH, or HL, LL, EQL; None for the first one."""

    price: float
    label: str | None
    turned_ms: int
    known_ms: int


class BreakState(NamedTuple):
    """The newest break of a swing at `level`."""

    kind: Literal["BOS", "CHoCH"]
    direction: Way
    level: float
    known_ms: int


class ZoneState(NamedTuple):
    """A zone that is still open. is_entered: whether the price has been in it."""

    direction: Way
    bottom: float
    top: float
    origin_ms: int
    known_ms: int
    is_entered: bool


class StructureState(NamedTuple):
    """One symbol's structure. bias: direction of the newest break. None, or no zone: there is none yet."""

    bias: Way | None
    swing_high: SwingState | None
    swing_low: SwingState | None
    newest_break: BreakState | None
    gaps: tuple[ZoneState, ...]
    blocks: tuple[ZoneState, ...]


def structure_state(structure: MarketStructure, symbol: str) -> StructureState:
    """Return the structure of `symbol` at the newest bar; raise KeyError if it is not here."""
    gaps, blocks = structure.zones_of(symbol, structure.gaps), structure.zones_of(symbol, structure.blocks)
    row = structure.panel.symbols.index(symbol)
    newest = _newest_break(structure, row)
    return StructureState(
        bias=newest.direction if newest else None,
        swing_high=_swing(structure, structure.highs, row, HIGH_LABELS),
        swing_low=_swing(structure, structure.lows, row, LOW_LABELS),
        newest_break=newest,
        gaps=_zones(structure.panel, gaps),
        blocks=_zones(structure.panel, blocks),
    )


def _swing(structure: MarketStructure, swings: Swings, row: int, labels: dict[int, str]) -> SwingState | None:
    confirmed = np.flatnonzero(~np.isnan(swings.price[row]))
    if not len(confirmed):
        return None
    bar, times = confirmed[-1], structure.panel.open_time_ms
    return SwingState(
        price=float(swings.price[row, bar]),
        label=labels.get(int(swings.label[row, bar])),
        turned_ms=int(times[bar - structure.reach]),
        known_ms=int(times[bar]),
    )


def _newest_break(structure: MarketStructure, row: int) -> BreakState | None:
    breaks = structure.breaks
    broken = np.flatnonzero(breaks.direction[row])
    if not len(broken):
        return None
    bar = broken[-1]
    return BreakState(
        kind="CHoCH" if breaks.is_change[row, bar] else "BOS",
        direction=_way(int(breaks.direction[row, bar])),
        level=float(breaks.level[row, bar]),
        known_ms=int(structure.panel.open_time_ms[bar]),
    )


def _zones(panel: Panel, zones: Zones) -> tuple[ZoneState, ...]:
    return tuple(
        ZoneState(
            direction=_way(int(zones.direction[place])),
            bottom=float(zones.bottom[place]),
            top=float(zones.top[place]),
            origin_ms=int(panel.open_time_ms[zones.origin[place]]),
            known_ms=int(panel.open_time_ms[zones.bar[place]]),
            is_entered=bool(zones.entered_bar[place] != NOT_YET),
        )
        for place in range(len(zones.row))
    )


def _way(direction: int) -> Way:
    return "up" if direction == UP else "down"

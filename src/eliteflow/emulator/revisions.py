"""Bars that the venue revises after their close."""

import msgspec

from eliteflow.emulator.bars import CLOSE, HIGH, LOW, OPEN, QUOTE, VOLUME
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.market import Market
from eliteflow.emulator.messages import VenueError

_VOLUME_SHARE = 100
_FURTHEST_BACK = 100_000


class RevisionOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A closed 5m bar that gets another close and, if it has any, more volume; longer and shorter bars follow."""

    symbol: str
    bars_ago: int = 1
    """1 is the newest closed bar."""
    ticks: int = 1
    """How far its close moves."""
    in_s: float = 0.0


def revise(market: Market, order: RevisionOrder, now_ms: int) -> None:
    """Change a bar as ordered; raise VenueError for one that does not exist."""
    row = market.rows.get(order.symbol.upper())
    if row is None or not 1 <= order.bars_ago <= _FURTHEST_BACK:
        raise VenueError(-1, f"{order.symbol!r} has no closed bar number {order.bars_ago}.")
    bar = now_ms // BASE_MS - order.bars_ago
    values = market.base.of(row, bar, 1)[:, 0].tolist()
    values[CLOSE] = max(1, values[CLOSE] + order.ticks * market.instruments[row].tick)
    if values[VOLUME]:
        values[HIGH], values[LOW] = max(values[HIGH], values[CLOSE]), min(values[LOW], values[CLOSE])
        more = values[VOLUME] // _VOLUME_SHARE + 1
        values[VOLUME] += more
        values[QUOTE] += more * values[CLOSE]
    else:  # a bar without trades has one price
        values[OPEN] = values[HIGH] = values[LOW] = values[CLOSE]
    market.revise(row, bar, values)

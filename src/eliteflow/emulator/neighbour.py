"""Somebody else on a client's address who spends from the same pool of weight."""

from typing import Annotated

import msgspec

from eliteflow.emulator.agenda import Agenda
from eliteflow.emulator.intervals import MINUTE
from eliteflow.emulator.limits import Limits


class NeighbourOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the neighbour spends each minute, in bursts spread over it."""

    weight_a_minute: Annotated[int, msgspec.Meta(ge=0)] = 720
    bursts: Annotated[int, msgspec.Meta(ge=1, le=600)] = 1
    first_second: Annotated[float, msgspec.Meta(ge=0, lt=60)] = 1.0
    """When in the minute the first burst comes; the others follow at equal distances."""
    client_ip: str = "127.0.0.1"
    minutes: int | None = None
    """So many minutes, then no more (None: for ever)."""


class Neighbour:
    """Spends as ordered, until it is sent away or has done its minutes."""

    def __init__(self, limits: Limits, order: NeighbourOrder, agenda: Agenda) -> None:
        self._limits = limits
        self._order = order
        self._agenda = agenda
        self._spent = 0
        self.is_here = True

    def begin(self, now_ms: int) -> None:
        """Spend from the first burst after `now_ms` on."""
        first_ms = now_ms - now_ms % MINUTE + round(self._order.first_second * 1_000)
        apart_ms = MINUTE // self._order.bursts
        self._agenda.at(first_ms + -(-(now_ms - first_ms) // apart_ms) * apart_ms, self._spend)

    def _spend(self, due_ms: int) -> None:
        order = self._order
        if not self.is_here or (order.minutes is not None and self._spent >= order.minutes * order.bursts):
            return
        self._spent += 1
        share, rest = divmod(order.weight_a_minute, order.bursts)
        self._limits.charge(order.client_ip, share + (self._spent % order.bursts == 0) * rest, due_ms)
        self._agenda.at(due_ms + MINUTE // order.bursts, self._spend)

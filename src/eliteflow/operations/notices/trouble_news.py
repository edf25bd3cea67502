"""Which troubles are news: those that last, once when they begin and once when they are over. Pure."""

from typing import NamedTuple

from eliteflow.operations.watch.troubles import Reason, Trouble

PASSING_S = 5.0
"""A trouble that blocks nothing is no news before it has lasted for so long."""


class Ended(NamedTuple):
    """A trouble that is over, and for how many seconds it lasted."""

    trouble: Trouble
    lasted_s: float


class News(NamedTuple):
    """What has changed. still: how many troubles go on that were news before."""

    entered: tuple[Trouble, ...]
    left: tuple[Ended, ...]
    still: int


class TroubleNews:
    """Remembers what has been told. The first fill is part of every start, so it is never news."""

    def __init__(self) -> None:
        self._since_s: dict[Reason, float] = {}
        self._told: dict[Reason, Trouble] = {}

    def of(self, found: tuple[Trouble, ...], now_s: float) -> News:
        """Return what is news at `now_s`, on the steady clock."""
        present = {trouble.reason: trouble for trouble in found if trouble.reason is not Reason.FIRST_FILL}
        gone = [reason for reason in self._told if reason not in present]
        left = tuple(Ended(self._told.pop(reason), now_s - self._since_s[reason]) for reason in gone)
        self._since_s = {reason: self._since_s.get(reason, now_s) for reason in present}
        entered = tuple(
            trouble
            for reason, trouble in present.items()
            if reason not in self._told and (trouble.blocks or now_s - self._since_s[reason] >= PASSING_S)
        )
        still = len(self._told)
        self._told |= {trouble.reason: trouble for trouble in entered}
        return News(entered, left, still)

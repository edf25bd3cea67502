"""How fast connections are tried: not too many from one address, and ever more seldom while they fail. Pure."""

from random import Random

ATTEMPTS_AT_ONCE = 60
ATTEMPTS_A_SECOND = 0.8
"""300 in any five minutes: the venue's rule for spot, obeyed on futures too (reference A.3)."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
REFUSED_PAUSE_S = {403: 300.0, 418: 300.0, 429: 60.0, 451: 300.0}
"""After an answer that means this address, and no fault of the venue or the way to it."""


class AttemptPace:
    """Allows so many attempts at once and then so many a second; `now_s` on the steady clock."""

    def __init__(self, at_once: int = ATTEMPTS_AT_ONCE, a_second: float = ATTEMPTS_A_SECOND) -> None:
        self._at_once = float(at_once)
        self._a_second = a_second
        self._left = float(at_once)
        self._counted_s: float | None = None

    def wait_s(self, now_s: float) -> float:
        """Return in how many seconds a connection may be tried."""
        return max(0.0, 1.0 - self._left_at(now_s)) / self._a_second

    def take(self, now_s: float) -> bool:
        """Return whether a connection may be tried now, and count it if so."""
        left = self._left_at(now_s)
        if left < 1.0:
            return False
        self._left, self._counted_s = left - 1.0, now_s
        return True

    def _left_at(self, now_s: float) -> float:
        passed_s = 0.0 if self._counted_s is None else now_s - self._counted_s
        return min(self._at_once, self._left + passed_s * self._a_second)


def pause_s(failures: int, dice: Random, status: int | None = None) -> float:
    """Return how long to wait after so many failures in a row: doubling, capped, between half of it and all of it.

    By chance, so that the connections of a program, and all programs after a fault of the venue, spread out.
    status: what the venue answered instead of opening a connection.
    """
    longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 16))
    return longest_s * dice.uniform(0.5, 1.0) + REFUSED_PAUSE_S.get(status or 0, 0.0)

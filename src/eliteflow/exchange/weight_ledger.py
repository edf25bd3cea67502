"""How much weight an address has spent in each clock minute, and whether a request still fits. Pure.

The venue counts by UTC clock minute at the moment a request reaches it (reference A.6). That moment lies between our
sending and our receiving, so a request that is under way at a boundary is counted in both minutes here.
"""

from typing import NamedTuple

from eliteflow.model.priority import Priority
from eliteflow.model.timeframe import MINUTE_MS

DEFAULT_LIMIT = 2400
# Nothing is sent this close to a boundary: nobody could tell which minute would be charged for it.
BOUNDARY_MARGIN_MS = 100
# What others spend is taken from this many minutes; after as long without an answer nothing is known of them.
MEMORY_MINUTES = 10
# Shares that a class leaves untouched: 5 % for orders; a quarter for the 530 requests that repair a market's close.
KEPT_BACK = {
    Priority.ORDER: 0.0,
    Priority.CLOSE_REPAIR: 0.05,
    Priority.INTERACTIVE: 0.05,
    Priority.BACKFILL: 0.25,
    Priority.AUDIT: 0.25,
}
# Bars close at whole five minutes. What has time stays away then, from shortly before until late bars are there and the
# cycle is over: a burst of older history makes answers take a second that a close is waiting for.
CLOSES_MS, BEFORE_CLOSE_MS, AFTER_CLOSE_MS = 300_000, 500, 8_000
# However much others spend, a minute has room for this share of our own.
LEAST_SHARE = 0.05
# Weight under way at once: whatever it is, it may fall into a minute that others have just begun to spend.
# At 120 ms a fifth of the limit is spent again in each round trip, so it holds nobody up.
MOST_UNDER_WAY = 0.2


class Lease(NamedTuple):
    """Weight reserved for one request. minute: the clock minute it was reserved in."""

    weight: int
    minute: int


class WeightLedger:
    """The books of one address at one venue; every method takes the venue's time.

    limit: weight per minute as exchangeInfo tells. share: part of it that may be spent in all.
    Spent is at least what the venue's newest counter says plus everything under way, and at least our own sum.

    is_shared: our other programs lease their weight from one book with us (`WeightShare`), which keeps strangers' peak
    free; otherwise what they spend is that of others.
    Others may have spent too, so the first request of all goes alone, and the first of each minute are few, until an
    answer has told the venue's counter. Orders alone do not wait for that.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT, share: float = 0.9) -> None:
        self.limit = limit
        self.share = share
        self.is_shared = False
        self.in_flight_weight = 0
        self._minutes: dict[int, _Minute] = {}
        self._answered_ms: int | None = None
        self._held_until_ms = 0
        self._must_ask = False
        self._peak = (0, 0)

    @property
    def ceiling(self) -> int:
        """The weight that may be spent in a minute, by us and others together."""
        return int(self.limit * self.share)

    def wait_ms(self, weight: int, priority: Priority, now_ms: int) -> int | None:
        """Return how long a request has to wait: 0 it may go; None until an answer to one under way has come."""
        if now_ms < self._held_until_ms:
            return self._held_until_ms - now_ms
        if (since_ms := (now_ms + BOUNDARY_MARGIN_MS) % MINUTE_MS) < 2 * BOUNDARY_MARGIN_MS:
            return 2 * BOUNDARY_MARGIN_MS - since_ms
        if priority >= Priority.BACKFILL and (close_ms := _left_of_close_ms(now_ms)):
            return close_ms
        under_way = self.in_flight_weight
        if under_way and under_way + weight > self._most_under_way(priority, now_ms):
            return None
        if self._fits(weight, priority, now_ms):
            return 0
        return next_window_ms(now_ms) - now_ms

    def reserve(self, weight: int, now_ms: int) -> Lease:
        """Enter a request that is sent now; it must be settled or given back."""
        self.in_flight_weight += weight
        return Lease(weight, spending_minute(now_ms))

    def settle(self, lease: Lease, now_ms: int, *, counter: int | None = None, answered: bool = True) -> None:
        """Enter the end of a request. counter: the answer's `X-MBX-USED-WEIGHT-1M`; answered: False where none came."""
        self.in_flight_weight -= lease.weight
        last = (now_ms + BOUNDARY_MARGIN_MS) // MINUTE_MS
        is_certain = last == lease.minute
        for number in (last,) if is_certain else {lease.minute, spending_minute(now_ms), last}:
            self._minute(number).own += lease.weight
        if answered:
            minute = self._minutes[last]
            minute.is_evidence &= self._remembers(now_ms)
            minute.is_known |= is_certain
            self._answered_ms = now_ms
            self._must_ask &= now_ms < self._held_until_ms
            if counter is not None and is_certain:
                self._learn(minute, counter)

    def give_back(self, lease: Lease) -> None:
        """Take out a request that was never sent."""
        self.in_flight_weight -= lease.weight

    def hold(self, until_ms: int) -> None:
        """Let nothing go before `until_ms`; then one request has to read the venue's counter before the others go."""
        self._held_until_ms = max(self._held_until_ms, until_ms)
        self._must_ask = True

    def held_ms(self, now_ms: int) -> int:
        """Return how long a `hold` still lasts, 0 without one."""
        return max(0, self._held_until_ms - now_ms)

    def spent(self, now_ms: int) -> int:
        """Return the most that the venue can have counted in the present minute, everything under way included."""
        minute = self._minutes.get(spending_minute(now_ms))
        return self.in_flight_weight + (max(minute.own, minute.counter) if minute else 0)

    def own_spent(self, now_ms: int) -> int:
        """Return the most of ours that the venue can have counted in the present minute."""
        minute = self._minutes.get(spending_minute(now_ms))
        return self.in_flight_weight + (minute.own if minute else 0)

    def unexplained(self, now_ms: int) -> tuple[tuple[int, int], ...]:
        """Return the present minute and the one before, each with what surely was not ours in it."""
        present = spending_minute(now_ms)
        return tuple(
            (number, self._minutes[number].others) for number in (present - 1, present) if number in self._minutes
        )

    def others_peak(self, now_ms: int) -> int:
        """Return the most that others on this address spent in one of the last ten minutes.

        The minute of our first answer tells nothing of them: it may hold an earlier run of our own.
        """
        present = spending_minute(now_ms)
        if self._peak[0] != present:
            recent = (self._minutes.get(number) for number in range(present - MEMORY_MINUTES + 1, present + 1))
            self._peak = present, max((entry.others for entry in recent if entry and entry.is_evidence), default=0)
        return self._peak[1]

    def _most_under_way(self, priority: Priority, now_ms: int) -> int:
        """Return the weight that may be under way: one request, a few, or many, by what is known of others."""
        minute = self._minutes.get(spending_minute(now_ms))
        if priority is Priority.ORDER or (minute and minute.is_known and not self._must_ask):
            return int(self.limit * MOST_UNDER_WAY)
        return 0 if self._must_ask or not self._remembers(now_ms) else int(self.limit * LEAST_SHARE)

    def _fits(self, weight: int, priority: Priority, now_ms: int) -> bool:
        spent = self.spent(now_ms)
        if spent == 0:
            return True  # whatever the limits, a fresh minute lets something go
        if spent + weight > int(self.ceiling * (1 - KEPT_BACK[priority])):
            return False
        return self.is_shared or self.own_spent(now_ms) + weight <= max(
            self.ceiling - self.others_peak(now_ms), int(self.limit * LEAST_SHARE)
        )

    def _remembers(self, now_ms: int) -> bool:
        return self._answered_ms is not None and abs(now_ms - self._answered_ms) < MEMORY_MINUTES * MINUTE_MS

    def _learn(self, minute: "_Minute", counter: int) -> None:
        minute.counter = max(minute.counter, counter)
        others = counter - minute.own - self.in_flight_weight
        if others > minute.others:
            minute.others = others
            self._peak = (0, 0)

    def _minute(self, number: int) -> "_Minute":
        entry = self._minutes.get(number)
        if entry is None:
            if len(self._minutes) > 2 * MEMORY_MINUTES:
                del self._minutes[next(iter(self._minutes))]
            entry = self._minutes[number] = _Minute()
        return entry


class _Minute:
    """own: our settled weight that may have been counted here. counter: the venue's. others: surely not ours.

    is_evidence: whether `others` tells of what others usually spend; not in the minute of our first answer.
    is_known: whether an answer has come to a request that was sent in it.
    """

    __slots__ = ("counter", "is_evidence", "is_known", "others", "own")

    def __init__(self) -> None:
        self.own = 0
        self.counter = 0
        self.others = 0
        self.is_evidence = True
        self.is_known = False


def _left_of_close_ms(now_ms: int) -> int:
    """Return how long a close still lasts, 0 between closes."""
    return max(0, AFTER_CLOSE_MS + BEFORE_CLOSE_MS - (now_ms + BEFORE_CLOSE_MS) % CLOSES_MS)


def spending_minute(now_ms: int) -> int:
    """Return the clock minute that a request sent now is charged to."""
    return (now_ms - BOUNDARY_MARGIN_MS) // MINUTE_MS


def next_window_ms(now_ms: int) -> int:
    """Return when requests of the next clock minute may go."""
    return (spending_minute(now_ms) + 1) * MINUTE_MS + BOUNDARY_MARGIN_MS

"""How many requests may be under way at once: the ceiling, or fewer where more of them bring less. Pure.

Each answer is entered under the number that was under way when its request left. Under way divided by the mean round
trip is what the venue answers a second at that load (Little's law), and the smallest load that brings nearly the most
is allowed. A burst passes through every load up to the present limit, so the first one shows the whole curve, and a
round trip that varies by chance changes nothing, since all loads share it. Measured against AIMD and a gradient on the
smallest round trip, which took a variable venue for a slow one, in docs/performance.md.
"""

from bisect import bisect_left
from dataclasses import dataclass

# Loads are told apart in steps of √2: their throughputs differ by 41 % while the venue keeps up.
STEP = 2**0.5
LEAST = 8
# Answers that a load must have brought before it counts; beyond four times as many, old ones fade.
ENOUGH = 16
# A load that brings this share of the most is as good as the one that brings the most, and easier on the venue.
NEARLY = 0.95
# What was measured longer ago says nothing of the venue as it is, so the next larger load is tried again.
LIFE_S = 60.0
# A request without an answer counts as one that took this long.
FAILED_S = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a load brought. under_way: mean number of requests at a time. per_s: answers a second."""

    under_way: float
    round_trip_s: float
    per_s: float


@dataclass(frozen=True, slots=True)
class InFlightSnapshot:
    """The limit at one instant, and the loads it stands on, smallest first."""

    allowed: int
    ceiling: int
    is_fixed: bool
    loads: tuple[Load, ...]


class InFlightLimit:
    """Finds how many requests may be under way; `allowed` starts at the ceiling.

    ceiling: never more than this. is_fixed: always exactly this.
    """

    def __init__(self, ceiling: int, *, is_fixed: bool = False) -> None:
        self.allowed = self.ceiling = ceiling
        self.is_fixed = is_fixed or ceiling <= LEAST
        self._steps = _steps(ceiling)
        self._loads = [_Measured(most) for most in self._steps]
        self._since_decision = 0

    def answered(self, under_way: int, took_s: float, now_s: float) -> None:
        """Enter an answer. under_way: requests when its own left, itself included; now_s: on the steady clock."""
        if self.is_fixed:
            return
        self._loads[min(bisect_left(self._steps, under_way), len(self._loads) - 1)].enter(under_way, took_s, now_s)
        self._since_decision += 1
        if self._since_decision >= ENOUGH:
            self._since_decision = 0
            self._decide(now_s)

    def failed(self, under_way: int, now_s: float) -> None:
        """Enter a request that got no answer."""
        self.answered(under_way, FAILED_S, now_s)

    def snapshot(self, now_s: float) -> InFlightSnapshot:
        """Return the limit as it stands now."""
        loads = (Load(load.under_way, load.round_trip_s, load.per_s) for load in self._loads if load.is_known(now_s))
        return InFlightSnapshot(self.allowed, self.ceiling, self.is_fixed, tuple(loads))

    def _decide(self, now_s: float) -> None:
        known = [load for load in self._loads if load.is_known(now_s)]
        if not known:
            return
        enough_per_s = NEARLY * max(load.per_s for load in known)
        best = next(load for load in known if load.per_s >= enough_per_s)
        place = self._loads.index(best)
        if best is known[-1]:  # nobody knows whether more would bring more
            self.allowed = max(self.allowed, self._loads[min(place + 1, len(self._loads) - 1)].most)
        elif best is known[0]:  # nor here whether fewer would bring as much
            self.allowed = self._loads[max(place - 1, 0)].most
        else:
            self.allowed = best.most


class _Measured:
    """Answers to requests that left while at most `most`, and more than in the load below, were under way."""

    __slots__ = ("_answers", "_entered_s", "_took_s", "_under_way", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self._answers = self._took_s = self._under_way = 0.0
        self._entered_s = float("-inf")

    @property
    def under_way(self) -> float:
        """Mean number of requests."""
        return self._under_way / self._answers

    @property
    def round_trip_s(self) -> float:
        """Mean time to the answer."""
        return self._took_s / self._answers

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self._under_way / self._took_s

    def is_known(self, now_s: float) -> bool:
        """Return whether it has brought enough answers lately."""
        return self._answers >= ENOUGH and now_s - self._entered_s <= LIFE_S

    def enter(self, under_way: int, took_s: float, now_s: float) -> None:
        """Add an answer."""
        if now_s - self._entered_s > LIFE_S:
            self._answers = self._took_s = self._under_way = 0.0
        kept = 0.5 if self._answers >= 4 * ENOUGH else 1.0
        self._answers = self._answers * kept + 1
        self._took_s = self._took_s * kept + max(took_s, 1e-6)
        self._under_way = self._under_way * kept + under_way
        self._entered_s = now_s


def _steps(ceiling: int) -> list[int]:
    """Return the largest number of each load, the ceiling last."""
    steps = [float(ceiling)]
    while steps[-1] / STEP >= LEAST:
        steps.append(steps[-1] / STEP)
    return [round(step) for step in reversed(steps)]

"""How often something took how long: counts in fixed buckets, owned by the part that observes. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Self


@dataclass(frozen=True, slots=True)
class HistogramSnapshot:
    """A histogram at one instant. Values and bounds share a unit, mostly seconds.

    bounds: upper bounds of the buckets, ascending, the last one infinite. counts: observations in each bucket alone.
    total: sum of all observed values. largest: the largest of them, 0 before the first.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float
    largest: float

    @property
    def count(self) -> int:
        """How many values were observed."""
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """Mean of all observed values, 0 before the first."""
        return self.total / count if (count := self.count) else 0.0

    def quantile(self, share: float) -> float:
        """Return an upper bound of the smallest `share` (0 to 1) of the values: its bucket's, or the largest value."""
        wanted, seen = share * self.count, 0
        for bound, count in zip(self.bounds, self.counts, strict=True):
            seen += count
            if seen >= wanted and count:
                return min(bound, self.largest)
        return 0.0

    def __add__(self, other: Self) -> Self:
        """Return both together; raise ValueError if their buckets differ."""
        if self.bounds != other.bounds:
            raise ValueError("histograms with different buckets have no sum")
        counts = tuple(map(sum, zip(self.counts, other.counts, strict=True)))
        return type(self)(self.bounds, counts, self.total + other.total, max(self.largest, other.largest))


class Histogram:
    """Counts values in buckets.

    bounds: upper bounds in ascending order; one more bucket takes what is above the last. An observation costs less
    than a microsecond; where thousands come at a time, one `observe` with their number is enough.
    """

    __slots__ = ("_bounds", "_counts", "_largest", "_total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = (*bounds, inf)
        self._counts = [0] * len(self._bounds)
        self._total = self._largest = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Count a value that was seen `times` times; a negative one, as of clocks that disagree, counts as 0."""
        value = max(value, 0.0)
        self._counts[bisect_left(self._bounds, value)] += times
        self._total += value * times
        self._largest = max(self._largest, value)

    def snapshot(self) -> HistogramSnapshot:
        """Return the counts at this moment."""
        return HistogramSnapshot(self._bounds, tuple(self._counts), self._total, self._largest)

"""One UTC day of a running program in numbers. Pure."""

from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Self

from eliteflow.pipeline.bar_close import MARKS_S
from eliteflow.pipeline.close_barrier import CloseSummary
from eliteflow.scheduler.cycle import CycleReport

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class DayReport:
    """A day; also the fields of the event `day.finished`.

    day: as 2026-11-24, UTC. watched_s: seconds of it that the program ran. down_s: of these, not ready.
    cycles, failed, missed: finished, failed, and left out because one overran.
    mean_s, p99_s, slowest_s: seconds of a cycle. cache_hit_rate: mean over the cycles, 0 to 1.
    closes: bar closes watched; final_2s … final_10s: share of their bars that were final so many
        seconds after, 0 to 1, None without a close.
    gaps, repaired: found, and filled. revised: closed bars that the venue changed. mismatches: found by audits.
    """

    day: str
    venue: str
    watched_s: float
    down_s: float
    cycles: int
    failed: int
    missed: int
    mean_s: float
    p99_s: float
    slowest_s: float
    requests: int
    weight: int
    cache_hit_rate: float
    closes: int
    final_2s: float | None
    final_3s: float | None
    final_5s: float | None
    final_10s: float | None
    gaps: int
    repaired: int
    revised: int
    mismatches: int
    signals: int

    def fields(self) -> dict[str, int | float | str | None]:
        """Return the report as the fields of a log line or JSON document, in order."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Counters:
    """What the parts have counted since the program began; a day is the difference of two."""

    failed: int = 0
    missed: int = 0
    gaps: int = 0
    repaired: int = 0
    revised: int = 0
    mismatches: int = 0

    def __sub__(self, before: Self) -> Self:
        """Return what was added since `before`."""
        names = [field.name for field in fields(self)]
        return type(self)(*(getattr(self, name) - getattr(before, name) for name in names))


class DayTally:
    """Adds up one day. start_ms: venue time at which its watching begins. before: the counters at that moment."""

    def __init__(self, start_ms: int, before: Counters) -> None:
        self._start_ms = start_ms
        self._before = before
        self._total_s = array("d")
        self._hit_rates = self._down_s = 0.0
        self._requests = self._weight = self._signals = 0
        self._closes = self._expected = 0
        self._last_close_ms = start_ms - start_ms % DAY_MS - 1  # those before midnight were counted by the day before
        self._final = dict.fromkeys(MARKS_S, 0.0)

    @property
    def end_ms(self) -> int:
        """The venue time at which the day ends, midnight UTC."""
        return self._start_ms - self._start_ms % DAY_MS + DAY_MS

    def add_cycle(self, report: CycleReport) -> None:
        """Count a finished cycle."""
        self._total_s.append(report.total_s)
        self._hit_rates += report.cache_hit_rate
        self._requests += report.requests
        self._weight += report.weight
        self._signals += report.signals

    def add_closes(self, closes: Sequence[CloseSummary]) -> None:
        """Count those closes that are newer than any counted before; they come in order."""
        for close in closes:
            if close.boundary_ms > self._last_close_ms:
                self._last_close_ms = close.boundary_ms
                self._closes += 1
                self._expected += close.bars
                for after_s in MARKS_S:
                    self._final[after_s] += close.final_after[after_s] * close.bars

    def add_down(self, seconds: float) -> None:
        """Count seconds in which the program ran and was not ready."""
        self._down_s += seconds

    def report(self, now_ms: int, venue: str, counters: Counters) -> DayReport:
        """Return the day as it stands at `now_ms`. counters: those of the parts at that moment."""
        added = counters - self._before
        cycles, (mean_s, p99_s, slowest_s) = len(self._total_s), _spread(sorted(self._total_s))
        final = [self._final[after_s] / self._expected if self._expected else None for after_s in MARKS_S]
        return DayReport(
            datetime.fromtimestamp(self._start_ms / 1000, UTC).strftime("%Y-%m-%d"),
            venue,
            watched_s=(min(now_ms, self.end_ms) - self._start_ms) / 1000,
            down_s=self._down_s,
            cycles=cycles,
            failed=added.failed,
            missed=added.missed,
            mean_s=mean_s,
            p99_s=p99_s,
            slowest_s=slowest_s,
            requests=self._requests,
            weight=self._weight,
            cache_hit_rate=self._hit_rates / cycles if cycles else 0.0,
            closes=self._closes,
            final_2s=final[0],
            final_3s=final[1],
            final_5s=final[2],
            final_10s=final[3],
            gaps=added.gaps,
            repaired=added.repaired,
            revised=added.revised,
            mismatches=added.mismatches,
            signals=self._signals,
        )


def _spread(ranked: Sequence[float]) -> tuple[float, float, float]:
    """Return mean, 99th percentile (by nearest rank) and largest of values in ascending order, 0 of none."""
    count = len(ranked)
    return (sum(ranked) / count, ranked[-1 - count // 100], ranked[-1]) if count else (0.0, 0.0, 0.0)

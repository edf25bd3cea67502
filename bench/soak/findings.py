"""What a run has shown, and what it had to show."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.soak.closes import Close, Line
from bench.soak.samples import Sample
from bench.soak.timetable import Course
from bench.soak.truth import Difference

LOOP_LAG_S, STOP_S, MEMORY_SHARE = 0.05, 5.0, 0.05
OUT_P50_MS, OUT_P99_MS, OWN_MS = 2_500, 5_200, 100

AROUND_S = 30.0
"""A fault that was over so long before a close is none of the close's."""


class Claim(NamedTuple):
    """Something that a run had to show."""

    what: str
    wanted: str
    found: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """The candles on disk beside the venue's.

    unlike: bars that are missing or differ. revised: bars that the venue has corrected while the run went on.
    awaiting: those that no audit has found since, and larger bars made of them: they are what the venue had before.
    """

    series: int
    bars: int
    unlike: Sequence[Difference]
    awaiting: int
    revised: int


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was seen of a run. began_ms: when the timetable did. stopped: exit status, and seconds since SIGTERM."""

    began_ms: int
    minutes: float
    symbols: int
    ready_s: float
    samples: list[Sample]
    courses: list[Course]
    closes: list[Close]
    lines: list[Line]
    compared: Compared
    refusals: dict[str, float]
    stopped: tuple[int, float]

    @property
    def settled(self) -> list[Sample]:
        """The samples after the first quarter."""
        return [sample for sample in self.samples if sample.at_s >= self.samples[-1].at_s / 4]

    @property
    def own_ms(self) -> list[int]:
        """Our own share of each close without a fault at which nothing was waited for but streams.

        The witness, from whose last final kline it counts, is spared the faults.
        """
        return [close.own_ms for close in self.closes if close.own_ms is not None and not self.faults_at(close)]

    def faults_at(self, close: Close) -> list[int]:
        """Return which faults, numbered from 1, were in force around a close."""
        at_s = (close.boundary_ms - self.began_ms) / 1000
        return [
            number
            for number, course in enumerate(self.courses, 1)
            if course.fault.begins_s <= at_s + OUT_P99_MS / 1000 and course.fault.ends_s >= at_s - AROUND_S
        ]

    def claims(self) -> list[Claim]:
        """Return what had to be shown, with what was found."""
        return [
            *(self._complete(), self._right(), self._corrected()),
            *(self._lag(), self._memory(), self._refused(), self._recovered()),
            *(self._cycles(), self._out(), self._own(), self._stopped()),
        ]

    def _complete(self) -> Claim:
        missing = sum(one.held is None for one in self.compared.unlike)
        found = f"{missing} of {self.compared.bars:,} bars missing in {self.compared.series:,} series"
        return Claim("every closed bar is on disk", "none missing", found, not missing and self.compared.series > 0)

    def _right(self) -> Claim:
        wrong = sum(one.held is not None for one in self.compared.unlike)
        return Claim("every bar is what the venue has, to the last bit", "none wrong", f"{wrong} wrong", not wrong)

    def _corrected(self) -> Claim:
        late, revised = self.compared.awaiting, self.compared.revised
        found = f"{late} of {revised} corrected bars, and of the larger ones over them, are as they were"
        return Claim("by the end, what the venue corrected is repaired", "all", found, not late)

    def _lag(self) -> Claim:
        seen, worst = lag_quantile(self.samples[-1], 0.99), self.samples[-1]["loop_lag_largest"]
        found = f"p99 ≤ {seen * 1000:.3g} ms, largest {worst * 1000:.0f} ms"
        return Claim("the event loop is on time", f"p99 ≤ {LOOP_LAG_S * 1000:.0f} ms", found, seen <= LOOP_LAG_S)

    def _memory(self) -> Claim:
        held = [sample.resident_mb for sample in self.settled]
        middle = statistics.median(held)
        low, high = min(held) / middle - 1, max(held) / middle - 1
        found = f"{middle:.0f} MB, {low:+.1%} to {high:+.1%}; most {max(s.resident_mb for s in self.samples):.0f} MB"
        is_flat = max(-low, high) <= MEMORY_SHARE
        return Claim("memory is flat after the first quarter", f"± {MEMORY_SHARE:.0%}", found, is_flat)

    def _refused(self) -> Claim:
        count = self.refusals.get("429", 0)
        return Claim("the venue never had to say 429", "none", f"{count:.0f}", not count)

    def _recovered(self) -> Claim:
        over = sum(course.over_s is not None for course in self.courses)
        found = f"{over} of {len(self.courses)}"
        return Claim("every fault shows in a metric, and is over", "all", found, over == len(self.courses))

    def _cycles(self) -> Claim:
        last = self.samples[-1]
        found = f"{last['cycles_total finished']:.0f} finished, {last['cycles_total failed']:.0f} failed, "
        found += f"{last['cycles_total missed']:.0f} missed; {last['symbols failed']:.0f} symbols failed in the last"
        holds = not last["cycles_total failed"] and not last["cycles_total missed"] and not last["symbols failed"]
        return Claim("each close has its cycle", "none failed or missed", found, holds)

    def _out(self) -> Claim:
        out = sorted(close.out_ms for close in self.closes)
        if not out:
            return Claim("signals are out after a close", "", "no close", holds=False)
        calm = sorted(close.out_ms for close in self.closes if not self.faults_at(close))
        found = f"median {statistics.median(out):,.0f} ms, longest {out[-1]:,} ms, {len(out)} closes"
        if calm:
            found += f"; the {len(calm)} of them without a fault {calm[0]:,} to {calm[-1]:,} ms"
        holds = statistics.median(out) <= OUT_P50_MS and out[-1] <= OUT_P99_MS
        return Claim("signals are out after a close", f"p50 ≤ {OUT_P50_MS:,}, p99 ≤ {OUT_P99_MS:,} ms", found, holds)

    def _own(self) -> Claim:
        own = self.own_ms
        if not own:
            return Claim(
                "our own share of it", f"≤ {OWN_MS} ms", "none by streams alone and without a fault", holds=False
            )
        found = f"median {statistics.median(own):.0f} ms, longest {max(own)} ms, "
        found += f"{len(own)} closes by streams alone and without a fault"
        return Claim("our own share of it", f"≤ {OWN_MS} ms", found, max(own) <= OWN_MS)

    def _stopped(self) -> Claim:
        status, seconds = self.stopped
        found = f"{seconds:.2f} s, status {status}"
        return Claim("SIGTERM ends it, all stored", f"≤ {STOP_S:.0f} s", found, seconds <= STOP_S and status == 130)


def lag_quantile(sample: Sample, share: float) -> float:
    """Return an upper bound of how late the loop was for a share of its wakings, in seconds."""
    prefix = "loop_lag_seconds_bucket "
    buckets = sorted(
        (float(name.removeprefix(prefix)), count) for name, count in sample.values.items() if name.startswith(prefix)
    )
    return next(bound for bound, count in buckets if count >= share * sample["loop_lag_seconds_count"])

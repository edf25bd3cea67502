"""What is seen of the cycles."""

from dataclasses import replace

from eliteflow.operations.watch.cycle_watch import CycleObservers, CycleWatch
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.testing.manual_clock import ManualClock
from tests.unit.operations.judgements import JUDGED
from tests.unit.operations.outcomes import OUTCOME, REPORT

START_MS = 1_795_510_810_000


class Witness:
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def cycle_started(self, cycle: int, total: int) -> None:
        """Remember."""
        self.told.append((cycle, total))

    def batch_finished(self, symbols: int) -> None:
        """Remember."""
        self.told.append(symbols)

    def cycle_finished(self, outcome: CycleOutcome | None) -> None:
        """Remember."""
        self.told.append(outcome)


def watch_at(clock: ManualClock, outcomes: list[CycleOutcome] | None = None) -> CycleWatch:
    """A watch that hands outcomes on into a list."""
    return CycleWatch(clock, ([] if outcomes is None else outcomes).append)


def test_the_progress_of_the_first_cycle_is_known() -> None:
    """Symbols done, of how many."""
    watch = watch_at(ManualClock(START_MS))
    watch.cycle_started(1, 530)
    watch.batch_finished(64)
    watch.batch_finished(64)
    seen = watch.snapshot()
    assert (seen.done, seen.total, seen.first_finished_ms) == (128, 530, None)


def test_a_finished_cycle_is_measured_and_handed_on() -> None:
    """Each phase in a histogram of its own."""
    clock, outcomes = ManualClock(START_MS), list[CycleOutcome]()
    watch = watch_at(clock, outcomes)
    watch.cycle_finished(OUTCOME)
    clock.advance(5)
    watch.cycle_finished(JUDGED)
    seen = watch.snapshot()
    assert (seen.first_finished_ms, seen.last_finished_ms) == (START_MS, START_MS + 5_000)
    assert {phase: seconds.total for phase, seconds in seen.seconds.items()} == {
        "data": 2 * REPORT.data_s,
        "analysis": 2 * REPORT.analysis_s,
        "total": 2 * REPORT.total_s,
    }
    assert seen.signals == 1
    assert seen.silent.keys() == {"slow"}
    assert outcomes == [OUTCOME, JUDGED]


def test_a_cycle_in_which_nothing_came_makes_no_market_current() -> None:
    """Neither does one that broke off."""
    watch = watch_at(ManualClock(START_MS))
    watch.cycle_finished(None)
    watch.cycle_finished(replace(OUTCOME, report=replace(REPORT, succeeded=0)))
    assert watch.snapshot().last_finished_ms is None


def test_several_observers_are_one() -> None:
    """Each is told everything."""
    witnesses = Witness(), Witness()
    both = CycleObservers(witnesses)
    both.cycle_started(1, 530)
    both.batch_finished(64)
    both.cycle_finished(OUTCOME)
    assert witnesses[0].told == witnesses[1].told == [(1, 530), 64, OUTCOME]

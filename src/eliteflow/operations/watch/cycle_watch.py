"""Follows the cycles for whoever wants to know how they go."""

from collections.abc import Callable, Sequence

from eliteflow.clock import Clock
from eliteflow.operations.watch.ports import CyclesStatus
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.scheduler.unified_scheduler import CycleObserver
from eliteflow.telemetry.histogram import Histogram
from eliteflow.telemetry.metrics import CYCLE_S

PHASES = ("data", "analysis", "total")


class CycleWatch:
    """A CycleObserver that keeps how far the cycle is, how long cycles took, and how many signals they had.

    on_outcome: called with every finished cycle; returns at once.
    """

    def __init__(self, clock: Clock, on_outcome: Callable[[CycleOutcome], None]) -> None:
        self._clock = clock
        self._on_outcome = on_outcome
        self._seconds = {phase: Histogram(CYCLE_S) for phase in PHASES}
        self._done = self._total = self._signals = 0
        self._first_finished_ms: int | None = None
        self._last_finished_ms: int | None = None
        self._silent: dict[str, str] = {}

    def cycle_started(self, cycle: int, total: int) -> None:
        """Begin to count its symbols."""
        self._done, self._total = 0, total

    def batch_finished(self, symbols: int) -> None:
        """Count them."""
        self._done += symbols

    def cycle_finished(self, outcome: CycleOutcome | None) -> None:
        """Keep what it took; a cycle without an outcome, or in which no symbol came, finished nothing."""
        if outcome is None:
            return
        report = outcome.report
        for phase, seconds in zip(PHASES, (report.data_s, report.analysis_s, report.total_s), strict=True):
            self._seconds[phase].observe(seconds)
        self._signals += report.signals
        self._silent = {name: str(why) for name, why in outcome.judgement.silences.items() if why.is_trouble}
        if report.succeeded:
            self._last_finished_ms = self._clock.now_ms()
            self._first_finished_ms = self._first_finished_ms or self._last_finished_ms
        self._on_outcome(outcome)

    def snapshot(self) -> CyclesStatus:
        """Return what was seen so far."""
        return CyclesStatus(
            done=self._done,
            total=self._total,
            first_finished_ms=self._first_finished_ms,
            last_finished_ms=self._last_finished_ms,
            seconds={phase: histogram.snapshot() for phase, histogram in self._seconds.items()},
            signals=self._signals,
            silent=self._silent,
        )


class CycleObservers:
    """Several observers as one, each told in turn."""

    def __init__(self, observers: Sequence[CycleObserver]) -> None:
        self._observers = observers

    def cycle_started(self, cycle: int, total: int) -> None:
        """Tell all of them."""
        for observer in self._observers:
            observer.cycle_started(cycle, total)

    def batch_finished(self, symbols: int) -> None:
        """Tell all of them."""
        for observer in self._observers:
            observer.batch_finished(symbols)

    def cycle_finished(self, outcome: CycleOutcome | None) -> None:
        """Tell all of them."""
        for observer in self._observers:
            observer.cycle_finished(outcome)

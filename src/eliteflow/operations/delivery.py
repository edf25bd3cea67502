"""What becomes of each cycle's outcome while a program runs: bar, table, documents."""

from eliteflow.operations.invocation import Invocation
from eliteflow.scheduler.cycle import CycleOutcome


class Delivery:
    """Follows the cycles of a scheduler (a CycleObserver) and delivers them as the call asked for.

    A document is written after every cycle. The table is shown after the last of `cycles`; where they have no end,
    after each one on a terminal, and not at all in a pipe, where the log's lines say how it goes.
    """

    def __init__(self, invocation: Invocation, cycles: int | None) -> None:
        self._invocation = invocation
        self._terminal = invocation.terminal
        self._cycles = cycles
        self._finished = 0

    def cycle_started(self, cycle: int, total: int) -> None:
        """Show an empty bar."""
        if self._terminal is not None:
            self._terminal.cycle_started(cycle, total)

    def batch_finished(self, symbols: int) -> None:
        """Advance the bar."""
        if self._terminal is not None:
            self._terminal.batch_finished(symbols)

    def cycle_finished(self, outcome: CycleOutcome | None) -> None:
        """Take the bar away and deliver what the cycle found, if it did not fail."""
        self._finished += 1
        if self._terminal is not None:
            self._terminal.cycle_finished()
        if outcome is not None:
            self._invocation.deliver(outcome, shows_table=self._shows_table())

    def _shows_table(self) -> bool:
        if self._cycles is None:
            return self._terminal is not None and self._terminal.is_interactive
        return self._finished == self._cycles

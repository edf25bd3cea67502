"""Which signals are new: each is counted once for its bar, however often the bar is looked at."""

from collections.abc import Iterable

from eliteflow.model.signal import Signal
from eliteflow.model.timeframe import Timeframe


class SeenSignals:
    """Remembers the newest bar at which each strategy gave a signal for each symbol, as long as the program runs.

    A bar that gave a signal gives no second new one: not in the next cycle, and not when the venue corrects it.
    """

    def __init__(self) -> None:
        self._bar_ms: dict[tuple[str, str, Timeframe], int] = {}

    def take_new(self, signals: Iterable[Signal]) -> tuple[Signal, ...]:
        """Return those that were not taken before, and take them."""
        return tuple(signal for signal in signals if self._take(signal))

    def _take(self, signal: Signal) -> bool:
        key = (signal.strategy, signal.symbol, signal.timeframe)
        is_new = signal.bar_ms > self._bar_ms.get(key, -1)
        if is_new:
            self._bar_ms[key] = signal.bar_ms
        return is_new

"""Which signals are new: each is counted once for its bar, however often the bar is looked at."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from eliteflow.model.signal import Signal
from eliteflow.model.timeframe import Timeframe


class SignalLine(NamedTuple):
    """Who gives signals for what: each bar gives one at most."""

    strategy: str
    symbol: str
    timeframe: Timeframe

    @classmethod
    def of(cls, signal: Signal) -> "SignalLine":
        """Return the one that a signal belongs to."""
        return cls(signal.strategy, signal.symbol, signal.timeframe)


class SeenSignals:
    """Remembers the newest bar at which each strategy gave a signal for each symbol.

    A bar that gave a signal gives no second new one: not in the next cycle, and not when the venue corrects it.
    """

    def __init__(self) -> None:
        self._bar_ms: dict[SignalLine, int] = {}

    def know(self, newest_bars: Mapping[SignalLine, int]) -> None:
        """Take over the newest bars of earlier runs, from a ledger."""
        for line, bar_ms in newest_bars.items():
            self._bar_ms[line] = max(bar_ms, self._bar_ms.get(line, -1))

    def take_new(self, signals: Iterable[Signal]) -> tuple[Signal, ...]:
        """Return those that were not taken before, and take them."""
        return tuple(signal for signal in signals if self._take(signal))

    def _take(self, signal: Signal) -> bool:
        key = SignalLine.of(signal)
        is_new = signal.bar_ms > self._bar_ms.get(key, -1)
        if is_new:
            self._bar_ms[key] = signal.bar_ms
        return is_new

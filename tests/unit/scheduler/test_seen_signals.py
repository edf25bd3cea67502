"""Each signal is new once for its bar."""

from eliteflow.model.signal import Side, Signal
from eliteflow.model.timeframe import Timeframe
from eliteflow.scheduler.seen_signals import SeenSignals, SignalLine


def signal_at(bar: int, *, side: Side = Side.LONG, strategy: str = "dip", symbol: str = "A") -> Signal:
    """A signal at the bar with that number."""
    stop, target = (90.0, 120.0) if side is Side.LONG else (110.0, 80.0)
    bar_ms = bar * Timeframe.M5.ms
    return Signal(strategy, symbol, side, Timeframe.M5, bar_ms, 100.0, stop, target, 0.5)


def test_a_bar_gives_one_new_signal_for_each_strategy_and_symbol() -> None:
    """Others of the same bar are new too, the same one is not."""
    seen = SeenSignals()
    first = [signal_at(7), signal_at(7, symbol="B"), signal_at(7, strategy="rally")]
    assert seen.take_new(first) == tuple(first)
    assert seen.take_new([*first, signal_at(8)]) == (signal_at(8),)


def test_a_corrected_bar_gives_no_second_signal() -> None:
    """Not even one for the other side, nor one for an older bar."""
    seen = SeenSignals()
    seen.take_new([signal_at(7)])
    assert seen.take_new([signal_at(7, side=Side.SHORT), signal_at(6)]) == ()


def test_what_earlier_runs_gave_is_not_new() -> None:
    """Nor does knowing it make a later bar old."""
    seen = SeenSignals()
    seen.take_new([signal_at(9)])
    seen.know({SignalLine("dip", "A", Timeframe.M5): 7 * Timeframe.M5.ms, SignalLine("dip", "B", Timeframe.M5): 0})
    assert seen.take_new([signal_at(9), signal_at(10), signal_at(0, symbol="B")]) == (signal_at(10),)

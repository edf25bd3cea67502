"""One line names the signals of a cycle and why they were given."""

from dataclasses import replace

from eliteflow.scheduler.signal_telling import ended_signals_told, new_signals_told
from tests.unit.analysis.test_signal_outcome import LONG, QUIET, after


def test_new_signals_are_named_with_their_prices_and_reasons() -> None:
    """The reasons of a strategy stand there once."""
    signals = [replace(LONG, symbol=symbol, reasons=("rsi_5m < 25",)) for symbol in ("A", "B")]
    assert new_signals_told(signals) == {
        "count": 2,
        "told": "A LONG 100 (stop 90, target 120), B LONG 100 (stop 90, target 120)",
        "reasons": "dip: rsi_5m < 25",
    }
    assert new_signals_told([LONG])["reasons"] == "–"


def test_the_ones_that_do_not_fit_are_counted() -> None:
    """A line stays a line."""
    told = str(new_signals_told([LONG] * 20)["told"])
    assert (told.count("LONG"), told.endswith(", +12")) == (8, True)


def test_ended_signals_are_named_with_their_result() -> None:
    """A void one has none."""
    ones = [after(LONG, QUIET, (100, 121, 99, 119)), after(LONG, (130, 131, 129, 130))]
    assert ended_signals_told(ones) == {"count": 2, "told": "A LONG target +2.00 R, A LONG void"}

"""The journal by symbol."""

import numpy as np

from eliteflow.pipeline.disk.disk_bars import Bars
from eliteflow.pipeline.disk.disk_journal import JournalRow, bars_after, by_symbol


def row(number: int, *symbols: str) -> JournalRow:
    """A close: every field of a symbol's bar is the row's number, its version the symbol's place."""
    count = len(symbols)
    return JournalRow(
        number,
        "\n".join(symbols),
        Bars(np.full(count, number * 300), np.arange(count), np.full((9, count), float(number))),
    )


ROWS = [row(3, "A", "B"), row(4, "B"), row(7, "C", "B", "A")]


def test_each_symbol_has_its_bars_in_the_order_of_writing() -> None:
    """Whatever its place in a row."""
    found = by_symbol(ROWS)
    assert list(found) == ["A", "B", "C"]
    assert found["B"].number.tolist() == [3, 4, 7]
    assert found["B"].bars.open_time_ms.tolist() == [900, 1200, 2100]
    assert found["B"].bars.version.tolist() == [1, 0, 1]
    assert found["A"].bars.values[0].tolist() == [3.0, 7.0]


def test_rows_that_a_series_contains_are_left_out() -> None:
    """A series knows up to which row it contains the journal."""
    found = by_symbol(ROWS)
    assert bars_after(found, "B", 0).open_time_ms.tolist() == [900, 1200, 2100]
    assert bars_after(found, "B", 4).open_time_ms.tolist() == [2100]
    assert bars_after(found, "B", 7).open_time_ms.tolist() == []
    assert bars_after(found, "unknown", 0).open_time_ms.tolist() == []


def test_an_empty_journal_knows_nobody() -> None:
    """As after a fold."""
    assert by_symbol([]) == {}

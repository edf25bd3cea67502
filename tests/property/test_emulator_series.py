"""Encoded rows that answers are cut from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator import series
from eliteflow.emulator.series import Series


def _text(first: int, end: int) -> tuple[bytes, np.ndarray]:
    texts = [b"[%d]," % index * (1 + index % 3) for index in range(first, end)]
    return b"".join(texts), np.cumsum([len(text) for text in texts], dtype=np.int64)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=12), st.data())
def test_a_cut_is_what_was_added(steps: list[tuple[bool, int]], data: st.DataObject) -> None:
    """However rows were added before and behind, any range of them comes back as it went in."""
    rows = Series(100)
    for in_front, count in steps:
        if in_front:
            rows.prepend(*_text(rows.first - count, rows.first))
        else:
            rows.append(*_text(rows.end, rows.end + count))
    first = data.draw(st.integers(rows.first, rows.end))
    end = data.draw(st.integers(first, rows.end))
    assert rows.cut(first, end) == _text(first, end)[0]


def test_a_long_life_keeps_only_the_newest_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weeks of running do not fill the memory."""
    monkeypatch.setattr(series, "MOST_ROWS", 10)
    monkeypatch.setattr(series, "KEPT_ROWS", 4)
    rows = Series(0)
    for index in range(25):
        rows.append(*_text(index, index + 1))
    assert (rows.first, rows.end) == (21, 25)
    assert rows.cut(22, 25) == _text(22, 25)[0]

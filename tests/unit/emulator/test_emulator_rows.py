"""Candles as text."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.bars import FIELDS, FIRST_TRADE, VOLUME
from eliteflow.emulator.rows import decimal, encode_row, encode_rows

amounts = st.integers(0, 10**17)
bars = st.lists(amounts, min_size=FIELDS, max_size=FIELDS)


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [
        (8313790, 2, "83137.90"),
        (1, 7, "0.0000001"),
        (12, 0, "12"),
        (0, 3, "0"),
        (-95, 2, "-0.95"),
        (100, 2, "1.00"),
    ],
)
def test_decimals_are_written_as_the_venue_writes_them(units: int, decimals: int, text: str) -> None:
    """All decimals are kept, and an empty sum is a plain 0."""
    assert decimal(units, decimals) == text


@settings(max_examples=50)
@given(st.lists(bars, min_size=1, max_size=5), st.integers(0, 9), st.integers(0, 3))
def test_many_rows_are_written_like_single_ones(many: list[list[int]], price: int, quantity: int) -> None:
    """The quick way for many rows gives the same bytes as the plain way for one."""
    block = np.array(many, dtype=np.int64).T
    block[:4] += 1  # a price is never 0
    opens = np.arange(len(many)) * 300_000 + 1_795_422_000_000
    text, ends = encode_rows(opens, opens + 299_999, block, price, quantity)
    singles = [
        encode_row(int(o), int(o) + 299_999, bar, price, quantity) + b","
        for o, bar in zip(opens, block.T.tolist(), strict=True)
    ]
    assert text == b"".join(singles)
    assert ends.tolist() == np.cumsum([len(single) for single in singles]).tolist()


def test_a_row_has_the_venues_twelve_columns() -> None:
    """Times and trades are numbers, everything else a string, the last one an ignored 0."""
    bar = [8313790, 8315570, 8308290, 8308490, 102437, 851429261220, 4409, 49832, 414180593340, 1]
    assert len(bar) == FIELDS == FIRST_TRADE + 1
    assert bar[VOLUME] == 102437
    assert json.loads(encode_row(1791382920000, 1791382979999, bar, 2, 3)) == [
        *(1791382920000, "83137.90", "83155.70", "83082.90", "83084.90", "102.437", 1791382979999),
        *("8514292.61220", 4409, "49.832", "4141805.93340", "0"),
    ]

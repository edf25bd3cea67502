"""A table of handles carries a function forward for many series."""

import numpy as np
import talib

from eliteflow.analysis.talib_streams import HandleTable
from tests.unit.analysis.analysis_series import random_walk, same_bits

HIGH, LOW, CLOSE = random_walk(80)[1:4]


def table(function: str, *arguments: float) -> HandleTable:
    """Return a table with room for three rows."""
    made = HandleTable(function, arguments)
    made.grow(3)
    return made


def test_a_row_is_opened_on_its_history_and_updated_bar_by_bar() -> None:
    """Row 2 alone has a handle; it gives the function's values, the others none."""
    ema = table("EMA", 5)
    assert ema.open(2, [CLOSE[:60]]) == talib.EMA(CLOSE[:60], 5)[-1]
    assert ema.without_handle([0, 1, 2]) == [0, 1]
    found = ema.update([0, 2], [(1.0,), (float(CLOSE[60]),)])
    assert same_bits(found, [[np.nan, talib.EMA(CLOSE[:61], 5)[-1]]])


def test_several_outputs_are_rows_of_the_answer() -> None:
    """MACD answers three for each series, without a handle three times NaN."""
    macd = table("MACD", 12, 26, 9)
    macd.open(0, [CLOSE[:60]])
    found = macd.update([0, 1], [(float(CLOSE[60]),)] * 2)
    expected = [output[-1] for output in talib.MACD(CLOSE[:61], 12, 26, 9)]
    assert same_bits(found, np.column_stack([expected, [np.nan] * 3]))


def test_peek_keeps_nothing() -> None:
    """The same bar looked at twice, then taken, is the same three times."""
    atr = table("ATR", 14)
    atr.open(1, [HIGH[:60], LOW[:60], CLOSE[:60]])
    bar = [(float(HIGH[60]), float(LOW[60]), float(CLOSE[60]))]
    assert same_bits(atr.peek([1], bar), atr.peek([1], bar))
    assert same_bits(atr.peek([1], bar), atr.update([1], bar))


def test_too_short_a_history_opens_no_handle_but_has_its_values() -> None:
    """Before its first value TA-Lib says NaN, and 0 where it answers with whole numbers."""
    ema, doji = table("EMA", 5), table("CDLDOJI")
    assert np.isnan(ema.open(0, [CLOSE[:3]]))
    assert not ema.is_open(0)
    series = random_walk(80)[:4, :3]
    assert doji.open(0, list(np.ascontiguousarray(series))) == 0
    assert doji.update([0], [(1.0, 2.0, 0.5, 1.0)]).tolist() == [[0.0]]


def test_a_closed_row_forgets() -> None:
    """And no rows are no work."""
    ema = table("EMA", 5)
    ema.open(0, [CLOSE])
    ema.close(0)
    assert not ema.is_open(0)
    assert ema.update([], []).shape == (1, 0)

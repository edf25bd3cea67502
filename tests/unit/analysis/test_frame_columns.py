"""A DataFrame is read as it is, or refused with the column and row at fault."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from eliteflow.analysis.frame_columns import read_columns
from eliteflow.errors import InvalidArgument
from tests.unit.analysis.analysis_series import frame_of, random_walk, same_bits, with_young_head

FRAME = frame_of(random_walk(20))


def test_columns_arrive_as_contiguous_rows() -> None:
    """One array (1, bars) for each name, in the order asked for."""
    high, close = read_columns(FRAME, ("high", "close"))
    assert high.shape == (1, 20)
    assert high.flags.c_contiguous
    assert same_bits(close[0], FRAME["close"])


@pytest.mark.parametrize("dtype", ["float32", "int64", "Float64", "Int64", "double[pyarrow]"])
def test_any_real_number_type_is_read(dtype: str) -> None:
    """Whole numbers, single precision and nullable columns become float64."""
    frame = FRAME.round().astype("int64").astype(pd.api.types.pandas_dtype(dtype))
    (close,) = read_columns(frame, ("close",))
    assert close.dtype == np.float64
    assert close[0].tolist() == FRAME["close"].round().tolist()


def test_the_head_of_a_young_listing_may_be_unknown() -> None:
    """NaN before the first candle is accepted, also as a nullable column's NA."""
    frame = frame_of(with_young_head(random_walk(20), 5))
    for young in (frame, frame.astype("Float64")):
        (close,) = read_columns(young, ("close",))
        assert np.isnan(close[0]).tolist() == [True] * 5 + [False] * 15


@pytest.mark.parametrize(
    ("frame", "at_fault"),
    [
        (FRAME.drop(columns="close"), "frame.columns"),
        (pd.concat([FRAME, FRAME[["close"]]], axis=1), "frame.columns"),
        (FRAME.astype({"close": str}), "frame['close'].dtype"),
        (FRAME.assign(close=pd.Series([Decimal(1)] * 20, index=FRAME.index, dtype=object)), "frame['close'].dtype"),
        (FRAME.assign(close=True), "frame['close'].dtype"),
        (FRAME.assign(close=1j), "frame['close'].dtype"),
        (FRAME.assign(close=[*range(19), np.nan]), "frame['close'].iloc[19]"),
        (FRAME.assign(close=[*range(7), np.inf, *range(12)]), "frame['close'].iloc[7]"),
        (FRAME.to_numpy(), "frame"),
        (None, "frame"),
    ],
)
def test_what_cannot_be_read_is_refused_by_place(frame: pd.DataFrame, at_fault: str) -> None:
    """The error names the column, and the row of a missing value."""
    with pytest.raises(InvalidArgument) as refused:
        read_columns(frame, ("high", "close"))
    assert refused.value.name == at_fault

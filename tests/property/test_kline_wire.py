"""The klines decoder is given any number and any damage."""

import json
import struct

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eliteflow.errors import MalformedPayload
from eliteflow.exchange.kline_wire import decode_klines
from eliteflow.model.timeframe import Timeframe
from tests.unit.exchange.scripted_venue import kline_row, kline_rows

H1 = Timeframe.H1


START_MS = 1_795_420_800_000
EXACT = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value="-1e30", max_value="1e30").map(lambda d: f"{d:f}"),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: repr(x).replace("e+", "e")),
)


def body(rows: list[list[int | str]]) -> bytes:
    """Rows as the venue writes them, without spaces."""
    return msgspec.json.encode(rows)


@given(number=EXACT)
def test_numbers_are_rounded_exactly(number: str) -> None:
    """Every price is the float64 nearest to its text, on either way."""
    row = kline_row(START_MS, H1.ms)
    row[4] = number
    for text in (body([row]), json.dumps([row]).encode()):
        decoded = decode_klines(text, H1.ms).values[3, 0]
        assert struct.pack("d", decoded) == struct.pack("d", float(number))


@given(st.data())
def test_damage_is_named_or_harmless(data: st.DataObject) -> None:
    """Whatever bytes are cut out or put in, there is a typed error or a series of whole, finite rows."""
    good = body(kline_rows(H1, 3, START_MS))
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    damaged = good[:start] + data.draw(st.binary(max_size=4)) + good[end:]
    try:
        series = decode_klines(damaged, H1.ms)
    except MalformedPayload:
        return
    assert series.values.shape == (9, len(series))
    assert np.isfinite(series.values).all()
    assert (np.diff(series.open_time_ms) == H1.ms).all()

"""Tests of the klines decoder: exact numbers, and every fault with its place."""

import json

import msgspec
import numpy as np
import pytest

from eliteflow.errors import MalformedPayload
from eliteflow.exchange import kline_wire
from eliteflow.exchange.kline_wire import decode_klines
from eliteflow.model.timeframe import Timeframe
from tests.unit.exchange.scripted_venue import kline_row, kline_rows

H1 = Timeframe.H1
START_MS = 1_795_420_800_000
LIVE_ROW = (
    b'[[1791382920000,"83137.90","83155.70","83082.90","83084.90","102.437",1791382979999,"8514292.61220",4409,'
    b'"49.832","4141805.93340","0"]]'
)


def body(rows: list[list[int | str]]) -> bytes:
    """Rows as the venue writes them, without spaces."""
    return msgspec.json.encode(rows)


def rows_with(row: int, column: int, value: int | str) -> bytes:
    """Five good rows with one cell replaced."""
    rows = kline_rows(H1, 5, START_MS)
    rows[row][column] = value
    return body(rows)


def test_decodes_the_live_fixture() -> None:
    """Columns land in the order of `FIELDS`, times as integers."""
    series = decode_klines(LIVE_ROW, 60_000)
    assert series.open_time_ms.tolist() == [1_791_382_920_000]
    assert series.open_time_ms.dtype == np.int64
    assert series.values[:, 0].tolist() == [
        *(83137.90, 83155.70, 83082.90, 83084.90, 102.437, 8514292.61220, 4409, 49.832, 4141805.93340)
    ]
    assert series.values.flags.c_contiguous


def test_no_candles_are_an_empty_series() -> None:
    """A contract listed later than the end that was asked for."""
    assert len(decode_klines(b"[]", H1.ms)) == 0


def test_other_json_of_the_same_rows_is_read_too() -> None:
    """Spaces between the values, as a foreign server writes them, take the careful way."""
    rows = kline_rows(H1, 3, START_MS)
    spaced = decode_klines(json.dumps(rows).encode(), H1.ms)
    assert np.array_equal(spaced.values, decode_klines(body(rows), H1.ms).values)


def test_the_venues_own_form_takes_the_fast_way() -> None:
    """Else decoding a market takes longer than it has to, and nobody notices."""
    assert kline_wire._fast_rows(body(kline_rows(H1, 99, START_MS))) is not None
    assert kline_wire._fast_rows(json.dumps(kline_rows(H1, 99, START_MS)).encode()) is None


@pytest.mark.parametrize(
    ("damaged", "path", "reason"),
    [
        (b"", "klines $", "Input data was truncated"),
        (b"<html>", "klines $", "invalid character"),
        (b'{"code":-1121,"msg":"Invalid symbol."}', "klines $", "Expected array, got object"),
        (body(kline_rows(H1, 5, START_MS))[:300], "klines $", "Input data was truncated"),
        (rows_with(3, 4, "x"), "klines $[3][4]", "Expected float, got str"),
        (rows_with(3, 4, ""), "klines $[3][4]", "Expected float, got str"),
        (rows_with(3, 4, "nan"), "klines $[3][4]", "wanted a finite number"),
        (rows_with(3, 4, "1e999"), "klines $[3][4]", "Number out of range"),
        (rows_with(2, 8, "1.5"), "klines $[2][8]", "Expected int"),
        (body([[*kline_row(START_MS, H1.ms), "0"]]), "klines $[0]", "Expected array of length 12"),
        (body([kline_row(START_MS, H1.ms)[:11]]), "klines $[0]", "Expected array of length 12"),
        (rows_with(0, 0, START_MS + 1), "klines $[0][0]", "open time must be a multiple of 3600000 ms"),
        (rows_with(2, 0, START_MS), "klines $[2][0]", "open times must be 3600000 ms apart"),
        (body(kline_rows(H1, 5, START_MS)[::-1]), "klines $[1][0]", "apart; found 1795417200000 after 1795420800000"),
        (body([row for i, row in enumerate(kline_rows(H1, 5, START_MS)) if i != 2]), "klines $[2][0]", "apart"),
        (rows_with(4, 6, START_MS), "klines $[4][6]", "close time must be 1795424399999; found 1795420800000"),
    ],
)
def test_each_fault_is_named_with_its_place(damaged: bytes, path: str, reason: str) -> None:
    """Malformed, truncated, wrong columns, no number, wrong order, a gap, a wrong close time."""
    with pytest.raises(MalformedPayload) as found:
        decode_klines(damaged, H1.ms)
    assert found.value.path == path
    assert reason in found.value.reason
    assert found.value.excerpt == damaged[:80].decode()


def test_quotes_and_commas_in_wrong_places_do_not_slip_through() -> None:
    """The same characters in another order are not the same rows."""
    good = body(kline_rows(H1, 2, START_MS))
    for wrong in (good.replace(b'","', b'",,"', 1), good.replace(b"],[", b",", 1), good.replace(b"],[", b"][,", 1)):
        with pytest.raises(MalformedPayload):
            decode_klines(wrong, H1.ms)

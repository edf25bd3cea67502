"""Messages of combined streams as typed values."""

import pytest

from eliteflow.exchange.streams.stream_wire import (
    Acknowledged,
    Heartbeat,
    Malformed,
    MiniTicker,
    MiniTickers,
    Refused,
    StreamNews,
    decode_frames,
)
from eliteflow.model.candle_push import CandlePush
from eliteflow.model.stream_event import ContractChanged
from eliteflow.model.timeframe import Timeframe
from tests.unit.exchange.streams.stream_frames import OPEN_MS, combined, heartbeat, kline


def news(frame: bytes) -> StreamNews:
    """What one frame says that is no candle."""
    decoded = decode_frames([frame])
    assert decoded.pushes == []
    assert len(decoded.news) == 1
    return decoded.news[0]


def test_a_kline_is_a_pushed_candle() -> None:
    """Every number as `float` reads its text, the timeframe as the enumeration's own member."""
    (push,) = decode_frames([kline(event_ms=OPEN_MS + 723)]).pushes
    assert isinstance(push, CandlePush)
    assert push.event_ms == OPEN_MS + 723
    candle = push.candle
    assert (candle.symbol, candle.open_time_ms, candle.is_closed) == ("BTCUSDT", OPEN_MS, False)
    assert candle.timeframe is Timeframe.M5
    assert candle.values() == (
        *(83084.90, 83091.70, 83051.20, 83091.60, 13.551, 1125714.73960, 1027.0, 6.426, 533856.66860),
    )


def test_a_symbol_of_another_script_is_read() -> None:
    """It comes as raw UTF-8."""
    (push,) = decode_frames([kline("币安人生USDT", changes={"x": True})]).pushes
    assert (push.candle.symbol, push.candle.is_closed) == ("币安人生USDT", True)


@pytest.mark.parametrize("timeframe", ["1m", "15m", "1h", "1d"])
def test_other_timeframes_are_read(timeframe: str) -> None:
    """All that eliteflow keeps."""
    (push,) = decode_frames([kline(changes={"i": timeframe})]).pushes
    assert push.candle.timeframe is Timeframe(timeframe)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"o": "nan"}, "$.data.k.o"),
        ({"v": "Infinity"}, "$.data.k.v"),
        ({"v": "1e999"}, "$.data.k.v"),
        ({"c": "0"}, "$.data.k.c"),
        ({"c": None}, "$.data.k.c"),
        ({"h": "high"}, "$.data.k.h"),
        ({"V": "-1"}, "$.data.k.V"),
        ({"n": "many"}, "$.data.k.n"),
        ({"x": "maybe"}, "$.data.k.x"),
        ({"i": "7m"}, "$.data.k.i"),
        ({"t": OPEN_MS + 1}, "$.data.k.t"),
        ({"t": -60_000}, "$.data.k.t"),
    ],
)
def test_a_kline_with_one_wrong_value_is_malformed(changes: dict[str, object], reason: str) -> None:
    """The path to the value is named; nothing that is not a finite number gets through."""
    fault = news(kline(changes=changes))
    assert isinstance(fault, Malformed)
    assert reason in fault.reason
    assert fault.excerpt.startswith('{"stream":"btcusdt@kline_')


@pytest.mark.parametrize(
    "frame",
    [
        *(b"", b"[]", b"{}", b"null", b"nonsense", b"\xff\xfe", kline()[:99], kline() + b"}"),
        *(kline().replace(b"BTCUSDT", b"\xff\xff"), b'{"stream":"x","data":{"e":"depthUpdate"}}'),
    ],
)
def test_a_frame_of_another_form_is_malformed(frame: bytes) -> None:
    """It is said what is wrong, and how it begins."""
    assert isinstance(news(frame), Malformed)


def test_a_malformed_frame_costs_only_itself() -> None:
    """The candles before and behind it arrive, in their order."""
    decoded = decode_frames([kline("AUSDT"), kline("BUSDT")[:-9], heartbeat(), kline("CUSDT")])
    assert [push.candle.symbol for push in decoded.pushes] == ["AUSDT", "CUSDT"]
    assert [type(item) for item in decoded.news] == [Malformed, Heartbeat]


def test_the_witness_names_usd_m_contracts_alone() -> None:
    """COIN-M rows are marked; a row without a mark is from before they were mixed in."""
    rows = [
        {"e": "24hrMiniTicker", "E": 5, "s": "BTCUSDT", "c": "83085.1", "q": "12.5", "st": 1},
        {"e": "24hrMiniTicker", "E": 7, "s": "BTCUSD_PERP", "c": "83090", "q": "9", "st": 2},
        {"e": "24hrMiniTicker", "E": 6, "s": "ETHUSDT", "c": "3100", "q": "2"},
    ]
    expected = [MiniTicker("BTCUSDT", 83085.1, 12.5), MiniTicker("ETHUSDT", 3100.0, 2.0)]
    assert news(combined("!miniTicker@arr", rows)) == MiniTickers(7, expected)


def test_a_listing_is_announced() -> None:
    """With the status that the contract has."""
    event = {"e": "contractInfo", "E": 9, "s": "NEWUSDT", "ct": "PERPETUAL", "cs": "TRADING", "bks": [], "st": 1}
    assert news(combined("!contractInfo", event)) == ContractChanged(9, "NEWUSDT", "TRADING")


def test_a_listing_elsewhere_is_not() -> None:
    """COIN-M contracts are none of ours."""
    event = {"e": "contractInfo", "E": 9, "s": "NEWUSD_PERP", "cs": "TRADING", "st": 2}
    assert decode_frames([combined("!contractInfo", event)]) == ([], [])


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b'{"result":null,"id":3}', Acknowledged(3)),
        (b'{"error":{"code":4,"msg":"Too many subscriptions"}}', Refused(None, 4, "Too many subscriptions")),
        (b'{"code":2,"msg":"Invalid request: x","id":9}', Refused(9, 2, "Invalid request: x")),
        (b'{"code":2,"msg":"Invalid request: x"}', Refused(None, 2, "Invalid request: x")),
    ],
)
def test_answers_are_told_apart(frame: bytes, expected: StreamNews) -> None:
    """What was done, and what was refused in which words."""
    assert news(frame) == expected

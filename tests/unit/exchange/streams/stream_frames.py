"""Frames of the venue's streams, as tests need them."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from eliteflow.model.candle_push import CandlePush, PushedCandle
from eliteflow.model.timeframe import Timeframe

UNCHANGED: Mapping[str, object] = MappingProxyType({})
OPEN_MS = 1_795_420_800_000


def kline(symbol: str = "BTCUSDT", event_ms: int = OPEN_MS, changes: Mapping[str, object] = UNCHANGED) -> bytes:
    """A kline event of a combined stream (reference A.7). changes: other values for keys of `k`."""
    k: dict[str, object] = {
        "t": OPEN_MS,
        "T": OPEN_MS + 299_999,
        "s": symbol,
        "i": "5m",
        "f": 8153633367,
        "L": 8153634395,
        "o": "83084.90",
        "c": "83091.60",
        "h": "83091.70",
        "l": "83051.20",
        "v": "13.551",
        "n": 1027,
        "x": False,
        "q": "1125714.73960",
        "V": "6.426",
        "Q": "533856.66860",
        "B": "0",
    }
    name = f"{symbol.lower()}@kline_{changes.get('i', '5m')}"
    return combined(name, {"e": "kline", "E": event_ms, "s": symbol, "k": {**k, **changes}})


def combined(name: str, event: object) -> bytes:
    """An event in the form of combined streams."""
    return msgspec.json.encode({"stream": name, "data": event})


def heartbeat(event_ms: int = OPEN_MS) -> bytes:
    """A mark price of BTCUSDT."""
    event = {"e": "markPriceUpdate", "E": event_ms, "s": "BTCUSDT", "p": "83085.1", "T": OPEN_MS}
    return combined("btcusdt@markPrice", event)


def mini_tickers(event_ms: int, **quote_volumes: float) -> bytes:
    """A message of `!miniTicker@arr`: symbol → its volume of 24 hours."""
    rows = [
        {"e": "24hrMiniTicker", "E": event_ms, "s": symbol, "c": "1.5", "o": "1", "h": "2", "l": "1", "v": "3"}
        | {"q": str(volume), "ps": symbol, "st": 1}
        for symbol, volume in quote_volumes.items()
    ]
    return combined("!miniTicker@arr", rows)


def acknowledgement(request_id: int) -> bytes:
    """The venue's answer to a request that went well."""
    return b'{"result":null,"id":%d}' % request_id


def push(symbol: str, event_ms: int, timeframe: Timeframe = Timeframe.M5) -> CandlePush:
    """A candle that was pushed."""
    numbers = (1.0, 2.0, 0.5, 1.5, 10.0, 15.0, 3.0, 4.0, 6.0)
    return CandlePush(event_ms, PushedCandle(symbol, timeframe, OPEN_MS, *numbers, False))

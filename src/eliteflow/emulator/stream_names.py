"""Stream names: which there are, what each stands for, and on which route it lives (reference A.2, A.7)."""

from typing import NamedTuple

from eliteflow.emulator.intervals import INTERVALS, Interval
from eliteflow.emulator.market import Market

MARKET, PUBLIC, PRIVATE = "market", "public", "private"
ROUTES = frozenset({MARKET, PUBLIC, PRIVATE})

KLINE, CONTINUOUS, AGG_TRADE, BOOK_TICKER = "kline", "continuousKline", "aggTrade", "bookTicker"
MINI_TICKER, MARK_PRICE, CONTRACT_INFO = "miniTicker", "markPrice", "contractInfo"
KLINES = frozenset({KLINE, CONTINUOUS})

EVERYONE = -1
_SECOND_MS, _THREE_SECONDS_MS = 1_000, 3_000


class Stream(NamedTuple):
    """One stream that the venue can deliver."""

    name: str
    kind: str
    route: str = MARKET
    row: int = EVERYONE
    interval: Interval | None = None
    every_ms: int = 0
    """Its period, for those that come by the clock."""


_WHOLE_MARKET = {
    stream.name: stream
    for stream in (
        Stream("!miniTicker@arr", MINI_TICKER, every_ms=_SECOND_MS),
        Stream("!markPrice@arr", MARK_PRICE, every_ms=_THREE_SECONDS_MS),
        Stream("!markPrice@arr@1s", MARK_PRICE, every_ms=_SECOND_MS),
        Stream("!contractInfo", CONTRACT_INFO),
    )
}
_OF_ONE = {
    "aggTrade": (AGG_TRADE, MARKET, 0),
    "bookTicker": (BOOK_TICKER, PUBLIC, 0),
    "miniTicker": (MINI_TICKER, MARKET, _SECOND_MS),
    "markPrice": (MARK_PRICE, MARKET, _THREE_SECONDS_MS),
    "markPrice@1s": (MARK_PRICE, MARKET, _SECOND_MS),
}


def find_stream(name: str, market: Market) -> Stream | None:
    """Return what a name stands for; None for one that the venue acknowledges and never serves."""
    if name.startswith("!"):
        return _WHOLE_MARKET.get(name)
    subject, _, what = name.partition("@")
    if subject != subject.lower():
        return None
    if what.startswith("continuousKline_"):
        return _kline(name, CONTINUOUS, _continuous_row(subject, market), what)
    row = market.rows.get(subject.upper())
    if what.startswith("kline_"):
        return _kline(name, KLINE, row, what)
    if row is None or what not in _OF_ONE:
        return None
    kind, route, every_ms = _OF_ONE[what]
    return Stream(name, kind, route, row, every_ms=every_ms)


def _kline(name: str, kind: str, row: int | None, what: str) -> Stream | None:
    interval = INTERVALS.get(what.partition("_")[2])
    return None if row is None or interval is None else Stream(name, kind, MARKET, row, interval)


def _continuous_row(subject: str, market: Market) -> int | None:
    pair, _, contract_type = subject.upper().partition("_")
    return market.continuous_row(pair, contract_type)

"""One candle, and the order in which its numbers are kept everywhere."""

from typing import NamedTuple

FIELDS = (
    "open",
    "high",
    "low",
    "close",
    "volume",
    "quote_volume",
    "trades",
    "taker_buy_volume",
    "taker_buy_quote_volume",
)
"""Columns of every array and DataFrame of candles, in order; the first five are OHLCV."""

OHLCV = FIELDS[:5]


class Candle(NamedTuple):
    """One bar of one symbol, times in UTC milliseconds, volumes in base and quote asset."""

    open_time_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    quote_volume: float
    trades: float
    taker_buy_volume: float
    taker_buy_quote_volume: float

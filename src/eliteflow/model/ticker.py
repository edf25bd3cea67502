"""What one contract did in the last 24 hours."""

from typing import NamedTuple


class Ticker(NamedTuple):
    """The venue's rolling 24-hour statistics of a symbol. change_pct: percent; quote_volume: in the quote asset."""

    symbol: str
    last_price: float
    change_pct: float
    volume: float
    quote_volume: float
    trades: int
    close_time_ms: int

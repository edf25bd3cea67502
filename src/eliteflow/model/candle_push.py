"""One message of a kline stream: the state of a bar at one instant."""

from msgspec import Struct

from eliteflow.model.timeframe import Timeframe


class PushedCandle(Struct, gc=False):
    """A bar as a stream has it, cumulative since the bar's open. Times in UTC milliseconds, fields as in `Candle`.

    is_closed: whether this is the bar's last push.
    """

    symbol: str
    timeframe: Timeframe
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
    is_closed: bool

    def values(self) -> tuple[float, ...]:
        """Return the numbers in the order of `FIELDS`."""
        return (
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume,
            self.quote_volume,
            self.trades,
            self.taker_buy_volume,
            self.taker_buy_quote_volume,
        )


class CandlePush(Struct, gc=False):
    """A pushed candle. event_ms: venue time, UTC milliseconds, at which the venue pushed it."""

    event_ms: int
    candle: PushedCandle

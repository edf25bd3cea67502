"""One message of a kline stream: the state of a bar at one instant."""

from collections.abc import Sequence
from typing import Self

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

    @classmethod
    def of(
        cls, symbol: str, timeframe: Timeframe, open_time_ms: int, values: Sequence[float], *, is_closed: bool
    ) -> Self:
        """Return the candle whose numbers are `values`, in the order of `FIELDS`."""
        prices, volumes = (values[0], values[1], values[2], values[3]), (values[4], values[5])
        return cls(
            symbol, timeframe, open_time_ms, *prices, *volumes, values[6], values[7], values[8], is_closed=is_closed
        )

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

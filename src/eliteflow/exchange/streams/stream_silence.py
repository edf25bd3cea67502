"""Tells a stream that died from a contract that nobody trades, by the witness `!miniTicker@arr`. Pure.

Every time is the venue's own, in milliseconds, as it stands in the events.
"""

from collections.abc import Callable, Iterable, Sequence

from eliteflow.exchange.streams.stream_wire import MiniTicker
from eliteflow.model.candle_push import CandlePush
from eliteflow.model.timeframe import Timeframe

ANSWER_MS = 2_500
"""A trade's kline is pushed within 250 ms, the witness tells of it up to a second later: so much order is no proof."""

# One stream is its symbol where there is one timeframe, else symbol and timeframe.
StreamKey = str | tuple[str, str]


class SilenceJudge:
    """Knows when each stream last brought a candle, and since when the witness contradicts it.

    timeframes: those that are streamed. stale_ms: how long a trade may go without a candle.
    """

    def __init__(self, timeframes: Sequence[Timeframe], stale_ms: int) -> None:
        self._timeframes = tuple(timeframe.value for timeframe in timeframes)
        self._stale_ms = stale_ms
        self._pushed_ms: dict[StreamKey, int] = {}
        self._unanswered_ms: dict[StreamKey, int] = {}
        self._rows: dict[str, MiniTicker] = {}
        self._traded_ms: dict[str, int] = {}
        self.pushed: Callable[[Sequence[CandlePush]], None] = (
            self._pushed_alone if len(timeframes) == 1 else self._pushed_together
        )

    def witnessed(self, rows: Iterable[MiniTicker], event_ms: int) -> None:
        """Take a message of the witness.

        A row also comes when the 24 hours behind it roll on; only another price or more volume prove a trade.
        """
        known = self._rows
        for row in rows:
            symbol, price, quote_volume = row
            before = known.get(symbol)
            known[symbol] = row
            if before is None or (price == before[1] and quote_volume <= before[2]):
                continue
            self._traded_ms[symbol] = event_ms
            for key in self._keys(symbol):
                self._unanswered_ms.setdefault(key, event_ms)

    def is_quiet(self, symbols: Iterable[str], since_ms: int) -> bool:
        """Return whether the witness has seen no trade of any of these symbols since a time."""
        return all(self._traded_ms.get(symbol, 0) < since_ms for symbol in symbols)

    def dead(self, symbols: Iterable[str], reached_ms: int) -> list[str]:
        """Return those symbols of a connection that were traded long ago without a candle of it.

        reached_ms: the connection's newest event: all that the venue sent before has arrived.
        """
        return [symbol for symbol in symbols if any(self._is_dead(key, reached_ms) for key in self._keys(symbol))]

    def proven_ms(self, symbol: str) -> int:
        """Return the time of the symbol's last candle, of the stream that is furthest behind; 0 without one."""
        return min(self._pushed_ms.get(key, 0) for key in self._keys(symbol))

    def begin(self, symbols: Iterable[str], at_ms: int) -> None:
        """Count from a time: until then nothing is missing of these symbols."""
        for symbol in symbols:
            for key in self._keys(symbol):
                self._unanswered_ms.pop(key, None)
                self._pushed_ms[key] = max(at_ms, self._pushed_ms.get(key, 0))

    def _keys(self, symbol: str) -> Iterable[StreamKey]:
        if len(self._timeframes) == 1:
            return (symbol,)
        return [(symbol, timeframe) for timeframe in self._timeframes]

    def _is_dead(self, key: StreamKey, reached_ms: int) -> bool:
        unanswered_ms = self._unanswered_ms.get(key)
        if unanswered_ms is None:
            return False
        if self._pushed_ms.get(key, 0) > unanswered_ms - ANSWER_MS:
            del self._unanswered_ms[key]
            return False
        return reached_ms - unanswered_ms >= self._stale_ms

    def _pushed_alone(self, pushes: Sequence[CandlePush]) -> None:
        self._pushed_ms.update({push.candle.symbol: push.event_ms for push in pushes})

    def _pushed_together(self, pushes: Sequence[CandlePush]) -> None:
        # Hashing an enum's member takes longer than hashing its value.
        self._pushed_ms.update({(push.candle.symbol, push.candle.timeframe._value_): push.event_ms for push in pushes})

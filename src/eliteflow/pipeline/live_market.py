"""Keeps memory current from streams: what they push goes into the store, and what makes them doubtful is remembered."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from eliteflow.clock import Clock
from eliteflow.model.instrument import Instrument
from eliteflow.model.stream_event import (
    CandlePushes,
    ContractChanged,
    MarketTraded,
    Reconnecting,
    StreamEvent,
    StreamsLive,
)
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.gap_repair import GapRepair
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.ports import CandleStream
from eliteflow.telemetry.histogram import Histogram
from eliteflow.telemetry.metrics import STREAM_LAG_S

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEVER_MS = 0

# The witness speaks once a second, as somewhere in a whole market somebody always trades.
WITNESS_PAUSE_MS = 3_000

# What it says at a moment is about the second before: early in a bar that is still the bar before.
WITNESS_SPAN_MS = 1_000


class LiveMarket:
    """Follows a `CandleStream` for the symbols that are watched.

    larger: keeps the timeframes that are not streamed.
    lag: how old pushes were when they came, in seconds.
    contracts_changed: whether the venue has announced a change of its contracts; who reads them anew sets it back.
    """

    def __init__(
        self, store: CandleStore, stream: CandleStream, larger: LargerBars, gaps: GapRepair, clock: Clock
    ) -> None:
        self.stream = stream
        self.larger = larger
        self.watched: tuple[str, ...] = ()
        self._store = store
        self._gaps = gaps
        self._clock = clock
        self.lag = Histogram(STREAM_LAG_S)
        self.contracts_changed = False
        self._live_since_ms: dict[str, int] = {}
        self._down_since_ms: dict[str, int] = {}
        self._traded_ms: dict[str, int] = {}
        self._witness_since_ms = self._witness_ms = NEVER_MS

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Stream these contracts from now on."""
        symbols = tuple(instrument.symbol for instrument in instruments)
        self.larger.use(instruments)  # a contract's steps may change while its name stays
        if symbols == self.watched:
            return
        gone = set(self.watched) - set(symbols)
        self._gaps.forget(gone)
        for symbol in gone:
            self._live_since_ms.pop(symbol, None)
            self._down_since_ms.pop(symbol, None)
        now_ms = self._clock.now_ms()
        self._down_since_ms |= dict.fromkeys(set(symbols) - set(self.watched), now_ms)
        self.watched = symbols
        self._store.reserve(symbols, (self.larger.part, *self.larger.larger))
        self.stream.follow(symbols)

    def forming(self, timeframe: Timeframe, symbols: Sequence[str], open_time_ms: int) -> "NDArray[np.float64]":
        """Return the bars in progress that opened at `open_time_ms`, shape (fields, symbols), NaN where unknown."""
        if timeframe in self.larger.larger:
            return self.larger.forming(timeframe, symbols, open_time_ms)
        return self._store.forming(timeframe, symbols, open_time_ms)

    def is_quiet(self, symbol: str, open_time_ms: int) -> bool:
        """Return whether it is proven that nobody traded the symbol in the bar of `part` that opened at `open_time_ms`.

        Its stream has been complete since then and lives, it pushed nothing of the bar, and the market-wide witness,
        complete for the whole bar, did not name it.
        """
        return (
            NEVER_MS < self._live_since_ms.get(symbol, NEVER_MS) <= open_time_ms
            and NEVER_MS < self._witness_since_ms <= open_time_ms
            and self._witness_ms >= open_time_ms + self.larger.part.ms
            and not self._has_pushed(symbol, open_time_ms)
            and self._traded_ms.get(symbol, NEVER_MS) < open_time_ms + WITNESS_SPAN_MS
            and self.stream.is_alive(symbol)
        )

    def unheard(self, symbols: Iterable[str], open_time_ms: int) -> list[str]:
        """Return the symbols of which no stream will bring the final bar that opened at `open_time_ms`.

        Their streams began in the middle of it and have brought nothing since: probably there was no trade, and nobody
        can say so.
        """
        return [
            symbol
            for symbol in symbols
            if self._live_since_ms.get(symbol, NEVER_MS) > open_time_ms and not self._has_pushed(symbol, open_time_ms)
        ]

    def down(self, for_ms: int = 0) -> tuple[str, ...]:
        """Return the watched symbols whose streams have brought nothing for at least `for_ms`."""
        since_ms = self._clock.now_ms() - for_ms
        return tuple(symbol for symbol, down_ms in self._down_since_ms.items() if down_ms <= since_ms)

    async def run(self) -> None:
        """Take what the streams say until they end."""
        async for event in self.stream.events():
            self.take(event)

    def interrupted(self) -> None:
        """Note that nothing is heard any more: all streams are down until they are live again."""
        self.take(Reconnecting(self.watched, self._clock.now_ms(), "closed"))

    def take(self, event: StreamEvent) -> None:
        """Take one thing that the streams say."""
        match event:
            case CandlePushes(pushes):
                self._store.push(pushes)
                # One look at the clock for a whole batch: the pushes of a close come by the thousand.
                self.lag.observe((self._clock.now_ms() - pushes[-1].event_ms) / 1000, times=len(pushes))
            case MarketTraded(event_ms, prices):
                self._hear_witness(event_ms, prices)
            case StreamsLive(symbols, since_ms):
                self._live(symbols, since_ms)
                self._gaps.live(symbols, since_ms)
            case Reconnecting(symbols, since_ms, reason):
                self._lost(symbols, since_ms)
                self._gaps.lost(symbols, since_ms, reason)
            case ContractChanged():
                self.contracts_changed = True

    def _has_pushed(self, symbol: str, open_time_ms: int) -> bool:
        push = self._store.newest_push(self.larger.part, symbol)
        return push is not None and push.candle.open_time_ms >= open_time_ms

    def _hear_witness(self, event_ms: int, traded: Iterable[str]) -> None:
        if event_ms - self._witness_ms > WITNESS_PAUSE_MS:
            self._witness_since_ms = event_ms
        self._witness_ms = max(event_ms, self._witness_ms)
        self._traded_ms |= dict.fromkeys(traded, event_ms)

    def _live(self, symbols: Iterable[str], since_ms: int) -> None:
        for symbol in symbols:
            self._live_since_ms.setdefault(symbol, since_ms)
            self._down_since_ms.pop(symbol, None)

    def _lost(self, symbols: Iterable[str], since_ms: int) -> None:
        for symbol in symbols:
            self._live_since_ms.pop(symbol, None)
            self._down_since_ms.setdefault(symbol, since_ms)

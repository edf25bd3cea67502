"""Pushes and bars for tests of what follows streams."""

from collections.abc import AsyncIterator, Iterable

import numpy as np
from numpy.typing import NDArray

from eliteflow.model.candle_push import CandlePush, PushedCandle
from eliteflow.model.stream_event import StreamEvent
from eliteflow.model.timeframe import Timeframe
from eliteflow.testing.series import HEAD_MS, series_at

M5, M15, H1 = Timeframe.M5, Timeframe.M15, Timeframe.H1
HOUR_MS = HEAD_MS
"""A full hour: bars are counted from the one that opens here."""


def push_of(
    symbol: str, bar: int, *, is_final: bool = True, trades: float | None = None, late_ms: int = 0
) -> CandlePush:
    """Return a push of the 5m bar number `bar` of the hour, with whole volumes; it comes 2 s after the bar's end."""
    open_ms = HOUR_MS + bar * M5.ms
    values = series_at(symbol, M5, np.array([open_ms])).values[:, 0].round(1)
    values[4:] = values[4:].round()
    if trades is not None:
        values[6] = trades
    candle = PushedCandle.of(symbol, M5, open_ms, values.tolist(), is_closed=is_final)
    return CandlePush(open_ms + M5.ms + 2_000 + late_ms, candle)


def rolled(symbol: str, bars: Iterable[int]) -> NDArray[np.float64]:
    """Return what the 5m bars make together, field by field."""
    parts = np.array([push_of(symbol, bar).candle.values() for bar in bars]).T
    open_, high, low, close = parts[0, 0], parts[1].max(), parts[2].min(), parts[3, -1]
    return np.array([open_, high, low, close, *parts[4:].sum(axis=1)])


class FakeStream:
    """A CandleStream that says what it is told to say."""

    def __init__(self, *events: StreamEvent) -> None:
        self.said = events
        self.followed: list[tuple[str, ...]] = []
        self.dead: set[str] = set()

    async def events(self) -> AsyncIterator[StreamEvent]:
        """Say everything, then end."""
        for event in self.said:
            yield event

    def follow(self, symbols: Iterable[str]) -> None:
        """Remember what is wanted."""
        self.followed.append(tuple(symbols))

    def is_alive(self, symbol: str) -> bool:
        """Return whether the symbol was not declared dead."""
        return symbol not in self.dead

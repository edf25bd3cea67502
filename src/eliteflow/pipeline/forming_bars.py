"""The bars in progress: the newest version of each, and what was seen of those whose final version is still to come."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.model.candle import FIELDS
from eliteflow.model.candle_push import CandlePush
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.merge import forming_wins

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT_BEHIND = 8
"""Bars before the newest that are remembered, since their final version may be late."""


class FormingBars:
    """The newest push of each series, by the merge rule: more trades win, of equal ones the later event.

    Pushes are kept as they came and become numbers when somebody reads: a market pushes thousands in a second and is
    read a few times.
    """

    def __init__(self) -> None:
        self._newest: dict[Timeframe, dict[str, CandlePush]] = {timeframe: {} for timeframe in Timeframe}
        self._behind: dict[tuple[Timeframe, str], dict[int, CandlePush]] = {}

    def take(self, pushes: Iterable[CandlePush]) -> list[CandlePush]:
        """Keep what wins of the bars in progress; return the final pushes, in their order."""
        finals: list[CandlePush] = []
        newest = self._newest
        for push in pushes:
            candle = push.candle
            if candle.is_closed:
                finals.append(push)
                continue
            bars = newest[candle.timeframe]
            held = bars.get(candle.symbol)
            if held is not None and candle.open_time_ms == held.candle.open_time_ms:
                if forming_wins(held.candle.trades, held.event_ms, candle.trades, push.event_ms):
                    bars[candle.symbol] = push
            else:
                self._take_another_bar(bars, held, push)
        return finals

    def newest(self, timeframe: Timeframe, symbol: str) -> CandlePush | None:
        """Return the newest push of a series, None without any; its bar may have closed since."""
        return self._newest[timeframe].get(symbol)

    def at(self, timeframe: Timeframe, symbols: Sequence[str], open_time_ms: int) -> "NDArray[np.float64]":
        """Return the versions held of the bars that open at `open_time_ms`, shape (fields, symbols), NaN without."""
        values = np.full((len(symbols), len(FIELDS)), np.nan)
        bars = self._newest[timeframe]
        for row, symbol in enumerate(symbols):
            push = bars.get(symbol)
            if push is not None and push.candle.open_time_ms == open_time_ms:
                values[row] = push.candle.values()
        return values.T

    def most_trades(
        self, timeframe: Timeframe, symbol: str, open_time_ms: "NDArray[np.int64]"
    ) -> "NDArray[np.float64]":
        """Return the most trades seen of each bar while it was in progress, 0 where it was not; shape (bars,)."""
        most = np.zeros(len(open_time_ms))
        newest = self._newest[timeframe].get(symbol)
        if newest is not None:
            for push in (newest, *self._behind.get((timeframe, symbol), {}).values()):
                most[open_time_ms == push.candle.open_time_ms] = push.candle.trades
        return most

    def forget(self, symbol: str) -> None:
        """Drop everything about a symbol."""
        for timeframe, bars in self._newest.items():
            bars.pop(symbol, None)
            self._behind.pop((timeframe, symbol), None)

    def _take_another_bar(self, bars: dict[str, CandlePush], held: CandlePush | None, push: CandlePush) -> None:
        """Take a push of another bar than the newest: the next one, or an older one that comes late."""
        candle = push.candle
        if held is None:
            bars[candle.symbol] = push
            return
        older = push
        if candle.open_time_ms > held.candle.open_time_ms:
            bars[candle.symbol], older = push, held
        behind = self._behind.setdefault((candle.timeframe, candle.symbol), {})
        known = behind.get(older.candle.open_time_ms)
        if known is None or _wins(known, older):
            behind[older.candle.open_time_ms] = older
        if len(behind) > KEPT_BEHIND:
            del behind[min(behind)]


def _wins(held: CandlePush, push: CandlePush) -> bool:
    return forming_wins(held.candle.trades, held.event_ms, push.candle.trades, push.event_ms)

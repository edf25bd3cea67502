"""Follows open signals over the bars that have closed since, those that closed while the program was down too."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.signal_outcome import FollowedSignal, follow
from eliteflow.errors import EliteflowError, UnknownSymbol
from eliteflow.model.panel import Panel
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.merge import SETTLE_MS

FETCHED_AT_ONCE = 32
"""As many series are fetched in one cycle for signals whose bars memory lacks; the others wait for the next cycles."""


class _Line(NamedTuple):
    symbol: str
    timeframe: Timeframe


class SignalFollower:
    """Brings open signals up to date: from memory, and from the venue what memory no longer or not yet holds.

    expiry_bars: bars of its timeframe after which a signal ends.
    """

    def __init__(self, store: CandleStore, data_service: DataService, *, expiry_bars: int) -> None:
        self._store = store
        self._data_service = data_service
        self._expiry_bars = expiry_bars
        self._asked: dict[_Line, int] = {}  # how often in vain, so that all have their turn

    async def follow(
        self, signals: Iterable[FollowedSignal], as_of_ms: int, failed: Collection[str] = ()
    ) -> list[FollowedSignal]:
        """Return the signals that have gone on, as they are at the bars that have closed at `as_of_ms`.

        failed: symbols that the venue has just not answered for; it is not asked for them again.
        """
        behind: dict[Timeframe, list[FollowedSignal]] = {}
        for one in signals:
            if one.course.followed_ms < one.signal.timeframe.newest_closed_ms(as_of_ms):
                behind.setdefault(one.signal.timeframe, []).append(one)
        changed: list[FollowedSignal] = []
        lacking: dict[_Line, list[FollowedSignal]] = {}
        for timeframe, waiting in behind.items():
            panel = self._panel(timeframe, waiting, as_of_ms)
            for one in waiting:
                if (found := self._from_panel(one, panel)) is not None:
                    changed.append(found)
                elif one.signal.symbol not in failed:
                    lacking.setdefault(_Line(one.signal.symbol, timeframe), []).append(one)
        return changed + await self._from_venue(lacking, as_of_ms)

    def _panel(self, timeframe: Timeframe, waiting: Sequence[FollowedSignal], as_of_ms: int) -> Panel:
        """Return the bars that memory has of the signals' symbols, as far back as the one that is furthest behind."""
        head_ms = timeframe.newest_closed_ms(as_of_ms)
        bars = (head_ms - min(one.course.followed_ms for one in waiting)) // timeframe.ms
        symbols = tuple(dict.fromkeys(one.signal.symbol for one in waiting))
        return self._store.panel(timeframe, symbols, head_ms, min(bars, self._store.capacity))

    def _from_panel(self, one: FollowedSignal, panel: Panel) -> FollowedSignal | None:
        """Return the signal after the panel's bars, None if these do not go on from where it stands."""
        if one.signal.symbol not in panel.symbols:
            return None
        return self._after(one, panel.open_time_ms, panel.row(one.signal.symbol))

    def _after(
        self, one: FollowedSignal, times: NDArray[np.int64], values: NDArray[np.float64]
    ) -> FollowedSignal | None:
        first = int(np.searchsorted(times, one.course.followed_ms, side="right"))
        times, values = times[first:], values[:4, first:]
        expected = one.course.followed_ms + one.signal.timeframe.ms * np.arange(1, len(times) + 1)
        if not len(times) or (times != expected).any() or np.isnan(values).any():
            return None
        return follow(one, times, values, expiry_bars=self._expiry_bars)

    async def _from_venue(self, lacking: dict[_Line, list[FollowedSignal]], as_of_ms: int) -> list[FollowedSignal]:
        """Return the signals of some series after the bars that the venue has."""
        self._asked = {series: times for series, times in self._asked.items() if series in lacking}
        turns = sorted(lacking, key=lambda series: self._asked.get(series, 0))[:FETCHED_AT_ONCE]
        async with asyncio.TaskGroup() as tasks:
            calls = [
                tasks.create_task(self._fetch(series, lacking[series], as_of_ms), name=f"follow {series.symbol}")
                for series in turns
            ]
        return [one for call in calls for one in call.result()]

    async def _fetch(self, series: _Line, waiting: Sequence[FollowedSignal], as_of_ms: int) -> list[FollowedSignal]:
        """Return the signals of one series after the bars that the venue has; void where it never will."""
        self._asked[series] = self._asked.get(series, 0) + 1
        length_ms = series.timeframe.ms
        # A bar that has only just closed is not asked for: the answer would have to be waited for.
        head_ms = series.timeframe.newest_closed_ms(as_of_ms - SETTLE_MS)
        start_ms = min(one.course.followed_ms for one in waiting) + length_ms
        last_ms = max(one.signal.bar_ms for one in waiting) + self._expiry_bars * length_ms
        if start_ms > head_ms:
            return []
        try:
            found = await self._data_service.fetch_history(
                *series, limit=None, start_ms=start_ms, end_ms=min(head_ms, last_ms)
            )
        except UnknownSymbol:  # delisted
            return [one.void(one.course.followed_ms) for one in waiting]
        except EliteflowError:  # not now; the next cycles ask again
            return []
        times, values = found.open_time_ms, found.values
        followed = (self._after(one, times, values) or self._given_up(one, found, head_ms) for one in waiting)
        return [one for one in followed if one is not None]

    def _given_up(self, one: FollowedSignal, found: Series, head_ms: int) -> FollowedSignal | None:
        """Return the signal as void if the bars it needs lie in the past and the venue has none; else they may come."""
        last_ms = one.signal.bar_ms + self._expiry_bars * one.signal.timeframe.ms
        has_hole = bool((found.open_time_ms > one.course.followed_ms).any())
        return one.void(one.course.followed_ms) if has_hole or head_ms > last_ms else None

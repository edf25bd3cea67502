"""Waits at every boundary until all bars are final, and fetches those that are late: the runner around `CloseWatch`."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from eliteflow.clock import Clock
from eliteflow.config import CloseSettings
from eliteflow.errors import utc_text
from eliteflow.model.candle import OHLCV
from eliteflow.model.priority import Priority
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.audit import AuditPlan
from eliteflow.pipeline.backfill import Fetch
from eliteflow.pipeline.bar_close import WATCH_MS, CloseWatch, FetchClosed, Infer, Release, inferred_bars
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.closes import RestCloses
from eliteflow.pipeline.gap_repair import GapRepair
from eliteflow.pipeline.live_market import LiveMarket
from eliteflow.pipeline.merge import inferred_version, is_streamed
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.pipeline.tally import Tally
from eliteflow.telemetry.log import EventLog

_CLOSE = OHLCV.index("close")
_INFERRED_AFTER_MS = 5_000
REMEMBERED = 288
"""Closes that are remembered: a day of 5m bars."""


@dataclass(frozen=True, slots=True)
class CloseSummary:
    """How one boundary went.

    boundary_ms: venue time. bars: how many had to become final. final_after: share of them, 0 to 1, final at +2, +3, +5
    and +10 s. missing: named when the cycle was let go. lost: not final when the watch ended. inferred: closed by rule.
    fetched: asked for over REST. released_s: seconds after the boundary at which the cycle was let go.
    """

    boundary_ms: int
    bars: int
    final_after: dict[int, float]
    missing: int
    lost: int
    inferred: int
    fetched: int
    released_s: float


class CloseBarrier:
    """Knows when the bars of a boundary are final; a `Closes` and a StoreObserver.

    summaries: of the last closes, the newest last. While `run` does not run, REST's own rule holds: 2 s after a bar's
    end it may be asked.
    """

    def __init__(
        self,
        store: CandleStore,
        fetcher: SeriesFetcher,
        live: LiveMarket,
        clock: Clock,
        settings: CloseSettings,
        timeframes: Sequence[Timeframe],
        gaps: GapRepair,
        audit: AuditPlan,
    ) -> None:
        self.summaries: deque[CloseSummary] = deque(maxlen=REMEMBERED)
        self._store = store
        self._fetcher = fetcher
        self._live = live
        self._clock = clock
        self._verify_after_ms = round(settings.verify_after_s * 1000)
        self._give_up_after_ms = round(settings.give_up_after_s * 1000)
        self._part = live.larger.part
        self._timeframes = timeframes
        self._gaps = gaps
        self._audit = audit
        self._rest = RestCloses(clock)
        self._watch: CloseWatch | None = None
        self._boundary_ms = 0
        self._released = asyncio.Event()
        self._wake = asyncio.Event()
        self._log = EventLog("UnifiedDataPipeline")

    async def settled(self, boundary_ms: int) -> None:
        """Return when the bars that ended at `boundary_ms` are final, or what is missing of them has been named."""
        if boundary_ms == self._boundary_ms:
            await self._released.wait()
        else:
            await self._rest.settled(boundary_ms)

    def late(self, timeframe: Timeframe, boundary_ms: int) -> Collection[str]:
        """Return the symbols whose bar of this boundary is still fetched after the cycle was let go.

        No symbol where no bar at all has come: whoever asks for them himself then hears from the venue what is wrong.
        """
        if self._watch is None or boundary_ms != self._boundary_ms or not self._released.is_set():
            return ()
        return frozenset(self._watch.missing().get(timeframe, ())) if self._watch.final else ()

    def forget(self, symbols: Iterable[str]) -> None:
        """Wait no longer for symbols that are not watched any more."""
        if self._watch is not None:
            self._watch.forget(symbols)

    def series_changed(self, change: SeriesChange) -> None:
        """Note a bar that came over REST."""
        open_ms = self._boundary_ms - change.timeframe.ms
        if open_ms in change.added_ms:
            self._note(change.timeframe, (change.symbol,))

    def bar_changed(self, change: BarChange) -> None:
        """Note bars that a stream closed, that were rolled up or closed by rule."""
        if change.open_time_ms == self._boundary_ms - change.timeframe.ms:
            self._note(change.timeframe, change.added)

    async def run(self) -> None:
        """Watch one boundary after the other until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    self._boundary_ms = self._part.open_time_ms(self._clock.now_ms()) + self._part.ms
                    self._released.clear()
                    await self._clock.sleep_until(self._boundary_ms)
                    await self._close(tasks)
        finally:
            self._boundary_ms = 0
            self._released.set()

    async def _close(self, tasks: asyncio.TaskGroup) -> None:
        watch = self._watch = CloseWatch(
            self._boundary_ms,
            dict.fromkeys(self._closing(), self._live.watched),
            verify_after_ms=self._verify_after_ms,
            give_up_after_ms=self._give_up_after_ms,
        )
        self._note_known()
        round_ = _Round()
        while (next_ms := watch.next_ms()) is not None:
            await self._clock.wait(self._wake, next_ms)
            for action in watch.step(self._clock.now_ms(), partial(self._quiet, watch)):
                self._act(action, round_, tasks)
        self._watch = None
        self._finish(watch, round_)
        self._confirm(tasks)

    def _closing(self) -> list[Timeframe]:
        """Return the timeframes of which a bar ends at the boundary."""
        return [timeframe for timeframe in self._timeframes if self._boundary_ms % timeframe.ms == 0]

    def _note_known(self) -> None:
        """Note what is known already: the venue may be ahead of our clock."""
        for timeframe in self._closing():
            versions = self._store.versions(timeframe, self._live.watched, self._boundary_ms - timeframe.ms, 1)[:, 0]
            known = zip(self._live.watched, (versions != 0).tolist(), strict=True)
            self._note(timeframe, [symbol for symbol, is_known in known if is_known])

    def _note(self, timeframe: Timeframe, symbols: Sequence[str]) -> None:
        if self._watch is not None:
            now_ms = self._clock.now_ms()
            self._watch.settled(timeframe, symbols, now_ms)
            if self._watch.is_due(symbols, now_ms):
                self._wake.set()

    def _quiet(self, watch: CloseWatch, symbols: Sequence[str]) -> Collection[str]:
        """Return which symbols may be closed by rule; those that no stream will speak of are fetched at once."""
        open_ms = self._boundary_ms - self._part.ms
        before = self._store.closed_bar(self._part, symbols, open_ms - self._part.ms).values[_CLOSE]
        # Of a contract just listed more than this one bar is needed, to know which was its first.
        known = [symbol for symbol, close in zip(symbols, before.tolist(), strict=True) if not np.isnan(close)]
        watch.hasten(self._live.unheard(known, open_ms))
        return {symbol for symbol in known if self._live.is_quiet(symbol, open_ms)}

    def _act(self, action: Infer | FetchClosed | Release, round_: "_Round", tasks: asyncio.TaskGroup) -> None:
        match action:
            case Infer(symbols):
                round_.inferred += len(symbols)
                self._infer(symbols)
                self._audit.doubt(symbols, self._boundary_ms + _INFERRED_AFTER_MS)
            case FetchClosed(timeframe, symbols):
                round_.fetched += len(symbols)
                for symbol in symbols:
                    fetch = Fetch(symbol, timeframe, 1, self._boundary_ms - timeframe.ms)
                    # A failure needs no word here: the bar is asked for again, or named as missing.
                    request = self._fetcher.bring(fetch, Tally(), Priority.CLOSE_REPAIR)
                    tasks.create_task(request, name=f"close {symbol} {timeframe}")
            case Release(missing):
                round_.missing = sum(map(len, missing.values()))
                round_.released_ms = self._clock.now_ms()
                self._released.set()
                if round_.missing:
                    self._log.write("close.missing", boundary=utc_text(self._boundary_ms), bars=round_.missing)

    def _infer(self, symbols: Sequence[str]) -> None:
        open_ms = self._boundary_ms - self._part.ms
        before = self._store.closed_bar(self._part, symbols, open_ms - self._part.ms).values[_CLOSE]
        versions = np.full(len(symbols), inferred_version(self._clock.now_ms()), np.int64)
        self._store.close_bar(self._part, open_ms, symbols, inferred_bars(before), versions)

    def _confirm(self, tasks: asyncio.TaskGroup) -> None:
        """Ask once more for bars that only REST has spoken of: so soon after their end it may have lacked trades."""
        for timeframe in self._closing():
            if timeframe in self._live.larger.larger:
                continue
            open_ms = self._boundary_ms - timeframe.ms
            for symbol in self._known_by_rest(timeframe, self._live.watched, open_ms):
                fetch = Fetch(symbol, timeframe, 1, open_ms)
                tasks.create_task(self._bring_again(fetch), name=f"confirm {symbol} {timeframe}")

    async def _bring_again(self, fetch: Fetch) -> None:
        await self._clock.sleep_until(fetch.end_ms + fetch.timeframe.ms + WATCH_MS)
        if not self._known_by_rest(fetch.timeframe, (fetch.symbol,), fetch.end_ms):
            return  # a final push has come since, with the last trades
        if await self._fetcher.bring(fetch, Tally(), Priority.BACKFILL):
            self._audit.doubt((fetch.symbol,), self._clock.now_ms(), fetch.timeframe)

    def _known_by_rest(self, timeframe: Timeframe, symbols: Sequence[str], open_ms: int) -> list[str]:
        versions = self._store.versions(timeframe, symbols, open_ms, 1)[:, 0]
        return [symbols[row] for row in np.flatnonzero((versions > 0) & ~is_streamed(versions)).tolist()]

    def _finish(self, watch: CloseWatch, round_: "_Round") -> None:
        for timeframe, symbols in watch.missing().items():
            self._gaps.suspect(timeframe, symbols, watch.boundary_ms - timeframe.ms)
        final_after = watch.completeness()
        summary = CloseSummary(
            boundary_ms=watch.boundary_ms,
            bars=watch.final + watch.lacking,
            final_after=final_after,
            missing=round_.missing,
            lost=watch.lacking,
            inferred=round_.inferred,
            fetched=round_.fetched,
            released_s=(round_.released_ms - watch.boundary_ms) / 1000,
        )
        self.summaries.append(summary)
        self._log.write(
            "close.completed",
            boundary=utc_text(watch.boundary_ms),
            bars=summary.bars,
            **{f"final_{mark_s}s": share for mark_s, share in final_after.items()},
            missing=summary.missing,
            inferred=summary.inferred,
            fetched=summary.fetched,
        )


@dataclass(slots=True)
class _Round:
    """What was done at one boundary."""

    missing: int = 0
    inferred: int = 0
    fetched: int = 0
    released_ms: int = 0

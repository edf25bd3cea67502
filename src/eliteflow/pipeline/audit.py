"""Comparing memory with the venue, a little all the time (DESIGN 15). Pure: venue times in, requests out."""

import math
from collections.abc import Iterable, Mapping
from random import Random
from typing import NamedTuple

import numpy as np

from eliteflow.model.candle import FIELDS
from eliteflow.model.klines_weight import BEST_ROWS, cheapest_rows, request_weight
from eliteflow.model.series import Series
from eliteflow.model.timeframe import MINUTE_MS, Timeframe
from eliteflow.pipeline.backfill import Fetch
from eliteflow.pipeline.bar_close import WATCH_MS
from eliteflow.pipeline.candle_views import Block
from eliteflow.pipeline.merge import SETTLE_MS

SHARE = 0.01
"""The part of the venue's weight limit that audits spend."""

ROWS = cheapest_rows(1)
"""Bars of a series that one audit compares, the newest ones: as many as cost least."""

DEEP_ROWS, DEEP_EVERY = BEST_ROWS, 40
"""Every fortieth audit of a series compares so many: each 5m bar twice before it is older than 499 bars."""

OTHERS_EVERY = 2
"""After so many deep audits of streamed series one of the others is compared, as deep.

All of it included, each of 530 streamed series has its turn within 25 minutes, each of 1,060 others within three days.
"""

_AGAIN_AFTER_MS = 30_000

Key = tuple[str, Timeframe]


class AuditPlan:
    """Says which series to compare next, never more than its share of the weight.

    Bars that are in doubt come first; beside them the series that are streamed go round, in a shuffled order that
    stays, so that each is compared after the same time again. Other series follow from those as far back as they reach:
    a round of their own, far slower, compares all of them.
    seed: of the order. weight_limit: what the venue allows an address in a minute. streamed, others: timeframes that
    are kept of every symbol.
    """

    def __init__(
        self,
        *,
        seed: int,
        weight_limit: int = 2_400,
        streamed: Iterable[Timeframe] = (Timeframe.M5,),
        others: Iterable[Timeframe] = (),
    ) -> None:
        self.streamed, self._other = tuple(streamed), tuple(others)
        self.weight_limit = weight_limit
        self._random = Random(seed)
        # Series → how many audits of it are still to come until the deep one; whose turn it is stands first.
        self._round: dict[Key, int] = {}
        self._others: dict[Key, None] = {}
        self._until_other = OTHERS_EVERY
        self._due_ms: dict[Key, int] = {}
        self._sent_ms = 0
        self._sent_weight = 0

    def __repr__(self) -> str:
        series = len(self._round) + len(self._others)
        return f"<AuditPlan {series} series, {len(self._due_ms)} of them before their turn>"

    def watch(self, symbols: Iterable[str]) -> None:
        """Audit these symbols from now on; it is the new ones' turn, the others keep theirs."""
        names = {*symbols}
        wanted = {(symbol, timeframe) for symbol in names for timeframe in self.streamed}
        new = self._shuffled(wanted - self._round.keys())
        # Of many that come together equally many are deep in each round.
        deep_in = {series: DEEP_EVERY - place * DEEP_EVERY // len(new) for place, series in enumerate(new)}
        self._round = deep_in | {series: left for series, left in self._round.items() if series in wanted}
        others = {(symbol, timeframe) for symbol in names for timeframe in self._other}
        kept = [series for series in self._others if series in others]
        self._others = dict.fromkeys([*self._shuffled(others - self._others.keys()), *kept])
        self._due_ms = {series: due for series, due in self._due_ms.items() if series in wanted | others}

    def doubt(self, symbols: Iterable[str], from_ms: int, timeframe: Timeframe = Timeframe.M5) -> None:
        """Compare these series before their turn, as soon as there is room from a venue time on."""
        for symbol in symbols:
            if (symbol, timeframe) in self._round or (symbol, timeframe) in self._others:
                self._due_ms.setdefault((symbol, timeframe), from_ms)

    def failed(self, fetch: Fetch, now_ms: int) -> None:
        """Compare once more before its turn what could not be had."""
        series = fetch.symbol, fetch.timeframe
        if series in self._others and fetch.limit == DEEP_ROWS:
            self._others = {series: None} | self._others
        elif series in self._round or series in self._others:
            self._due_ms.setdefault(series, now_ms + _AGAIN_AFTER_MS)
            if fetch.limit == DEEP_ROWS:
                self._round[series] = 1

    def next_ms(self) -> int | None:
        """Return the venue time at which `take` may have something, None without symbols."""
        if not self._round:
            return None
        moments = [max(due_ms, self._free_ms(ROWS)) for due_ms in self._due_ms.values()]
        return min([self._free_ms(self._rows(self._turn())), *moments])

    def take(self, now_ms: int) -> Fetch | None:
        """Return the request to send now, None while the share is spent or there is nothing to compare.

        It asks only for bars that the venue changes no more.
        """
        if not self._round:
            return None
        # A clock that was set back must not stop the audits until it is where it was.
        self._sent_ms = min(self._sent_ms, now_ms)
        # In the order of the round: where the whole market is in doubt, nobody then waits for more than a round.
        due = (one for one in (*self._round, *self._others) if self._due_ms.get(one, now_ms + 1) <= now_ms)
        early = next(due, None) if self._due_ms else None
        series = early or self._turn()
        rows = ROWS if early else self._rows(series)
        if now_ms < self._free_ms(rows):
            return None
        self._note(series, is_early=early is not None)
        self._sent_ms, self._sent_weight = now_ms, request_weight(rows)
        symbol, timeframe = series
        # No stream has shown how many trades a bar of the others has, so an early answer that lacks some is believed.
        settle_ms = SETTLE_MS if timeframe in self.streamed else WATCH_MS
        return Fetch(symbol, timeframe, rows, timeframe.newest_closed_ms(now_ms - settle_ms))

    def _turn(self) -> Key:
        is_others = self._others and not self._until_other
        return next(iter(self._others if is_others else self._round))

    def _note(self, series: Key, *, is_early: bool) -> None:
        """Let the next one have its turn."""
        if is_early:
            del self._due_ms[series]
            # Who was compared early waits for a whole round again, so that doubts do not hold the others up.
            if series in self._round:
                self._round[series] = self._round.pop(series)
        elif series in self._round:
            left = self._round.pop(series) - 1
            self._round[series] = left or DEEP_EVERY
            # Right after another deep one, as a change of weight costs a pause.
            self._until_other -= not left and self._until_other > 0
        else:
            self._others[series] = self._others.pop(series)
            self._until_other = OTHERS_EVERY

    def _rows(self, series: Key) -> int:
        return DEEP_ROWS if self._round.get(series, 1) == 1 else ROWS

    def _free_ms(self, rows: int) -> int:
        """Return from when on a request of so many rows keeps every minute within the share."""
        allowed = self.weight_limit * SHARE
        pause_ms = math.ceil(MINUTE_MS / (int(allowed) or allowed))
        return self._sent_ms + pause_ms * max(self._sent_weight, request_weight(rows))

    def _shuffled(self, series: Iterable[Key]) -> list[Key]:
        ordered = sorted(series)
        return self._random.sample(ordered, len(ordered))


class Mismatch(NamedTuple):
    """A closed bar that memory has otherwise than the venue. fields: name → (memory's value, the venue's)."""

    symbol: str
    timeframe: Timeframe
    open_time_ms: int
    fields: Mapping[str, tuple[float, float]]


def compare(memory: Block, venue: Series, *, requested_ms: int) -> list[Mismatch]:
    """Return the bars in which memory and the venue differ, ascending.

    memory: a block of one symbol; bars that it does not know are left out, and so are those that had not settled when
    the venue was asked.
    """
    (symbol,) = memory.symbols
    is_settled = memory.open_time_ms + (memory.timeframe.ms + SETTLE_MS) <= requested_ms
    times, ours, theirs = np.intersect1d(memory.open_time_ms[is_settled], venue.open_time_ms, return_indices=True)
    held, answered = memory.values[:, 0, is_settled][:, ours], venue.values[:, theirs]
    differs = (held != answered) & ~np.isnan(held)
    return [
        Mismatch(
            symbol,
            memory.timeframe,
            int(times[bar]),
            {
                FIELDS[field]: (float(held[field, bar]), float(answered[field, bar]))
                for field in np.flatnonzero(differs[:, bar])
            },
        )
        for bar in np.flatnonzero(differs.any(axis=0))
    ]

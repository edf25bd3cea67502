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
from eliteflow.pipeline.candle_views import Block
from eliteflow.pipeline.merge import SETTLE_MS

SHARE = 0.01
"""The part of the venue's weight limit that audits spend."""

ROWS = cheapest_rows(1)
"""Bars of a series that one audit compares, the newest ones: as many as cost least."""

DEEP_ROWS, DEEP_EVERY = BEST_ROWS, 20
"""Every twentieth audit of a series compares so many; that included, each of 530 has its turn within 25 minutes."""

_AGAIN_AFTER_MS = 30_000


class AuditPlan:
    """Says which series to compare next, never more than its share of the weight.

    Bars that are in doubt come first; beside them the symbols go round, in a shuffled order that stays, so that each is
    compared after the same time again.
    seed: of the order. weight_limit: what the venue allows an address in a minute. timeframe: the one that is streamed.
    """

    def __init__(self, *, seed: int, weight_limit: int = 2_400, timeframe: Timeframe = Timeframe.M5) -> None:
        self.timeframe = timeframe
        self.weight_limit = weight_limit
        self._random = Random(seed)
        # Symbol → how many audits of it are still to come until the deep one; whose turn it is stands first.
        self._round: dict[str, int] = {}
        self._due_ms: dict[str, int] = {}
        self._sent_ms = 0
        self._sent_weight = 0

    def __repr__(self) -> str:
        return f"<AuditPlan {len(self._round)} symbols, {len(self._due_ms)} of them before their turn>"

    def watch(self, symbols: Iterable[str]) -> None:
        """Audit these symbols from now on; it is the new ones' turn, the others keep theirs."""
        wanted = {*symbols}
        new = self._shuffled(sorted(wanted - self._round.keys()))
        # Of many that come together equally many are deep in each round.
        deep_in = {symbol: DEEP_EVERY - place * DEEP_EVERY // len(new) for place, symbol in enumerate(new)}
        self._round = deep_in | {symbol: left for symbol, left in self._round.items() if symbol in wanted}
        self._due_ms = {symbol: due for symbol, due in self._due_ms.items() if symbol in wanted}

    def doubt(self, symbols: Iterable[str], from_ms: int) -> None:
        """Compare these symbols before their turn, as soon as there is room from a venue time on."""
        for symbol in symbols:
            if symbol in self._round:
                self._due_ms.setdefault(symbol, from_ms)

    def failed(self, fetch: Fetch, now_ms: int) -> None:
        """Compare once more before its turn what could not be had."""
        if fetch.symbol in self._round:
            self._due_ms.setdefault(fetch.symbol, now_ms + _AGAIN_AFTER_MS)
            if fetch.limit == DEEP_ROWS:
                self._round[fetch.symbol] = 1

    def next_ms(self) -> int | None:
        """Return the venue time at which `take` may have something, None without symbols."""
        if not self._round:
            return None
        moments = [max(due_ms, self._free_ms(ROWS)) for due_ms in self._due_ms.values()]
        return min([self._free_ms(self._rows(next(iter(self._round)))), *moments])

    def take(self, now_ms: int) -> Fetch | None:
        """Return the request to send now, None while the share is spent or there is nothing to compare.

        It asks only for bars that the venue changes no more.
        """
        if not self._round:
            return None
        # A clock that was set back must not stop the audits until it is where it was.
        self._sent_ms = min(self._sent_ms, now_ms)
        early = next((symbol for symbol, due_ms in self._due_ms.items() if due_ms <= now_ms), None)
        symbol = early or next(iter(self._round))
        rows = ROWS if early else self._rows(symbol)
        if now_ms < self._free_ms(rows):
            return None
        if early is None:
            self._round[symbol] = (self._round.pop(symbol) - 1) or DEEP_EVERY
        else:
            # Who was compared early waits for a whole round again, so that doubts do not hold the others up.
            self._round[symbol] = self._round.pop(symbol)
            del self._due_ms[symbol]
        self._sent_ms, self._sent_weight = now_ms, request_weight(rows)
        return Fetch(symbol, self.timeframe, rows, self.timeframe.newest_closed_ms(now_ms - SETTLE_MS))

    def _rows(self, symbol: str) -> int:
        return DEEP_ROWS if self._round[symbol] == 1 else ROWS

    def _free_ms(self, rows: int) -> int:
        """Return from when on a request of so many rows keeps every minute within the share."""
        allowed = self.weight_limit * SHARE
        pause_ms = math.ceil(MINUTE_MS / (int(allowed) or allowed))
        return self._sent_ms + pause_ms * max(self._sent_weight, request_weight(rows))

    def _shuffled(self, symbols: list[str]) -> list[str]:
        return self._random.sample(symbols, len(symbols))


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

"""Comparing memory with the venue, a little all the time (DESIGN 15). Pure: venue times in, requests out."""

import math
from collections.abc import Iterable, Mapping
from random import Random
from typing import NamedTuple

import numpy as np

from eliteflow.model.candle import FIELDS
from eliteflow.model.series import Series
from eliteflow.model.timeframe import MINUTE_MS, Timeframe
from eliteflow.pipeline.backfill import BEST_ROWS, Fetch, cheapest_rows, request_weight
from eliteflow.pipeline.candle_views import Block
from eliteflow.pipeline.merge import SETTLE_MS

SHARE = 0.01
"""The part of the venue's weight limit that audits spend."""

ROWS = cheapest_rows(1)
"""Bars of a series that one audit compares, the newest ones: as many as cost least."""

DEEP_ROWS, DEEP_EVERY = BEST_ROWS, 10
"""Every tenth sweep compares so many."""

_INFERRED_AFTER_MS = 5_000


class AuditPlan:
    """Says which series to compare next, never more than its share of the weight.

    Bars closed by rule come first; beside them, sweep after sweep, every symbol in a shuffled order.
    seed: of the order. weight_limit: what the venue allows an address in a minute. timeframe: the one that is streamed.
    """

    def __init__(self, *, seed: int, weight_limit: int = 2_400, timeframe: Timeframe = Timeframe.M5) -> None:
        allowed = weight_limit * SHARE
        self.timeframe = timeframe
        self.sweeps = 0
        self._pause_ms = math.ceil(MINUTE_MS / (int(allowed) or allowed))
        self._random = Random(seed)
        self._symbols: set[str] = set()
        self._sweep: list[str] = []
        self._inferred_ms: dict[str, int] = {}
        self._sent_ms = 0
        self._sent_weight = 0

    def __repr__(self) -> str:
        return f"<AuditPlan sweep {self.sweeps}, {len(self._sweep)} of {len(self._symbols)} symbols to go>"

    @property
    def rows(self) -> int:
        """How many bars the sweep in progress compares of each series."""
        return DEEP_ROWS if self.sweeps % DEEP_EVERY == DEEP_EVERY - 1 else ROWS

    def watch(self, symbols: Iterable[str]) -> None:
        """Audit these symbols from now on; new ones join the sweep in progress, others leave it."""
        wanted = {*symbols}
        new = sorted(wanted - self._symbols)
        self._symbols = wanted
        self._sweep = [*self._shuffled(new), *(symbol for symbol in self._sweep if symbol in wanted)]
        self._inferred_ms = {symbol: due for symbol, due in self._inferred_ms.items() if symbol in wanted}
        self._renew_sweep()

    def inferred(self, symbols: Iterable[str], boundary_ms: int) -> None:
        """Compare these symbols first, whose bars were closed by rule at a boundary, from five seconds after it on."""
        for symbol in symbols:
            if symbol in self._symbols:
                self._inferred_ms.setdefault(symbol, boundary_ms + _INFERRED_AFTER_MS)

    def next_ms(self) -> int | None:
        """Return the venue time at which `take` may have something, None without symbols."""
        if not self._symbols:
            return None
        moments = [max(due_ms, self._free_ms(ROWS)) for due_ms in self._inferred_ms.values()]
        return min([self._free_ms(self.rows), *moments])

    def take(self, now_ms: int) -> Fetch | None:
        """Return the request to send now, None while the share is spent or there is nothing to compare.

        It asks only for bars that the venue changes no more.
        """
        # A clock that was set back must not stop the audits until it is where it was.
        self._sent_ms = min(self._sent_ms, now_ms)
        symbol = next((symbol for symbol, due_ms in self._inferred_ms.items() if due_ms <= now_ms), None)
        rows = self.rows if symbol is None else ROWS
        if not self._symbols or now_ms < self._free_ms(rows):
            return None
        if symbol is None:
            symbol = self._next_of_sweep()
        else:
            del self._inferred_ms[symbol]
        self._sent_ms, self._sent_weight = now_ms, request_weight(rows)
        return Fetch(symbol, self.timeframe, rows, self.timeframe.newest_closed_ms(now_ms - SETTLE_MS))

    def _free_ms(self, rows: int) -> int:
        """Return from when on a request of so many rows keeps every minute within the share."""
        return self._sent_ms + self._pause_ms * max(self._sent_weight, request_weight(rows))

    def _next_of_sweep(self) -> str:
        symbol = self._sweep.pop()
        self._renew_sweep()
        return symbol

    def _renew_sweep(self) -> None:
        if self._symbols and not self._sweep:
            self.sweeps += 1
            self._sweep = self._shuffled(sorted(self._symbols))

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

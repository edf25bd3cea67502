"""Waiting for the final candles of one boundary (DESIGN 13). Pure: settled bars and venue times in, actions out."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eliteflow.model.candle import FIELDS
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.merge import SETTLE_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

WATCH_MS = 15_000
"""How long after a boundary its late bars are still waited for; whatever lacks then is a gap."""

MARKS_S = (2, 3, 5, 10)
"""Seconds after a boundary at which the share of final bars is published."""

_PAUSE_MS = 1_000


class Infer(NamedTuple):
    """Close the bars of these symbols by rule, with `inferred_bars`, in the shortest timeframe."""

    symbols: tuple[str, ...]


class FetchClosed(NamedTuple):
    """Fetch the bars of these series that have just closed, all in one burst."""

    timeframe: Timeframe
    symbols: tuple[str, ...]


class Release(NamedTuple):
    """Let the cycle begin. missing: the series without a final bar, by timeframe; empty when all are final."""

    missing: Mapping[Timeframe, tuple[str, ...]]


Action = Infer | FetchClosed | Release
MayInfer = Callable[[Sequence[str]], Collection[str]]
"""Returns which symbols may be closed by rule: nothing was heard of them since their bar opened, neither a kline nor a
trade nor a miniTicker entry, their connection is proven alive, and their previous bar is known."""


class CloseWatch:
    """One boundary from its moment on: which bars are final, and what is to be done about the others.

    boundary_ms: venue time at which the bars close. wanted: the series that must have a final bar.
    verify_after_ms, give_up_after_ms: see `[close]`. After the release late bars are fetched until +15 s.
    Symbols that nobody will say anything of can be fetched from +2 s on: see `hasten`.

    The shortest timeframe comes first: only its bars are closed by rule, and a longer bar is fetched only once the
    shortest one of its symbol is final, since it then mostly follows by rolling up.
    """

    def __init__(
        self,
        boundary_ms: int,
        wanted: Mapping[Timeframe, Iterable[str]],
        *,
        verify_after_ms: int = 3_000,
        give_up_after_ms: int = 5_000,
    ) -> None:
        self.boundary_ms = boundary_ms
        self._infer_ms: int | None = boundary_ms + SETTLE_MS
        self._verify_ms = boundary_ms + verify_after_ms
        self._give_up_ms = boundary_ms + give_up_after_ms
        self._end_ms = max(boundary_ms + WATCH_MS, self._give_up_ms)
        # From when on each missing bar may be fetched, the shortest timeframe first.
        self._due_ms = {
            timeframe: dict.fromkeys(wanted[timeframe], self._verify_ms)
            for timeframe in sorted(wanted, key=lambda timeframe: timeframe.ms)
        }
        self._shortest = next(iter(self._due_ms.values()), dict[str, int]())
        self._final_after_ms: list[int] = []
        self._is_released = False
        self._has_ended = False

    def __repr__(self) -> str:
        state = "released" if self._is_released else "waiting"
        return f"<CloseWatch {self.boundary_ms}, {self.final} final, {self.lacking} missing, {state}>"

    @property
    def final(self) -> int:
        """How many of the bars are final."""
        return len(self._final_after_ms)

    @property
    def lacking(self) -> int:
        """How many of the bars are not final."""
        return sum(map(len, self._due_ms.values()))

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to wait for: all bars are final, or the time is up."""
        return self._has_ended or (self._is_released and not self.lacking)

    def missing(self) -> dict[Timeframe, tuple[str, ...]]:
        """Return the series without a final bar, by timeframe."""
        return {timeframe: tuple(due_ms) for timeframe, due_ms in self._due_ms.items() if due_ms}

    def settled(self, timeframe: Timeframe, symbols: Iterable[str], at_ms: int) -> None:
        """Note that the bars of these symbols are final since `at_ms`; call `step` next. Others' are ignored."""
        due_ms = self._due_ms.get(timeframe, {})
        for symbol in symbols:
            if due_ms.pop(symbol, None) is not None:
                self._final_after_ms.append(at_ms - self.boundary_ms)

    def hasten(self, symbols: Iterable[str]) -> None:
        """Let the shortest bars of symbols whose streams will not bring them be fetched when REST can be believed."""
        due_ms = self.boundary_ms + SETTLE_MS
        self._shortest |= {symbol: due_ms for symbol in symbols if symbol in self._shortest}

    def forget(self, symbols: Iterable[str]) -> None:
        """Wait no longer for symbols that do not trade any more."""
        for symbol in symbols:
            for due_ms in self._due_ms.values():
                due_ms.pop(symbol, None)

    def next_ms(self) -> int | None:
        """Return the venue time of the next `step` if nothing settles before, None once there is nothing to do."""
        if self.is_over:
            return None
        if not self.lacking:
            return self.boundary_ms
        moments = [self._end_ms, min(due_ms for _, _, due_ms in self._fetchable())]
        if self._infer_ms is not None:
            moments.append(self._infer_ms)
        if not self._is_released:
            moments.append(self._give_up_ms)
        return min(moments)

    def is_due(self, symbols: Iterable[str], now_ms: int) -> bool:
        """Return whether bars of these symbols, which have settled, call for a `step` before `next_ms` said one is due.

        That is when all bars are there, and when a longer one that does not follow may be fetched.
        """
        longer = list(self._due_ms.values())[1:]
        return not self.lacking or any(due.get(symbol, now_ms + 1) <= now_ms for due in longer for symbol in symbols)

    def step(self, now_ms: int, may_infer: MayInfer) -> list[Action]:
        """Return what is to be done at `now_ms`, in order.

        An `Infer` stands alone: carry it out, note what settled, and step again.
        """
        if self.is_over:
            return []
        self._has_ended = now_ms >= self._end_ms
        actions: list[Action] = []
        if not self._has_ended:
            if inferred := self._inferred(now_ms, may_infer):
                return [Infer(inferred)]
            actions += self._fetches(now_ms)
        if not self._is_released and (not self.lacking or now_ms >= self._give_up_ms):
            self._is_released = True
            actions.append(Release(self.missing()))
        return actions

    def share_final(self, after_ms: int) -> float:
        """Return which share of all bars was final `after_ms` after the boundary, from 0 to 1."""
        total = self.final + self.lacking
        return sum(at_ms <= after_ms for at_ms in self._final_after_ms) / total if total else 1.0

    def completeness(self) -> dict[int, float]:
        """Return the share of final bars at +2, +3, +5 and +10 s; at marks still to come, that of this moment."""
        return {mark_s: self.share_final(mark_s * 1000) for mark_s in MARKS_S}

    def _inferred(self, now_ms: int, may_infer: MayInfer) -> tuple[str, ...]:
        if self._infer_ms is None or now_ms < self._infer_ms:
            return ()
        self._infer_ms = None
        quiet = may_infer(tuple(self._shortest)) if self._shortest else ()
        return tuple(symbol for symbol in self._shortest if symbol in quiet)

    def _fetches(self, now_ms: int) -> Iterator[FetchClosed]:
        asked: dict[Timeframe, list[str]] = {}
        for timeframe, symbol, due_ms in self._fetchable():
            if due_ms <= now_ms:
                asked.setdefault(timeframe, []).append(symbol)
        # Each pause is as long as all that went before: +3, +4, +5, +7, +11 s, and for who was hastened +2 s before.
        again_ms = now_ms + max(_PAUSE_MS, now_ms - self._verify_ms)
        for timeframe, symbols in asked.items():
            self._due_ms[timeframe] |= dict.fromkeys(symbols, again_ms)
            yield FetchClosed(timeframe, tuple(symbols))

    def _fetchable(self) -> Iterator[tuple[Timeframe, str, int]]:
        for timeframe, due_ms in self._due_ms.items():
            for symbol, at_ms in due_ms.items():
                if due_ms is self._shortest or symbol not in self._shortest:
                    yield timeframe, symbol, at_ms


def inferred_bars(previous_close: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the bars of symbols without a trade, shape (fields, symbols): prices repeat the close, all else is 0."""
    values = np.zeros((len(FIELDS), len(previous_close)))
    values[: FIELDS.index("close") + 1] = previous_close
    return values

"""What the pipeline's calls return: real dicts that also say what failed, why, and what it cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn

import pandas as pd

from eliteflow.errors import EliteflowError


@dataclass(frozen=True, slots=True)
class FetchReport:
    """One call in numbers.

    as_of_ms: venue time, UTC milliseconds, that decided which bar is the newest closed one.
    symbols, succeeded, failed: asked for, complete in every timeframe, and not.
    requests, weight: what this call sent, and its price by the venue's list; repeated attempts and what a
        concurrent call sent for both are not in it (the source's own `spend()` has all).
    l1_hits, l2_hits, l1_misses: series that memory answered, the disk (after a restart), and that had to be fetched.
    inferred: series whose newest closed bar was closed by rule, as nobody traded.
    data_s: seconds from the first request to the last reply, 0 when nothing was sent.
    waited_s: seconds spent waiting until a bar that had just closed could be trusted.
    """

    as_of_ms: int
    symbols: int
    succeeded: int
    failed: int
    requests: int = 0
    weight: int = 0
    l1_hits: int = 0
    l1_misses: int = 0
    l2_hits: int = 0
    inferred: int = 0
    data_s: float = 0.0
    waited_s: float = 0.0

    @property
    def cache_hit_rate(self) -> float:
        """Share of the series that needed no request, 0 to 1; 0 when none was asked for."""
        hits = self.l1_hits + self.l2_hits
        lookups = hits + self.l1_misses
        return hits / lookups if lookups else 0.0


@dataclass(frozen=True, slots=True)
class Refresh:
    """What bringing memory up to date led to. errors: symbol → why it is not complete."""

    errors: Mapping[str, EliteflowError]
    report: FetchReport


class SymbolResult(dict[str, pd.DataFrame]):
    """`{timeframe: DataFrame}` of one symbol; empty when it failed. errors: the symbol → why. report: what it cost."""

    def __init__(self, frames: Mapping[str, pd.DataFrame], refresh: Refresh) -> None:
        super().__init__(frames)
        self.errors = MappingProxyType(dict(refresh.errors))
        self.report = refresh.report


class BatchResult(dict[str, dict[str, pd.DataFrame]]):
    """`{symbol: {timeframe: DataFrame}}`, `{}` for a failed symbol. errors: symbol → why. report: what it cost."""

    def __init__(self, frames: Mapping[str, dict[str, pd.DataFrame]], refresh: Refresh) -> None:
        super().__init__(frames)
        self.errors = MappingProxyType(dict(refresh.errors))
        self.report = refresh.report

    def __repr__(self) -> str:
        # Not the frames: `asyncio.run` asks for the repr of what it returns, and 1,590 of theirs take ten seconds.
        return f"<BatchResult {len(self)} symbols, {len(self.errors)} failed>"


def raise_first(errors: Iterable[EliteflowError]) -> NoReturn:
    """Raise the first of the errors (there is one), the others attached as the exception group that is its cause."""
    first, *others = errors
    if others:
        raise first from ExceptionGroup("other symbols failed too", others)
    raise first

"""Who failed in a cycle and why, in so few words that 530 failures stay readable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from eliteflow.errors import EliteflowError

NAMED = 5
"""Symbols that a log line names."""

KEPT = 20
"""Symbols that the status names."""


@dataclass(frozen=True, slots=True)
class FailedSymbol:
    """A symbol that failed. kind: name of the error's class. reason: the error in words."""

    symbol: str
    kind: str
    reason: str


def failed_symbols(errors: Mapping[str, EliteflowError]) -> tuple[FailedSymbol, ...]:
    """Return the first `KEPT` failures."""
    return tuple(FailedSymbol(name, type(error).__name__, str(error)) for name, error in islice(errors.items(), KEPT))


def reasons_told(errors: Mapping[str, EliteflowError]) -> str:
    """Return the kinds of error, the most frequent first, each with its count and its first symbols.

    No more than `NAMED` symbols are named in all, but each kind names one as long as that allows.
    """
    kinds: dict[str, list[str]] = {}
    for symbol, error in errors.items():
        kinds.setdefault(type(error).__name__, []).append(symbol)
    ordered = sorted(kinds.items(), key=lambda kind: -len(kind[1]))
    return "; ".join(_told(ordered))


def _told(kinds: Sequence[tuple[str, list[str]]]) -> Iterator[str]:
    left = NAMED
    for place, (kind, symbols) in enumerate(kinds):
        later = len(kinds) - place - 1
        named = symbols[: min(left, max(1, left - later))]
        left -= len(named)
        more = ["…"] if len(named) < len(symbols) else []
        yield f"{kind} × {len(symbols)}: {', '.join((*named, *more))}"

"""Which version of a bar wins (DESIGN 6). Pure: numbers and arrays in, decisions out.

Every version of a bar carries a number, and of two closed versions the higher one wins. A REST version's number is
twice the venue time of its request, so newer REST beats older; a stream's lies below every REST version's, and that of
a bar closed by rule, because the venue sent nothing, below every stream's. A stream's version with more trades than an
answer of REST takes the odd number above that answer's. A rolled-up bar has the highest number of its parts.
"""

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Moments = TypeVar("Moments", int, "NDArray[np.int64]")

SETTLE_MS = 2_000
"""How long after a bar's end the venue may still change it; a REST row asked for earlier is not closed."""

_STREAM, _INFERRED = 10**14, 2 * 10**14  # more than any venue time in milliseconds


def stream_version(event_ms: int) -> int:
    """Return the number of a version that a stream pushed at `event_ms`."""
    return event_ms - _STREAM


def rest_version(requested_ms: Moments) -> Moments:
    """Return the number of a version that was asked for over REST at `requested_ms`."""
    return 2 * requested_ms


def overruling(version: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Return the numbers of a stream's versions that replace these, since they show more trades."""
    return np.where(version < 0, version, version | 1)


def inferred_version(at_ms: int) -> int:
    """Return the number of a bar that was closed by rule at `at_ms`."""
    return at_ms - _INFERRED


def is_streamed(version: "NDArray[np.int64]") -> "NDArray[np.bool_]":
    """Return which versions came from a stream."""
    return ((version < 0) & (version >= stream_version(0))) | ((version > 0) & (version % 2 == 1))


def is_inferred(version: "NDArray[np.int64]") -> "NDArray[np.bool_]":
    """Return which versions were closed by rule."""
    return version < stream_version(0)


def settled_at_ms(open_time_ms: int, interval_ms: int) -> int:
    """Return the venue time from which a REST answer about a bar may be trusted as closed."""
    return open_time_ms + interval_ms + SETTLE_MS


def closed_rows(
    open_time_ms: "NDArray[np.int64]",
    trades: "NDArray[np.float64]",
    most_trades: "NDArray[np.float64]",
    *,
    interval_ms: int,
    requested_ms: int,
) -> "NDArray[np.bool_]":
    """Return which rows of a REST answer count as closed, shape (bars,).

    most_trades: the most trades ever seen in each bar, 0 where it was never seen in progress; a row with fewer is an
    older state of the bar, whatever the time.
    """
    return (open_time_ms + (interval_ms + SETTLE_MS) <= requested_ms) & (trades >= most_trades)


def closed_wins(
    stored_open_ms: "NDArray[np.int64]",
    stored_version: "NDArray[np.int64]",
    open_time_ms: "NDArray[np.int64] | int",
    version: "NDArray[np.int64] | int",
) -> "NDArray[np.bool_]":
    """Return which closed bars replace what their slots hold, shape (bars,).

    A slot keeps the newest bar; of two versions of one bar the higher number wins, of equal numbers the later write.
    """
    same_bar = stored_open_ms == open_time_ms
    return (stored_open_ms < open_time_ms) | (same_bar & (stored_version <= version))


def forming_wins(held_trades: float, held_event_ms: int, trades: float, event_ms: int) -> bool:
    """Return whether one version of a bar in progress replaces the one held: more trades win, else the later event."""
    return trades > held_trades or (trades == held_trades and event_ms >= held_event_ms)

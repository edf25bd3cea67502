"""What became of a signal on the bars after it.

A signal holds at the close of its bar, so it is entered at the open of the next one, the first price there is to be
had. An open that is not between stop and target ends it at once: nobody could have entered that trade (void).
From that bar on, each bar that closes is looked at once, in order:
  stop     the bar touches the stop. Out at the stop, or at the bar's open where that lies beyond it.
           A bar that touches both counts as the stop, and is marked ambiguous: the order inside it is not known.
  target   the bar touches the target, and not the stop. Out at the target.
  expired  neither, and it is the last of `expiry_bars` bars, the one of the entry counted. Out at its close.
A result is measured in R, the risk that was proposed, |entry - stop| at the signal: R = side × (out - in) / risk, so a
stop costs about 1 R, more where the next open was worse than the close. Fees, funding and slippage are not in it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.model.signal import Side, Signal


class Ending(StrEnum):
    """How a signal ended."""

    TARGET = "target"
    STOP = "stop"
    EXPIRED = "expired"
    VOID = "void"


class Course(NamedTuple):
    """How a signal has gone up to a bar.

    followed_ms: open time of the newest bar looked at, at first the signal's own. bars: how many since the entry.
    filled: price of the entry, None before it. ending: None while it is open.
    ended_ms: open time of the bar at which it ended. out: price at which it ended; None for a void one.
    is_ambiguous: whether that bar touched both stop and target.
    """

    followed_ms: int
    bars: int = 0
    filled: float | None = None
    ending: Ending | None = None
    ended_ms: int | None = None
    out: float | None = None
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class FollowedSignal:
    """A signal and its course."""

    signal: Signal
    course: Course

    @classmethod
    def new(cls, signal: Signal) -> "FollowedSignal":
        """Return a signal of which nothing has been looked at but its own bar."""
        return cls(signal, Course(signal.bar_ms))

    @property
    def result_r(self) -> float | None:
        """What it won or lost in R; None while it is open, and for a void one."""
        if self.course.out is None or self.course.filled is None:
            return None
        return self.signal.side.sign * (self.course.out - self.course.filled) / self.signal.risk

    def void(self, at_ms: int) -> "FollowedSignal":
        """Return it ended without a result at the bar `at_ms`, as when its contract is delisted."""
        return FollowedSignal(self.signal, self.course._replace(ending=Ending.VOID, ended_ms=at_ms, out=None))


class _Bar(NamedTuple):
    open_time_ms: int
    open: float
    high: float
    low: float
    close: float


def follow(
    followed: FollowedSignal, open_time_ms: NDArray[np.int64], values: NDArray[np.float64], *, expiry_bars: int
) -> FollowedSignal:
    """Return the signal after further closed bars; one that has ended stays as it is.

    open_time_ms: shape (bars,). values: open, high, low, close (and more), shape (fields, bars).
    Raises ValueError unless the bars go on without a hole from the newest one looked at.
    """
    signal, course = followed.signal, followed.course
    for columns in zip(open_time_ms.tolist(), *values[:4].tolist(), strict=True):
        if course.ending is not None:
            break
        bar = _Bar._make(columns)
        if bar.open_time_ms != course.followed_ms + signal.timeframe.ms or not bar.low <= bar.high:
            raise ValueError(f"{signal.symbol}: the bar at {bar.open_time_ms} does not go on from {course.followed_ms}")
        course = _after(signal, course, bar, expiry_bars)
    return FollowedSignal(signal, course)


def _after(signal: Signal, course: Course, bar: _Bar, expiry_bars: int) -> Course:
    lowest, highest = sorted((signal.stop, signal.target))
    course = course._replace(followed_ms=bar.open_time_ms)
    if course.filled is None:
        if not lowest < bar.open < highest:
            return course._replace(ending=Ending.VOID, ended_ms=bar.open_time_ms)
        course = course._replace(filled=bar.open)
    course = course._replace(bars=course.bars + 1)
    is_long = signal.side is Side.LONG
    is_stopped = bar.low <= signal.stop if is_long else bar.high >= signal.stop
    is_reached = bar.high >= signal.target if is_long else bar.low <= signal.target
    if is_stopped:
        worse = min(bar.open, signal.stop) if is_long else max(bar.open, signal.stop)
        return _ended(course, Ending.STOP, worse)._replace(is_ambiguous=is_reached)
    if is_reached:
        return _ended(course, Ending.TARGET, signal.target)
    return _ended(course, Ending.EXPIRED, bar.close) if course.bars >= expiry_bars else course


def _ended(course: Course, ending: Ending, out: float) -> Course:
    return course._replace(ending=ending, ended_ms=course.followed_ms, out=out)

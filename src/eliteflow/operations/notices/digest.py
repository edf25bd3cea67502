"""Collects notices and decides when which of them go into one message. Pure."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from eliteflow.messages import text
from eliteflow.operations.notices.notice import Notice

CAPACITY = 100
"""Notices that wait at most; the oldest gives way, and the message says how many did."""
LONGEST = 1_800
"""Characters of a message; Discord takes 2,000, Telegram 4,096."""


class Message(NamedTuple):
    """What one receiver gets at one time. body: empty where the title says it all."""

    title: str
    body: str


class Digest:
    """The notices of one receiver: the first goes at once, the next ones together, `min_interval_s` after the last.

    dropped: notices that gave way so far.
    """

    def __init__(self, min_interval_s: float) -> None:
        self._min_interval_s = min_interval_s
        self._waiting: deque[Notice] = deque()
        self._next_s = float("-inf")
        self._untold = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, notice: Notice) -> None:
        """Take a notice."""
        if len(self._waiting) == CAPACITY:
            self._waiting.popleft()
            self._untold += 1
            self.dropped += 1
        self._waiting.append(notice)

    def wait_s(self, now_s: float) -> float | None:
        """Return after how many seconds a message is due, None while there is nothing to tell."""
        return max(0.0, self._next_s - now_s) if self._waiting else None

    def take(self, now_s: float) -> Message:
        """Return all that waits as one message; at least one notice must wait."""
        notices, self._waiting = list(self._waiting), deque()
        untold, self._untold = self._untold, 0
        self._next_s = now_s + self._min_interval_s
        return message_of(notices, untold)


def message_of(notices: Sequence[Notice], untold: int = 0) -> Message:
    """Return one message; of what is too long for it, it says how many lines are missing."""
    first, *others = notices
    lines = list(first.lines)
    for notice in others:
        lines += ["", notice.title, *notice.lines]
    if untold:
        lines += ["", text("notice.untold", count=untold)]
    return Message(first.title, _shortened(lines))


def _shortened(lines: list[str]) -> str:
    kept, length = list[str](), 0
    for line in lines:
        length += len(line) + 1
        if length > LONGEST:
            return "\n".join([*kept, text("notice.more", count=len(lines) - len(kept))])
        kept.append(line)
    return "\n".join(kept)

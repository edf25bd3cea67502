"""One place in the plan, whatever connection fills it: who is current, who succeeds, what is announced. Pure."""

from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from eliteflow.exchange.streams.stream_pace import pause_s
from eliteflow.exchange.streams.stream_session import StreamSession

MOST_DOUBLINGS = 5


class Loss(NamedTuple):
    """What the end of a connection means. topics: those that were announced and are so no longer.

    since_ms: venue time up to which nothing is missing. pause_s: until the next attempt.
    """

    topics: tuple[str, ...]
    since_ms: int
    reason: str
    pause_s: float
    is_news: bool


class SilentTopic(NamedTuple):
    """A topic that was asked for again. tries: how often. next_s: when it is next, on the steady clock."""

    tries: int
    next_s: float


class StreamSlot:
    """The topics that share a connection, and the one or two sessions that carry them.

    number: its place in the plan. announced: the topics of which it has been said that every push arrives.
    early_s: how much earlier than the rule it rolls over, so that not all do at once.
    silent: the topics that were traded without a candle, and when they are asked for once more.
    judged_s: when it was last looked for silent topics, on the steady clock.
    is_down: whether it lost its connection and has not had a live one since.
    messages, malformed, reconnects: counted over all its connections. lag_ms: how old the newest candle was.
    """

    def __init__(self, number: int, *, stale_s: float, early_s: float, dice: Random) -> None:
        self.number = number
        self.topics: tuple[str, ...] = ()
        self.current: StreamSession | None = None
        self.successor: StreamSession | None = None
        self.announced: dict[str, None] = {}
        self.silent: dict[str, SilentTopic] = {}
        self.judged_s = 0.0
        self.messages = self.malformed = self.reconnects = self.lag_ms = 0
        self._stale_s = stale_s
        self._early_s = early_s
        self._dice = dice
        self._failures = 0
        self._next_s = 0.0
        self._proven_ms = 0
        self.is_down = False

    def carry(self, topics: Iterable[str]) -> None:
        """Carry exactly these topics from now on."""
        self.topics = tuple(topics)
        self.announced = {topic: None for topic in self.announced if topic in self.topics}
        self.silent = {topic: silence for topic, silence in self.silent.items() if topic in self.topics}
        for session in (self.current, self.successor):
            if session is not None:
                session.want(self.topics)

    def is_wanting(self, now_s: float) -> bool:
        """Return whether a connection should be opened: there is none, or the one there is grows old."""
        if now_s < self._next_s or self.successor is not None:
            return False
        return self.current is None or self.current.is_roll_over_due(now_s, sooner_s=self._early_s)

    def opens_in_s(self, now_s: float) -> float:
        """Return in how many seconds the pause after a failure is over."""
        return max(0.0, self._next_s - now_s)

    def filled(self, session: StreamSession) -> None:
        """Take a session that begins, in place of none or as the successor."""
        if self.current is None:
            self.current = session
        else:
            self.successor = session
        session.want(self.topics)

    def promoted(self, session: StreamSession) -> StreamSession | None:
        """Note that a session went live; return the one that it makes needless."""
        self.is_down = False
        if session is not self.successor:
            return None
        old, self.current, self.successor = self.current, session, None
        return old

    def announce(self, topics: Iterable[str]) -> tuple[str, ...]:
        """Return which of the topics have not been announced, and note that they are."""
        news = tuple(topic for topic in topics if topic not in self.announced and topic in self.topics)
        self.announced |= dict.fromkeys(news)
        for topic in news:
            self.silent.pop(topic, None)
        return news

    def fell_silent(self, topics: Iterable[str], now_s: float) -> None:
        """Note that candles of these topics are missing."""
        for topic in topics:
            self.announced.pop(topic, None)
            self.silent[topic] = SilentTopic(1, now_s + self._stale_s)

    def silent_again(self, now_s: float) -> tuple[str, ...]:
        """Return the silent topics whose time it is to be asked for once more, ever more seldom; note that they are."""
        due = tuple(topic for topic, silence in self.silent.items() if now_s >= silence.next_s)
        for topic in due:
            tries = self.silent[topic].tries + 1
            self.silent[topic] = SilentTopic(tries, now_s + self._stale_s * 2.0 ** min(tries - 1, MOST_DOUBLINGS))
        return due

    def abandon(self) -> None:
        """Give up its sessions, as all are given up; what is announced stays so until `forsaken` says otherwise."""
        self._proven_ms = self.current.newest_frame_ms if self.current else 0
        self.current = self.successor = None

    def forsaken(self) -> tuple[tuple[str, ...], int]:
        """Return what was announced when it was abandoned, and up to when it is complete; it is so no longer."""
        topics, self.announced, self.silent = tuple(self.announced), {}, {}
        return topics, self._proven_ms

    def ended(
        self, session: StreamSession, reason: str, now_s: float, now_ms: int, *, status: int | None = None
    ) -> Loss | None:
        """Note that a session is over; return what that means, None where nothing is lost.

        status: what the venue answered instead of opening the connection.
        """
        live_s = session.live_for_s(now_s)
        session.ended()
        if session not in (self.current, self.successor):
            return None
        self._failures = 1 if live_s >= self._stale_s else self._failures + 1
        pause = pause_s(self._failures, self._dice, status)
        self._next_s = now_s + pause
        if session is self.successor:
            self.successor = None
            return None
        self.current, self.successor = self.successor, None
        self.reconnects += 1
        is_news, self.is_down = not self.is_down, True
        topics, self.announced, self.silent = tuple(self.announced) or self.topics, {}, {}
        return Loss(topics, session.newest_frame_ms or now_ms, reason, pause, is_news)

"""One stream connection from its opening to its end: what it asked for, what it has proved, what is wrong. Pure."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from itertools import count
from typing import NamedTuple

from eliteflow.exchange.streams.stream_plan import StreamRequest, in_messages

MESSAGE_EVERY_S = 0.25
"""The venue ends a connection that says more than ten things a second, pongs included (reference A.3)."""

Names = Callable[[str], tuple[str, ...]]


class SessionState(StrEnum):
    """How far a connection has come."""

    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    ACKNOWLEDGED = "acknowledged"
    LIVE = "live"
    CLOSED = "closed"


class SessionRules(NamedTuple):
    """The deadlines of `[stream]`."""

    first_frame_s: float
    stale_s: float
    rollover_s: float


class StreamSession:
    """The state of one connection; every time is in seconds on the steady clock.

    names: topic → the names of its streams. acknowledged: the topics that the venue has confirmed.
    newest_event_ms: venue time of the newest event; all that the venue sent before has arrived too.
    newest_frame_ms: the same without heartbeats; before the first, when the connection was opened.
    """

    def __init__(self, rules: SessionRules, names: Names) -> None:
        self.state = SessionState.CONNECTING
        self.acknowledged: dict[str, None] = {}
        self.newest_event_ms = self.newest_frame_ms = 0
        self._rules = rules
        self.names = names
        self._wanted: dict[str, None] = {}
        self._to_say: deque[StreamRequest] = deque()
        self._unanswered: dict[int, StreamRequest] = {}
        self._ids = count(1)
        self._opened_s = self._heard_s = self._frame_s = self._live_s = 0.0
        self._asked_s = self._may_speak_s = 0.0
        self._has_frame = self._has_heartbeat = False

    @property
    def streams(self) -> int:
        """How many streams it carries, or will."""
        return sum(len(self.names(topic)) for topic in self._wanted)

    def want(self, topics: Iterable[str]) -> None:
        """Carry exactly these topics from now on."""
        wanted = dict.fromkeys(topics)
        self._plan("UNSUBSCRIBE", [topic for topic in self._wanted if topic not in wanted])
        self._plan("SUBSCRIBE", [topic for topic in wanted if topic not in self._wanted])
        self._wanted = wanted

    def renew(self, topics: Iterable[str]) -> None:
        """Give up these topics and ask for them once more."""
        silent = [topic for topic in topics if topic in self._wanted]
        self._plan("UNSUBSCRIBE", silent)
        self._plan("SUBSCRIBE", silent)

    def opened(self, now_s: float, now_ms: int) -> None:
        """Note that the connection stands. now_ms: venue time."""
        self.state = SessionState.SUBSCRIBING
        self.newest_frame_ms = now_ms
        self._opened_s = self._heard_s = self._frame_s = self._asked_s = now_s

    def next_request(self, now_s: float) -> StreamRequest | None:
        """Return what may be said now, and count it as said."""
        if self.speaks_in_s(now_s) != 0.0:
            return None
        request = self._to_say.popleft()
        self._unanswered[request.id] = request
        self._may_speak_s = now_s + MESSAGE_EVERY_S
        self._asked_s = now_s
        return request

    def answered(self, request_id: int) -> tuple[str, ...]:
        """Note an acknowledgement; return the topics that it confirms."""
        request = self._unanswered.pop(request_id, None)
        confirmed: tuple[str, ...] = ()
        if request is not None and request.method == "SUBSCRIBE":
            confirmed = tuple(topic for topic in request.topics if topic in self._wanted)
            self.acknowledged |= dict.fromkeys(confirmed)
        elif request is not None:
            for topic in request.topics:
                self.acknowledged.pop(topic, None)
        self._check_complete()
        return confirmed

    def refused(self, request_id: int | None) -> None:
        """Note a refusal: ask again in halves, until only those topics are left out that cannot be had."""
        request = None if request_id is None else self._unanswered.pop(request_id, None)
        if request is not None and len(request.topics) > 1:
            half = len(request.topics) // 2
            self._plan(request.method, request.topics[:half])
            self._plan(request.method, request.topics[half:])
        self._check_complete()

    def heard(self, now_s: float) -> None:
        """Note that something came."""
        self._heard_s = now_s

    def beat(self, event_ms: int) -> None:
        """Note a heartbeat. event_ms: its venue time."""
        self.newest_event_ms = max(self.newest_event_ms, event_ms)
        self._has_heartbeat = True

    def brought(self, event_ms: int, now_s: float) -> None:
        """Note frames of what it is there for. event_ms: venue time of the newest."""
        self.newest_event_ms = max(self.newest_event_ms, event_ms)
        self.newest_frame_ms = max(self.newest_frame_ms, event_ms) if self._has_frame else event_ms
        self._has_frame = True
        self._frame_s = now_s

    def excuse(self, now_s: float) -> None:
        """Count all deadlines from now: what came has waited for its reader."""
        self._heard_s = self._frame_s = self._asked_s = now_s

    def is_proven(self, now_s: float, *, is_quiet: bool) -> bool:
        """Return whether it can go live: all acknowledged, and a first frame.

        is_quiet: nobody trades what it carries; then the heartbeat has to do, once a frame should have come.
        """
        if self.state is not SessionState.ACKNOWLEDGED:
            return False
        has_waited = now_s - self._asked_s >= self._rules.first_frame_s
        return self._has_frame or (self._has_heartbeat and is_quiet and has_waited)

    def went_live(self, now_s: float) -> None:
        """Note that everything is acknowledged and frames come."""
        self.state = SessionState.LIVE
        self._live_s = now_s

    def ended(self) -> None:
        """Note that the connection is gone."""
        self.state = SessionState.CLOSED

    def fault(self, now_s: float) -> str | None:
        """Return why this connection has to be replaced: `silent`, `stale`, or None."""
        if self.state in (SessionState.CONNECTING, SessionState.CLOSED):
            return None
        is_complete = self.state is SessionState.LIVE and not self._unanswered
        if not is_complete and now_s - self._asked_s >= self._rules.first_frame_s:
            return "silent"
        return None if self.is_heard(now_s) else "stale"

    def is_heard(self, now_s: float) -> bool:
        """Return whether anything came lately."""
        return now_s - self._heard_s < self._rules.stale_s

    def lacks_frames(self, now_s: float) -> bool:
        """Return whether it has long brought nothing but heartbeats."""
        return self.state is SessionState.LIVE and now_s - self._frame_s >= self._rules.stale_s

    def speaks_in_s(self, now_s: float) -> float | None:
        """Return in how many seconds it has something to say, None if it has nothing."""
        is_mute = not self._to_say or self.state in (SessionState.CONNECTING, SessionState.CLOSED)
        return None if is_mute else max(0.0, self._may_speak_s - now_s)

    def is_roll_over_due(self, now_s: float, *, sooner_s: float = 0.0) -> bool:
        """Return whether it is so old that the venue will soon end it. sooner_s: how much earlier than the rule."""
        return self.state is SessionState.LIVE and now_s - self._opened_s >= self._rules.rollover_s - sooner_s

    def live_for_s(self, now_s: float) -> float:
        """Return for how long it has been live."""
        return now_s - self._live_s if self.state is SessionState.LIVE else 0.0

    def _check_complete(self) -> None:
        if self.state is SessionState.SUBSCRIBING and not self._to_say and not self._unanswered:
            self.state = SessionState.ACKNOWLEDGED

    def _plan(self, method: str, topics: Sequence[str]) -> None:
        most_streams = max((len(self.names(topic)) for topic in topics), default=1)
        for group in in_messages(topics, most_streams):
            names = tuple(name for topic in group for name in self.names(topic))
            self._to_say.append(StreamRequest(next(self._ids), method, group, names))

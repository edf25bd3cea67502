"""One WebSocket connection as the venue knows it: what it subscribed to, what it may do, what is on its way to it."""

from typing import NamedTuple

from eliteflow.emulator.stream_names import Stream


class Ping(NamedTuple):
    """A ping frame of the venue."""

    payload: bytes


class Pong(NamedTuple):
    """The answer to a client's ping."""

    payload: bytes


class Close(NamedTuple):
    """A close frame; after it the connection ends."""

    code: int
    reason: str = ""


class Abort(NamedTuple):
    """The connection breaks without a word."""


class Spoiled(NamedTuple):
    """A text frame that goes wrong on the wire: `invalid`, `truncated` or `slow` (over `delay_s`)."""

    how: str
    payload: bytes
    delay_s: float = 0.0


Output = bytes | Ping | Pong | Close | Abort | Spoiled
"""What the shell sends; plain bytes are one text frame."""


class Session:
    """One connection. route: None for a path that the venue acknowledges and never serves.

    outbox: what has to be sent, in order; whoever carries the connection empties it.
    """

    def __init__(self, client_ip: str, route: str | None, is_combined: bool, now_ms: int, number: int = 0) -> None:
        self.client_ip, self.route, self.is_combined, self.number = client_ip, route, is_combined, number
        self.opened_ms = self.heard_ms = self.pinged_ms = now_ms
        self.streams: dict[str, Stream | None] = {}
        self.outbox: list[Output] = []
        self.is_open = True
        self.delay_until_ms = 0
        self._debt_ms = 0.0
        self._spoke_at_ms = now_ms

    def __repr__(self) -> str:
        form = "combined" if self.is_combined else "raw"
        return f"<Session {self.number} of {self.client_ip}, {self.route}, {form}, {len(self.streams)} streams>"

    def may_speak(self, now_ms: int, at_once: int, a_second: float) -> bool:
        """Count a message of the client; False if it is one too many.

        Measured (reference A.3): 15 back to back are fine, of 40 the first 15 are answered; the rule is 10 a second.
        """
        cost_ms = 1_000 / a_second
        passed_ms = max(0, now_ms - self._spoke_at_ms)
        self._debt_ms = max(0.0, self._debt_ms - passed_ms) + cost_ms
        self._spoke_at_ms = now_ms
        return self._debt_ms <= at_once * cost_ms

    def serves(self, stream: Stream | None) -> bool:
        """Whether this connection's route delivers a stream."""
        return stream is not None and stream.route == self.route

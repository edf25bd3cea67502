"""What goes into the venue and what comes out of it, without any socket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import msgspec

JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names in lower case."""

    method: str
    path: str
    query: str = ""
    client_ip: str = "127.0.0.1"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Ending(Enum):
    """What the connection does with an answer."""

    SEND = "send"
    TRUNCATE = "truncate"
    """Announce the whole body, send half of it, close."""
    HANG = "hang"
    """Never answer."""
    RESET = "reset"
    """Answer with a TCP reset."""
    DRIBBLE = "dribble"
    """Send the body in pieces over `dribble_s`."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response, to be sent `delay_s` after its request came in."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (JSON,)
    used_weight: int | None = None
    """Sent as X-MBX-USED-WEIGHT-1M."""
    delay_s: float = 0.0
    ending: Ending = Ending.SEND
    dribble_s: float = 0.0


class VenueError(Exception):
    """A request that the venue refuses with a code of its own."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def body(self) -> bytes:
        """Return the JSON body, as the venue writes it."""
        return error_body(self.code, self.message)


def error_body(code: int, message: str) -> bytes:
    """Return `{"code":…,"msg":…}`."""
    return msgspec.json.encode({"code": code, "msg": message})

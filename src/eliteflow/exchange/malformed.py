"""How a decoder says where an answer is not what the venue documents."""

import re

import msgspec

from eliteflow.errors import MalformedPayload
from eliteflow.messages import text

EXCERPT_BYTES = 80


def malformed(path: str, reason: str, body: bytes) -> MalformedPayload:
    """Return the error for a fault at `path`, which begins with the endpoint's name: `klines $[3][4]`."""
    return MalformedPayload(path, reason, body[:EXCERPT_BYTES].decode("utf-8", "replace"))


def not_json(endpoint: str, error: msgspec.DecodeError, body: bytes) -> MalformedPayload:
    """Return the error for what msgspec refused; its own message ends with the path."""
    reason, _, path = str(error).partition(" - at ")
    where = re.sub(r"`", "", path) or "$"
    return malformed(f"{endpoint} {where}", text("malformed.json", reason=reason.replace("`", "")), body)

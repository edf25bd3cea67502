"""Signatures of requests that concern an account (reference A.11). Pure."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple

from eliteflow.exchange.credentials import Credentials, Secret

KEY_HEADER = "X-MBX-APIKEY"
# The venue's default: a request older than this when it arrives is refused with -1021.
RECEIVE_WINDOW_MS = 5_000


class Signed(NamedTuple):
    """A query with its signature, and the header that names the key. Its `repr` shows neither."""

    query: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return "Signed(***)"


def signature(payload: str, secret: Secret) -> str:
    """Return the HMAC-SHA256 of a query as the venue wants it, in hexadecimal digits."""
    return hmac.new(secret.reveal().encode(), payload.encode(), hashlib.sha256).hexdigest()


def signed(query: str, credentials: Credentials, now_ms: int) -> Signed:
    """Return a query signed at `now_ms`, the venue's time; sign when it is sent, not when it joins a line."""
    payload = f"{query}&" * bool(query) + f"recvWindow={RECEIVE_WINDOW_MS}&timestamp={now_ms}"
    headers = {KEY_HEADER: credentials.api_key.reveal()}
    return Signed(f"{payload}&signature={signature(payload, credentials.api_secret)}", headers)

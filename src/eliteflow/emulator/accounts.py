"""Signed requests: whose key it is, when it was made, and whether the signature is right (reference A.11)."""

import hashlib
import hmac

import msgspec

from eliteflow.emulator.messages import Request, VenueError
from eliteflow.emulator.parameters import Parameters, parse, required, time_of

KEY_HEADER = "x-mbx-apikey"
API_KEY, API_SECRET = "emulator" * 8, "simulated" * 7  # the one account there is; it holds nothing
DEFAULT_WINDOW_MS, LONGEST_WINDOW_MS = 5_000, 60_000
_AHEAD_MS = 1_000

_CONFIG = {
    "feeTier": 0,
    "canTrade": True,
    "canDeposit": True,
    "canWithdraw": False,
    "dualSidePosition": False,
    "updateTime": 0,
    "multiAssetsMargin": False,
    "tradeGroupId": -1,
}


def check_signature(request: Request, now_ms: int) -> None:
    """Raise the venue's refusal of a request that the account did not sign just now."""
    key = request.headers.get(KEY_HEADER)
    if not key:
        raise VenueError(-2014, "API-key format invalid.", status=401)
    if key != API_KEY:
        raise VenueError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)
    parameters = parse(request.query)
    _check_time(parameters, now_ms)
    signed, _, _ = request.query.partition("&signature=")
    right = hmac.new(API_SECRET.encode(), signed.encode() + request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(required(parameters, "signature").encode(), right.encode()):
        raise VenueError(-1022, "Signature for this request is not valid.")


def account_config() -> bytes:
    """Return what accountConfig answers."""
    return msgspec.json.encode(_CONFIG)


def _check_time(parameters: Parameters, now_ms: int) -> None:
    required(parameters, "timestamp")
    made_ms, window_ms = time_of(parameters, "timestamp"), time_of(parameters, "recvWindow")
    assert made_ms is not None
    if made_ms >= now_ms + _AHEAD_MS:
        raise VenueError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - made_ms > min(window_ms or DEFAULT_WINDOW_MS, LONGEST_WINDOW_MS):
        raise VenueError(-1021, "Timestamp for this request is outside of the recvWindow.")

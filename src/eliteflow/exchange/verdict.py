"""What an answer that is not 200 means: one typed error for each case of reference A.6. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from eliteflow.errors import (
    AccessDenied,
    ExchangeError,
    ExchangeUnreachable,
    IPBanned,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
)
from eliteflow.exchange.transport import HttpResponse
from eliteflow.exchange.weight_ledger import BOUNDARY_MARGIN_MS
from eliteflow.exchange.wire import VenueError, decode_venue_error
from eliteflow.messages import text
from eliteflow.model.timeframe import MINUTE_MS

OK = 200
REQUEST_TIMEOUT, RESTRICTED, SERVER_ERRORS = 408, 451, 500
TOO_MANY_REQUESTS = -1003
# The venue's codes for troubles of its own: disconnected, unexpected answer, timeout, throttled (reference A.6).
VENUE_TROUBLES = frozenset((-1001, -1006, -1007, -1008))
SHORTEST_BAN_S = 120.0


def judge(response: HttpResponse, *, host: str, path: str, now_ms: int) -> ExchangeError | None:
    """Return the error that an answer stands for, None for 200. now_ms: the venue's time."""
    if response.status == OK:
        return None
    said = decode_venue_error(response.body)
    match response.status:
        case 418:
            return _ban(response.headers, said, host, now_ms)
        case 429:
            return _rate_limit(response.headers, host, now_ms)
        case status if status == RESTRICTED:
            return RestrictedLocation(host)
        case 403:
            return AccessDenied(host)
        case status if status == REQUEST_TIMEOUT or status >= SERVER_ERRORS:
            return _trouble(status, said, host)
    return _refusal(response, said, host, path, now_ms)


def _refusal(response: HttpResponse, said: VenueError | None, host: str, path: str, now_ms: int) -> ExchangeError:
    if said is None:
        return RequestRejected(path, response.status, text("unreachable.status", status=response.status))
    if said.code == TOO_MANY_REQUESTS:
        if _banned_until_ms(said) is not None:
            return _ban(response.headers, said, host, now_ms)
        return _rate_limit(response.headers, host, now_ms)
    if said.code in VENUE_TROUBLES:
        return _trouble(response.status, said, host)
    return RequestRejected(path, said.code, said.message)


def _trouble(status: int, said: VenueError | None, host: str) -> ExchangeUnreachable:
    # 503 A, "execution unknown", matters for orders alone: reading may always be repeated.
    if said is None:
        return ExchangeUnreachable(host, text("unreachable.status", status=status), status=status)
    reason = text("unreachable.status_message", status=status, venue_message=said.message)
    return ExchangeUnreachable(host, reason, status=status)


def _ban(headers: Mapping[str, str], said: VenueError | None, host: str, now_ms: int) -> IPBanned:
    """Return a ban until the later of what header and message say; two minutes, the shortest there is, if neither."""
    # The answer's own date: before the first synchronisation the machine's clock may be days off.
    venue_now_ms = _date_ms(headers) or now_ms
    until_ms = _banned_until_ms(said)
    told_s = [_retry_after_s(headers), (until_ms - venue_now_ms) / 1000 if until_ms else None]
    wait_s = max((seconds for seconds in told_s if seconds is not None and seconds > 0), default=SHORTEST_BAN_S)
    return IPBanned(host, wait_s, until_ms=until_ms or venue_now_ms + int(wait_s * 1000))


def _rate_limit(headers: Mapping[str, str], host: str, now_ms: int) -> RateLimited:
    to_next_minute_s = (MINUTE_MS - now_ms % MINUTE_MS + BOUNDARY_MARGIN_MS) / 1000
    return RateLimited(host, _retry_after_s(headers) or to_next_minute_s)


def _banned_until_ms(said: VenueError | None) -> int | None:
    found = re.search(r"banned until (\d{13})", said.message) if said else None
    return int(found[1]) if found else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None


def _date_ms(headers: Mapping[str, str]) -> int | None:
    try:
        date = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return int(date.astimezone(UTC).timestamp() * 1000)

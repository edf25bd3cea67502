"""Every error that eliteflow raises on purpose.

    EliteflowError                  .retryable  .retry_after_s  .exit_status
    ├── ConfigError                 a setting or flag that cannot be used
    ├── InvalidArgument             a call that no data could answer (also a ValueError)
    ├── ExchangeError               what the venue, or the way to it, did
    │   ├── ExchangeUnreachable     connect, timeout, 5xx
    │   ├── RateLimited             429
    │   │   └── IPBanned            418, until when
    │   ├── AccessDenied            403, a firewall in front of the venue
    │   │   └── RestrictedLocation  451, the venue does not serve this place
    │   ├── RequestRejected         400 with the venue's code; never retried
    │   └── MalformedPayload        an answer that is not what the venue documents
    ├── CircuitOpen                 nothing is sent until the breaker closes
    ├── FileUnusable                a file of eliteflow's own that cannot be used
    │   ├── StoreUnusable           candles
    │   └── LedgerUnusable          signals
    ├── NotRunning                  no program of eliteflow answers where one was asked for
    └── DataError
        ├── UnknownSymbol           not a trading perpetual; the nearest name
        ├── DataNotReady            fewer closed bars than needed
        ├── StaleData               older than allowed
        ├── DataGap                 bars missing inside a series
        └── CandlesDiffer           what is held is not what the venue has now

The sentence of an error is written from its fields in the language of the process (`eliteflow.messages`),
so callers read attributes, people read `str(error)`.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import ClassVar

from eliteflow.messages import find_text, text

SIMILARITY = 0.5  # below, a name is no help
FieldValue = str | int | float | None
_FLAG_OR_FILE = re.compile(r"--\S+|eliteflow \w+|\S+\.toml|\S*/\S+")  # what no sentence calls a setting
_SERVER_ERRORS = 500
_REQUEST_TIMEOUT = 408


def utc_text(time_ms: int) -> str:
    """Return a time as people read it, `2026-11-23 09:05:00 UTC`."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


class EliteflowError(Exception):
    """Base of all errors of eliteflow. Raised by nobody itself.

    retryable: whether the same call may succeed later without a change by the user.
    retry_after_s: seconds after which it may, where that is known.
    exit_status: status of the command line program that ends with this error.
    """

    message_key: ClassVar[str]
    exit_status: ClassVar[int] = 2
    retryable: bool = False
    retry_after_s: float | None = None

    def __init__(self, **fields: FieldValue) -> None:
        super().__init__()
        self.fields = fields

    def __str__(self) -> str:
        return text(f"error.{self.message_key}", **self.fields)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{type(self).__name__}({fields})"


class ConfigError(EliteflowError):
    """A setting, flag or environment variable cannot be used: `path` names it. Correct it; nothing was started."""

    message_key = "config"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path=path, reason=reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        key = "config_place" if _FLAG_OR_FILE.fullmatch(self.path) else "config"
        return text(f"error.{key}", **self.fields)


class InvalidArgument(EliteflowError, ValueError):
    """A call asked for something that does not exist, as an unknown timeframe or `limit=0`. Correct the call."""

    message_key = "invalid_argument"

    def __init__(self, name: str, *, found: object, wanted: str) -> None:
        super().__init__(name=name, found=repr(found), wanted=wanted)
        self.name = name
        self.found = found
        self.wanted = wanted

    def __str__(self) -> str:
        name = find_text(f"name.{self.name}") or self.name
        return text("error.invalid_argument", **self.fields | {"name": name})


class ExchangeError(EliteflowError):
    """Base of what the venue, or the way to it, did. `host` names the venue's host."""

    exit_status = 3


class ExchangeUnreachable(ExchangeError):
    """No usable answer: refused, reset, timed out, or 5xx. Raised by the client after its retries; try again."""

    message_key = "exchange_unreachable"
    retryable = True

    def __init__(self, host: str, reason: str, *, status: int | None = None) -> None:
        super().__init__(host=host, reason=reason)
        self.host = host
        self.reason = reason
        self.status = status

    def __str__(self) -> str:
        if self.status is None or (self.status < _SERVER_ERRORS and self.status != _REQUEST_TIMEOUT):
            return super().__str__()
        return text("error.exchange_troubled", host=self.host, reason=self.reason.rstrip("."))


class RateLimited(ExchangeError):
    """The venue answered 429: this address spent more than it may. Wait `retry_after_s`, then go on slowly."""

    message_key = "rate_limited"
    exit_status = 4
    retryable = True

    def __init__(self, host: str, retry_after_s: float) -> None:
        super().__init__(host=host, retry_after_s=round(retry_after_s, 1))
        self.host = host
        self.retry_after_s = retry_after_s


class IPBanned(RateLimited):
    """The venue answered 418: this address is banned until `until_ms`. Nothing may be sent before."""

    message_key = "ip_banned"

    def __init__(self, host: str, retry_after_s: float, *, until_ms: int) -> None:
        super().__init__(host, retry_after_s)
        self.until_ms = until_ms
        self.fields |= {"until": utc_text(until_ms)}


class AccessDenied(ExchangeError):
    """403: a firewall in front of the venue refused the request. Stop, and look at the address or proxy used."""

    message_key = "access_denied"
    exit_status = 6

    def __init__(self, host: str) -> None:
        super().__init__(host=host)
        self.host = host


class RestrictedLocation(AccessDenied):
    """451: the venue does not serve this place. Run from a permitted region or through a proxy; retrying is useless."""

    message_key = "restricted_location"
    exit_status = 5


class RequestRejected(ExchangeError):
    """The venue refused this one request with its own `code` and `venue_message`. Never retried."""

    message_key = "request_rejected"

    def __init__(self, path: str, code: int, venue_message: str) -> None:
        super().__init__(path=path, code=code, venue_message=venue_message)
        self.path = path
        self.code = code
        self.venue_message = venue_message


class MalformedPayload(ExchangeError):
    """An answer is not what the venue documents: `path` says where, `excerpt` shows it. One retry may help."""

    message_key = "malformed_payload"
    retryable = True

    def __init__(self, path: str, reason: str, excerpt: str = "") -> None:
        super().__init__(path=path, reason=reason, excerpt=excerpt)
        self.path = path
        self.reason = reason
        self.excerpt = excerpt


class CircuitOpen(EliteflowError):
    """The circuit breaker holds all requests to `host` back for `retry_after_s`; nothing was sent."""

    message_key = "circuit_open"
    exit_status = 3
    retryable = True

    def __init__(self, host: str, retry_after_s: float) -> None:
        super().__init__(host=host, retry_after_s=round(retry_after_s))
        self.host = host
        self.retry_after_s = retry_after_s


class FileUnusable(EliteflowError):
    """Base of files of eliteflow's own that cannot be used: which one is at `path`, and `reason` says why."""

    exit_status = 7

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path=path, reason=reason)
        self.path = path
        self.reason = reason


class StoreUnusable(FileUnusable):
    """The candles on disk cannot be used: damaged, of another venue or version. A running program goes on without."""

    message_key = "store_unusable"


class LedgerUnusable(FileUnusable):
    """The file of signals cannot be used: damaged, of another venue or version. Move it, or name another folder."""

    message_key = "ledger_unusable"


class NotRunning(EliteflowError):
    """Nobody, or somebody else, answers at `address`, where a running program was asked for its status."""

    message_key = "not_running"
    exit_status = 3
    retryable = True

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address=address, reason=reason)
        self.address = address
        self.reason = reason


class DataError(EliteflowError):
    """Base of what is wrong with candles that should be there."""

    exit_status = 3


class UnknownSymbol(DataError):
    """`symbol` is not a trading perpetual of the universe; `nearest` is the most similar one that is, or None."""

    message_key = "unknown_symbol"
    exit_status = 2

    def __init__(self, symbol: str, nearest: str | None = None) -> None:
        super().__init__(symbol=symbol, nearest=nearest)
        self.symbol = symbol
        self.nearest = nearest

    @classmethod
    def among(cls, symbol: str, names: Iterable[str]) -> "UnknownSymbol":
        """Return the error for `symbol` with the most similar of `names` as the nearest."""
        others = [name for name in names if name != symbol]
        return cls(symbol, next(iter(get_close_matches(symbol, others, 1, SIMILARITY)), None))

    def __str__(self) -> str:
        return super().__str__() if self.nearest else text("error.unknown_symbol_alone", symbol=self.symbol)


class DataNotReady(DataError):
    """Fewer closed bars are known (`have`) than needed (`need`). Wait for the backfill."""

    message_key = "data_not_ready"
    retryable = True

    def __init__(self, symbol: str, timeframe: str, *, have: int, need: int) -> None:
        super().__init__(symbol=symbol, timeframe=timeframe, have=have, need=need)
        self.symbol = symbol
        self.timeframe = timeframe
        self.have = have
        self.need = need


class StaleData(DataError):
    """The newest bar is `age_s` old, more than `limit_s`. The venue did not send a newer one."""

    message_key = "stale_data"
    retryable = True

    def __init__(self, symbol: str, timeframe: str, *, age_s: float, limit_s: float) -> None:
        super().__init__(symbol=symbol, timeframe=timeframe, age_s=round(age_s, 1), limit_s=round(limit_s, 1))
        self.symbol = symbol
        self.timeframe = timeframe
        self.age_s = age_s
        self.limit_s = limit_s


class DataGap(DataError):
    """`missing` bars are absent inside a series, the first at `first_missing_ms`. Ask again: gaps are refetched."""

    message_key = "data_gap"
    retryable = True

    def __init__(self, symbol: str, timeframe: str, *, missing: int, first_missing_ms: int) -> None:
        super().__init__(symbol=symbol, timeframe=timeframe, missing=missing, first_missing=utc_text(first_missing_ms))
        self.symbol = symbol
        self.timeframe = timeframe
        self.missing = missing
        self.first_missing_ms = first_missing_ms


class CandlesDiffer(DataError):
    """Of `bars` bars that are held, `differ` are not as the venue has them now. Raised by `candles --verify` alone."""

    message_key = "candles_differ"
    exit_status = 7

    def __init__(self, symbol: str, timeframe: str, *, bars: int, differ: int) -> None:
        super().__init__(symbol=symbol, timeframe=timeframe, bars=bars, differ=differ)
        self.symbol = symbol
        self.timeframe = timeframe
        self.bars = bars
        self.differ = differ

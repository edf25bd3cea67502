"""What became of the requests that left for the venue."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from eliteflow.errors import (
    AccessDenied,
    ExchangeUnreachable,
    IPBanned,
    MalformedPayload,
    RateLimited,
    RequestRejected,
    RestrictedLocation,
)

# The first that fits counts, so a class stands before its base.
NAMES: Mapping[type[BaseException], str] = {
    ExchangeUnreachable: "unreachable",
    IPBanned: "banned",
    RateLimited: "rate_limited",
    RestrictedLocation: "restricted",
    AccessDenied: "denied",
    RequestRejected: "rejected",
    MalformedPayload: "malformed",
}


class RequestOutcomes:
    """Counts each request under one name: `ok`, that of its error, or `cancelled` by whoever asked."""

    def __init__(self) -> None:
        self._counts = Counter(dict.fromkeys(("ok", *NAMES.values(), "cancelled"), 0))

    @contextmanager
    def of_request(self) -> Iterator[None]:
        """Count what becomes of the block, which is one request from its leaving to its decoded answer."""
        try:
            yield
        except BaseException as error:
            self._counts[outcome_of(error)] += 1
            raise
        self._counts["ok"] += 1

    def snapshot(self) -> Mapping[str, int]:
        """Return how many requests ended in each way."""
        return dict(self._counts)


def outcome_of(error: BaseException) -> str:
    """Return the name under which a request counts that ended with this error."""
    return next((name for kind, name in NAMES.items() if isinstance(error, kind)), "cancelled")

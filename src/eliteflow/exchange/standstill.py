"""What the venue told this address to do: send nothing, and until when. Pure."""

from typing import NamedTuple

from eliteflow.errors import AccessDenied, ExchangeError, IPBanned, RateLimited, RestrictedLocation

# A firewall's refusal may pass by itself, a place does not move; one request asks again after this long.
DENIED_S = 300.0
RESTRICTED_S = 3600.0
# A wait for the next clock minute is served in the line of the weight budget; nobody is kept for longer than this.
LONGEST_WAIT_S = 90.0


class Refusal(NamedTuple):
    """What the venue answered that stops every request, and until when it is obeyed, in the venue's time."""

    error: ExchangeError
    until_ms: int


class Standstill:
    """Remembers the refusal that concerns every request, so that nothing is sent while it lasts."""

    def __init__(self) -> None:
        self._refusal: ExchangeError | None = None
        self.until_ms = 0

    def enter(self, error: ExchangeError, now_ms: int, *, for_s: float | None = None) -> bool:
        """Take in what the venue answered; return whether it is news that all must stop.

        for_s: for how long, where it is not for as long as such an answer stops a program that got it itself.
        """
        until_ms = now_ms + int((_stop_s(error) if for_s is None else for_s) * 1000)
        if until_ms <= max(now_ms, self.until_ms):
            return False
        is_news = now_ms >= self.until_ms or type(error) is not type(self._refusal)
        self._refusal, self.until_ms = error, until_ms
        return is_news

    def refusal(self, now_ms: int) -> ExchangeError | None:
        """Return the error to raise instead of sending, with the time that is left; None when requests may go."""
        if now_ms >= self.until_ms:
            return None
        left_s = (self.until_ms - now_ms) / 1000
        match self._refusal:
            case IPBanned(host=host, until_ms=until_ms):
                return IPBanned(host, left_s, until_ms=until_ms)
            case RateLimited(host=host):
                return RateLimited(host, left_s)
            case AccessDenied(host=host) as refusal:
                again = type(refusal)(host)
                again.retry_after_s = left_s
                return again
        return None


def _stop_s(error: ExchangeError) -> float:
    match error:
        case IPBanned():
            return error.retry_after_s or 0.0
        case RateLimited():
            wait_s = error.retry_after_s or 0.0
            return wait_s if wait_s > LONGEST_WAIT_S else 0.0
        case RestrictedLocation():
            return RESTRICTED_S
        case AccessDenied():
            return DENIED_S
    return 0.0

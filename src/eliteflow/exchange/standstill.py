"""What the venue told this address to do: send nothing, and until when. Pure."""

from typing import NamedTuple

from eliteflow.errors import AccessDenied, ExchangeError, IPBanned, RateLimited, RestrictedLocation
from eliteflow.exchange.shared_book import REFUSED_MS

# After a 403 or 451 one request asks again: first after as long as it is kept on disk for whoever starts next, then
# after twice as long each time. A firewall's refusal may pass by itself, a place does not move.
FIRST_PAUSE_S = REFUSED_MS / 1000
LONGEST_DENIED_S, LONGEST_RESTRICTED_S = 300.0, 3_600.0
# So long the others wait for the answer to the one that asks.
PROBE_S = 10.0
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
        self._denials = 0
        self._probe_ms: int | None = None

    def enter(self, error: ExchangeError, now_ms: int, *, for_s: float | None = None) -> bool:
        """Take in what the venue answered; return whether it is news that all must stop.

        for_s: for how long, where it is not for as long as such an answer stops a program that got it itself.
        """
        is_news = now_ms >= self.until_ms or self._probe_ms is not None or type(error) is not type(self._refusal)
        is_own_denial = for_s is None and isinstance(error, AccessDenied)
        # Of a burst that is refused one answer counts, also where another program has told of the refusal before.
        denials = max(1, self._denials + is_news) if is_own_denial else self._denials
        until_ms = now_ms + int((_stop_s(error, denials) if for_s is None else for_s) * 1000)
        if until_ms <= max(now_ms, self.until_ms):
            return False
        self._refusal, self.until_ms, self._denials, self._probe_ms = error, until_ms, denials, None
        return is_news

    def admit(self, now_ms: int) -> ExchangeError | None:
        """Return `refusal`; where a 403 or 451 has been waited out, let this one request go and ask, and no other."""
        if (error := self.refusal(now_ms)) is None and isinstance(self._refusal, AccessDenied):
            self._probe_ms, self.until_ms = now_ms, now_ms + int(PROBE_S * 1000)
        return error

    def served(self, sent_ms: int) -> None:
        """Note that a request sent at `sent_ms` was served: if it is the one that asks, all may go again."""
        if self._probe_ms is not None and sent_ms >= self._probe_ms:
            self._refusal, self.until_ms, self._denials, self._probe_ms = None, 0, 0, None

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


def _stop_s(error: ExchangeError, denials: int) -> float:
    """Return for how long such an answer stops a program. denials: how often in a row it was refused, this included."""
    growing_s = FIRST_PAUSE_S * 2.0 ** min(denials - 1, 16)
    match error:
        case IPBanned():
            return error.retry_after_s or 0.0
        case RateLimited():
            wait_s = error.retry_after_s or 0.0
            return wait_s if wait_s > LONGEST_WAIT_S else 0.0
        case RestrictedLocation():
            return min(LONGEST_RESTRICTED_S, growing_s)
        case AccessDenied():
            return min(LONGEST_DENIED_S, growing_s)
    return 0.0

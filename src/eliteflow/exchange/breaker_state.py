"""When a circuit breaker lets requests through. Pure."""

from eliteflow.model.breaker import Circuit

# How long the others wait for the probe's answer before they ask again.
PROBE_PATIENCE_S = 1.0


class BreakerState:
    """Opens after `failures` failures in a row, for `open_s`; then one probe decides. Times are steady seconds.

    An outcome counts only when its request was sent after the last failure: two hundred requests that die in one blip
    of the network are one piece of news, and an answer from before the blip is none. A symbol that fails again while
    others were answered lately is none either: what is wrong is that symbol, not the venue.
    """

    def __init__(self, failures: int, open_s: float) -> None:
        self.circuit = Circuit.CLOSED
        self._allowed_failures = failures
        self._open_s = open_s
        self._failures = 0
        self._last_failure_s = float("-inf")
        self._last_success_s = float("-inf")
        self._failed_subject = ""
        self._open_until_s = 0.0

    def admit(self, now_s: float) -> float:
        """Return 0 when a request may go, else after how many seconds to ask again; a probe is entered as under way."""
        if self.circuit is Circuit.CLOSED:
            return 0.0
        if self.circuit is Circuit.HALF_OPEN:
            return PROBE_PATIENCE_S
        if now_s < self._open_until_s:
            return self._open_until_s - now_s
        self.circuit = Circuit.HALF_OPEN
        return 0.0

    def wait_s(self, now_s: float) -> float:
        """Return after how many seconds a request may go, 0 for now; nothing changes."""
        return max(0.0, self._open_until_s - now_s) if self.circuit is Circuit.OPEN else 0.0

    def succeeded(self, sent_s: float) -> bool:
        """Enter an answer of the venue; return whether it closed the breaker."""
        if sent_s < self._last_failure_s:
            return False
        was_closed = self.circuit is Circuit.CLOSED
        self.circuit = Circuit.CLOSED
        self._failures = 0
        self._last_success_s = sent_s
        return not was_closed

    def failed(self, sent_s: float, now_s: float, subject: str = "") -> bool:
        """Enter a failure of the venue or the way to it; return whether it opened the breaker.

        subject: the symbol that was asked about, if it was one.
        """
        if self.circuit is Circuit.CLOSED and self._is_the_symbols_own(subject, now_s):
            return False
        self._failed_subject = subject
        if sent_s >= self._last_failure_s:
            self._last_failure_s = now_s
            self._failures += 1
        if self.circuit is Circuit.OPEN:
            return False
        if self.circuit is Circuit.CLOSED and self._failures < self._allowed_failures:
            return False
        self.circuit = Circuit.OPEN
        self._open_until_s = now_s + self._open_s
        return True

    def _is_the_symbols_own(self, subject: str, now_s: float) -> bool:
        answered_lately = now_s - self._last_success_s < self._open_s
        return subject != "" and subject == self._failed_subject and answered_lately

    def abandoned(self, now_s: float) -> None:
        """Enter a probe that ended without news, as one that was cancelled: the next request probes."""
        if self.circuit is Circuit.HALF_OPEN:
            self.circuit = Circuit.OPEN
            self._open_until_s = now_s

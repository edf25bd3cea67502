"""Stops sending to a venue that does not answer, and asks again a minute later."""

from types import TracebackType

from eliteflow.clock import Clock
from eliteflow.errors import CircuitOpen, ExchangeUnreachable
from eliteflow.exchange.breaker_state import BreakerState
from eliteflow.model.breaker import BreakerSnapshot, Circuit
from eliteflow.model.priority import Priority
from eliteflow.telemetry.log import EventLog


class CircuitBreaker:
    """The async shell of `BreakerState` for one host.

    Only `ExchangeUnreachable` (no connection, no answer in time, 5xx) counts as a failure: a refusal is an answer, and
    one symbol's damaged body says nothing of the venue. Closing a position (`Priority.ORDER`) is never held back.
    """

    def __init__(self, host: str, clock: Clock, *, failures: int = 5, open_s: float = 60.0) -> None:
        self.host = host
        self._clock = clock
        self._state = BreakerState(failures, open_s)
        self._open_s = open_s
        self._log = EventLog("CircuitBreaker")

    def __repr__(self) -> str:
        return f"<CircuitBreaker {self.host} {self._state.circuit}>"

    def guard(self, priority: Priority = Priority.INTERACTIVE, subject: str = "") -> "Guard":
        """Return an async context manager for one request; entering raises CircuitOpen before anything is sent.

        subject: the symbol that the request asks about, if it is one.
        """
        return Guard(self, priority, subject)

    def check(self, priority: Priority) -> None:
        """Raise CircuitOpen if a request had to wait now; no probe is taken."""
        if self._state.circuit is Circuit.OPEN and priority is not Priority.ORDER:
            wait_s = self._state.wait_s(self._clock.steady_s())
            if wait_s > 0:
                raise CircuitOpen(self.host, wait_s)

    def snapshot(self) -> BreakerSnapshot:
        """Return the breaker as it stands now."""
        return BreakerSnapshot(self.host, self._state.circuit, self._state.wait_s(self._clock.steady_s()))

    def _enter(self, priority: Priority) -> float:
        now_s = self._clock.steady_s()
        if self._state.circuit is not Circuit.CLOSED and priority is not Priority.ORDER:
            wait_s = self._state.admit(now_s)
            if wait_s > 0:
                raise CircuitOpen(self.host, wait_s)
        return now_s

    def _leave(self, sent_s: float, subject: str, error: BaseException | None) -> None:
        if isinstance(error, ExchangeUnreachable):
            if self._state.failed(sent_s, self._clock.steady_s(), subject):
                self._log.write("breaker.opened", host=self.host, retry_after_s=self._open_s, reason=error.reason)
        elif error is None or isinstance(error, Exception):
            if self._state.succeeded(sent_s):
                self._log.write("breaker.closed", host=self.host)
        else:
            self._state.abandoned(self._clock.steady_s())


class Guard:
    """One request's passage through the breaker."""

    __slots__ = ("_breaker", "_priority", "_sent_s", "_subject")

    def __init__(self, breaker: CircuitBreaker, priority: Priority, subject: str) -> None:
        self._breaker = breaker
        self._priority = priority
        self._subject = subject
        self._sent_s = 0.0

    async def __aenter__(self) -> None:
        self._sent_s = self._breaker._enter(self._priority)  # noqa: SLF001  # the two are one thing

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._breaker._leave(self._sent_s, self._subject, error)  # noqa: SLF001

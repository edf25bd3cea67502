"""The way of one request to the venue: standstill → weight → breaker → transport → verdict, then repetition."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from eliteflow.clock import Clock
from eliteflow.errors import AccessDenied, ExchangeError, IPBanned, RateLimited, RestrictedLocation, utc_text
from eliteflow.exchange.circuit_breaker import CircuitBreaker
from eliteflow.exchange.credentials import Credentials, required_credentials
from eliteflow.exchange.endpoints import Call
from eliteflow.exchange.request_outcomes import RequestOutcomes
from eliteflow.exchange.retry import is_worth_repeating, repeat
from eliteflow.exchange.signing import signed
from eliteflow.exchange.standstill import Refusal, Standstill
from eliteflow.exchange.transport import HttpRequest, HttpResponse, HttpTransport
from eliteflow.exchange.verdict import OK, RESTRICTED, judge
from eliteflow.exchange.weight_budget import WeightBudget, WeightLease
from eliteflow.model.priority import Priority
from eliteflow.model.spend import Spend
from eliteflow.telemetry.histogram import Histogram
from eliteflow.telemetry.log import EventLog
from eliteflow.telemetry.metrics import REQUEST_S

T = TypeVar("T")

WEIGHT_HEADER = "x-mbx-used-weight-1m"
EMULATOR = "eliteflow-emulator"  # how our emulator calls itself in the `server` header, so that no report forgets it


class Answer(NamedTuple):
    """The body of an answer of status 200, and when its request left and it came, on the steady clock."""

    body: bytes
    sent_s: float
    received_s: float


class RestChannel:
    """Sends calls for data over one transport and returns what `decode` makes of their answers.

    credentials: asked for when a call has to be signed; may raise ConfigError.
    timeout_s: for one answer; no repetition begins later than half as long after the first failure.
    took: how long answers took, whatever they said, in seconds.
    """

    def __init__(
        self,
        transport: HttpTransport,
        clock: Clock,
        budget: WeightBudget,
        breaker: CircuitBreaker,
        *,
        timeout_s: float,
        credentials: Callable[[], Credentials] = required_credentials,
    ) -> None:
        self.transport = transport
        self.budget = budget
        self.breaker = breaker
        self._clock = clock
        self._timeout_s = timeout_s
        self._credentials = credentials
        self._standstill = Standstill()
        self.speaks_to_emulator = False
        self.outcomes = RequestOutcomes()
        self.took = Histogram(REQUEST_S)
        self._requests = 0
        self._weight = 0
        self._log = EventLog("BinanceClient")
        if budget.shared is not None:
            budget.shared.on_ban = self._hear_of_ban
            budget.shared.on_refusal = self._hear_of_refusal

    async def get(
        self,
        call: Call,
        decode: Callable[[Answer], T],
        priority: Priority,
        on_sent: Callable[[], None] | None = None,
    ) -> T:
        """Return what `decode` makes of the answer; raise ExchangeError, of `decode` too, or CircuitOpen.

        on_sent: called whenever the request leaves, each repetition too.
        """
        try:
            return await self._once(call, decode, priority, on_sent)
        except ExchangeError as error:
            if not is_worth_repeating(error):
                raise
            failure = error
        return await repeat(
            lambda: self._once(call, decode, priority, on_sent), failure, self._clock, within_s=self._timeout_s / 2
        )

    def refusal(self) -> Refusal | None:
        """Return the refusal that lasts and concerns every request; None while the venue serves us."""
        error = self._standstill.refusal(self._clock.now_ms())
        return None if error is None else Refusal(error, self._standstill.until_ms)

    def spend(self) -> Spend:
        """Return how many requests were sent, and their weight as the venue documents it."""
        return Spend(self._requests, self._weight)

    async def _once(
        self, call: Call, decode: Callable[[Answer], T], priority: Priority, on_sent: Callable[[], None] | None
    ) -> T:
        self._refuse_while_stopped()
        self.breaker.check(priority)
        return await self._exchange(call, decode, priority, on_sent)

    async def _exchange(
        self, call: Call, decode: Callable[[Answer], T], priority: Priority, on_sent: Callable[[], None] | None
    ) -> T:
        """Return what `decode` makes of the venue's answer of status 200."""
        async with self.budget.lease(call.weight, priority) as lease:
            if self._standstill.until_ms and (refusal := self._standstill.admit(self._clock.now_ms())) is not None:
                raise refusal
            request = self._request(call)
            async with self.breaker.guard(priority, call.subject):
                with self.outcomes.of_request():
                    return decode(await self._answer(call, request, lease, on_sent))

    async def _answer(
        self, call: Call, request: HttpRequest, lease: WeightLease, on_sent: Callable[[], None] | None
    ) -> Answer:
        lease.sent()
        if on_sent is not None:
            on_sent()
        if not call.is_overhead:
            self._requests += 1
            self._weight += call.weight
        asked_ms = self._clock.now_ms() if self._standstill.until_ms else 0
        sent_s = self._clock.steady_s()
        response = await self.transport.send(request, timeout_s=self._timeout_s)
        received_s = self._clock.steady_s()
        self.took.observe(received_s - sent_s)
        lease.answered(_counter(response))
        self.speaks_to_emulator |= response.headers.get("server") == EMULATOR
        if response.status != OK:
            self._refuse(call, response)
        self._standstill.served(asked_ms)
        return Answer(response.body, sent_s, received_s)

    def _request(self, call: Call) -> HttpRequest:
        if not call.is_signed:
            return HttpRequest("GET", call.path, call.query)
        # Now, as it leaves: the venue refuses a signature that has waited in a line.
        query, headers = signed(call.query, self._credentials(), self._clock.now_ms())
        return HttpRequest("GET", call.path, query, headers)

    def _refuse(self, call: Call, response: HttpResponse) -> None:
        """Raise what the answer stands for, after everybody whom it concerns has been stopped."""
        now_ms = self._clock.now_ms()
        error = judge(response, host=self.transport.host, path=call.path, now_ms=now_ms)
        assert error is not None
        is_news = self._standstill.enter(error, now_ms)
        if type(error) is RateLimited:
            is_news |= not self.budget.is_held
            self.budget.hold(now_ms + int((error.retry_after_s or 0.0) * 1000))
        self._write_down(error, response.status)
        if (stop := self._standstill.refusal(now_ms)) is not None:
            error.retry_after_s = stop.retry_after_s
            self.budget.turn_away(lambda: self._standstill.refusal(now_ms) or error)
        if is_news:
            self._write(error)
        raise error

    def _write_down(self, error: ExchangeError, status: int) -> None:
        """Let the user's other programs know, and the next run of this one."""
        if self.budget.shared is None:
            return
        if isinstance(error, IPBanned):
            self.budget.shared.enter_ban(error.until_ms, int((error.retry_after_s or 0.0) * 1000))
        elif isinstance(error, AccessDenied):
            self.budget.shared.enter_refusal(status)

    def _hear_of_ban(self, left_ms: int, until_ms: int) -> None:
        """Take in a ban that another program met, or an earlier run of this one."""
        now_ms = self._clock.now_ms()
        error = IPBanned(self.transport.host, left_ms / 1000, until_ms=until_ms)
        if self._standstill.enter(error, now_ms):
            self._write(error)
        self.budget.turn_away(lambda: self._standstill.refusal(now_ms) or error)

    def _hear_of_refusal(self, status: int, left_ms: int) -> None:
        """Take in a 403 or 451 that another program met, or an earlier run of this one."""
        now_ms, host = self._clock.now_ms(), self.transport.host
        error = RestrictedLocation(host) if status == RESTRICTED else AccessDenied(host)
        if self._standstill.enter(error, now_ms, for_s=left_ms / 1000):
            self._log.write("rest.held", host=host, status=status, retry_after_s=left_ms / 1000)
        self.budget.turn_away(lambda: self._standstill.refusal(now_ms) or error)

    def _refuse_while_stopped(self) -> None:
        if self._standstill.until_ms and (refusal := self._standstill.refusal(self._clock.now_ms())) is not None:
            raise refusal

    def _write(self, error: ExchangeError) -> None:
        match error:
            case IPBanned(host=host, until_ms=until_ms):
                self._log.write("rest.banned", host=host, until=utc_text(until_ms))
            case RateLimited(host=host, retry_after_s=retry_after_s):
                self._log.write("rest.rate_limited", host=host, retry_after_s=retry_after_s)
            case RestrictedLocation(host=host, retry_after_s=retry_after_s):
                self._log.write("rest.restricted", host=host, retry_after_s=retry_after_s)
            case AccessDenied(host=host, retry_after_s=retry_after_s):
                self._log.write("rest.denied", host=host, retry_after_s=retry_after_s)


def _counter(response: HttpResponse) -> int | None:
    value = response.headers.get(WEIGHT_HEADER, "")
    return int(value) if value.isdecimal() else None

"""Lets requests go only while the venue's weight, and the connections, have room for them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from eliteflow.clock import Clock
from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.in_flight_limit import InFlightLimit, InFlightSnapshot
from eliteflow.exchange.waiting_line import WaitingLine
from eliteflow.exchange.weight_ledger import DEFAULT_LIMIT, Lease, WeightLedger
from eliteflow.exchange.weight_share import WeightShare
from eliteflow.model.priority import Priority
from eliteflow.telemetry.log import EventLog

# The pause at a minute's boundary is nobody's concern.
WORTH_TELLING_S = 1.0

WaitObserver = Callable[[float, int], None]


@dataclass(frozen=True, slots=True)
class WeightSnapshot:
    """The budget at one instant, in the venue's weight of the present clock minute.

    spent: by this address as far as is known, requests under way included. ceiling: what may be spent of `limit`.
    others_peak: the most that others on this address spent in one minute lately; our own programs are not others as
        long as `is_shared`, when they all lease weight from one book.
    in_flight, waiting: requests. wait_s: seconds to the next weight window, 0 while nothing waits for it.
    room: how many may be in flight, and what the venue brought at which load.
    """

    limit: int
    ceiling: int
    spent: int
    others_peak: int
    in_flight: int
    waiting: int
    wait_s: float
    room: InFlightSnapshot
    is_shared: bool = False


class WeightBudget:
    """The async shell of `WeightLedger`: each request is sent inside a lease.

    clock: the venue's time. limit: weight a minute, until exchangeInfo tells. share: part of it that may be spent.
    max_in_flight: leases out at the same time; fewer where more bring less, unless `is_tuned` is False.
    on_wait: called with seconds and weight when a window is waited for.
    shared: through which it shares the weight with the user's other programs; None counts alone.

    The more urgent class goes first, first come, first served inside a class. The first request of all goes alone, so
    that the venue's counter is known before any burst. Belongs to one event loop at a time.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit: int = DEFAULT_LIMIT,
        share: float = 0.9,
        max_in_flight: int = 256,
        is_tuned: bool = True,
        on_wait: WaitObserver | None = None,
        shared: WeightShare | None = None,
    ) -> None:
        self.on_wait = on_wait
        self.shared = shared
        self._clock = clock
        self._ledger = WeightLedger(limit, share)
        self._room = InFlightLimit(max_in_flight, is_fixed=not is_tuned)
        self._in_flight = 0
        self._under_way = 0
        self._line: WaitingLine[_Ticket] = WaitingLine()
        self._window_ms = 0
        self._timer: asyncio.TimerHandle | None = None
        self._log = EventLog("WeightBudget")
        if shared is not None:
            self._ledger.is_shared = True
            shared.on_change = self._share_changed

    def __repr__(self) -> str:
        now = self.snapshot()
        return f"<WeightBudget {now.spent}/{now.ceiling} spent, {now.in_flight} in flight, {now.waiting} waiting>"

    @property
    def limit(self) -> int:
        """The venue's limit per minute, as far as is known."""
        return self._ledger.limit

    def set_limit(self, limit: int) -> None:
        """Take over the venue's limit per minute."""
        self._ledger.limit = limit

    def hold(self, until_ms: int) -> None:
        """Send nothing before `until_ms`, the venue's time; afterwards one request goes ahead of all others."""
        self._ledger.hold(until_ms)

    def lease(self, weight: int, priority: Priority = Priority.INTERACTIVE) -> "WeightLease":
        """Return an async context manager that is entered when there is room for a request of this weight."""
        return WeightLease(self, weight, priority)

    def turn_away(self, reason: Callable[[], Exception]) -> None:
        """Raise `reason()` in all who wait: nothing may be sent for longer than anybody should wait."""
        for ticket in self._line.clear():
            ticket.turn.set_exception(reason())
        self._stop_timer()

    def snapshot(self) -> WeightSnapshot:
        """Return the budget as it stands now."""
        now_ms, is_shared = self._clock.now_ms(), self._ledger.is_shared
        return WeightSnapshot(
            limit=self._ledger.limit,
            ceiling=self._ledger.ceiling,
            spent=self._ledger.spent(now_ms),
            others_peak=self.shared.strangers_peak if self.shared and is_shared else self._ledger.others_peak(now_ms),
            in_flight=self._in_flight,
            waiting=sum(1 for _ in self._line),
            wait_s=max(0.0, (self._window_ms - now_ms) / 1000) if self._timer else 0.0,
            room=self._room.snapshot(self._clock.steady_s()),
            is_shared=is_shared,
        )

    async def close_minute(self) -> bool:
        """Tell our other programs what this one spent in the minute that ends; return whether it shall look once more.

        The look is any request: its answer carries the venue's counter.
        """
        if self.shared is None:
            return True
        return await self.shared.close_minute(self._clock.now_ms(), self._ledger)

    @property
    def is_held(self) -> bool:
        """Whether a `hold` lasts."""
        return self.held_s > 0

    @property
    def held_s(self) -> float:
        """Seconds that a `hold` still lasts, 0 without one."""
        return self._ledger.held_ms(self._clock.now_ms()) / 1000

    async def _take(self, weight: int, priority: Priority) -> Lease:
        if not self._line.has_to_join(priority) and self._in_flight < self._room.allowed:
            now_ms = self._clock.now_ms()
            if self._wait_ms(weight, priority, now_ms) == 0:
                return self._reserve(weight, now_ms)
        return await self._wait(_Ticket(weight, priority, asyncio.get_running_loop().create_future()))

    def _wait_ms(self, weight: int, priority: Priority, now_ms: int) -> int | None:
        """Return how long to wait: for the venue's window, then for a lease of our programs; None until news come."""
        wait_ms = self._ledger.wait_ms(weight, priority, now_ms)
        if wait_ms != 0 or self.shared is None:
            return wait_ms
        return self.shared.wait_ms(weight, priority, now_ms, self._ledger, self._demand)

    def _demand(self) -> int:
        return sum(ticket.weight for ticket in self._line)

    def _share_changed(self) -> None:
        assert self.shared is not None
        self._ledger.is_shared = not self.shared.is_alone(self._clock.now_ms())
        self._advance()

    def _settle(self, lease: Lease, counter: int | None, *, answered: bool) -> None:
        self._in_flight -= 1
        self._ledger.settle(lease, self._clock.now_ms(), counter=counter, answered=answered)
        self._advance()

    def _depart(self) -> tuple[int, float]:
        """Return how many are under way now that another one leaves, and when that is. Leases are given in bursts."""
        self._under_way += 1
        return self._under_way, self._clock.steady_s()

    def _measure(self, under_way: int, sent_s: float, error: BaseException | None) -> None:
        """Learn how long a request took at this load, or that the venue could not serve it."""
        self._under_way -= 1
        now_s = self._clock.steady_s()
        if isinstance(error, ExchangeUnreachable):
            self._room.failed(under_way, now_s)
        elif error is None or isinstance(error, Exception):  # one that was cancelled tells nothing of the venue
            self._room.answered(under_way, now_s - sent_s, now_s)

    def _give_back(self, lease: Lease) -> None:
        self._in_flight -= 1
        self._ledger.give_back(lease)
        self._advance()

    async def _wait(self, ticket: "_Ticket") -> Lease:
        self._line.join(ticket, ticket.priority)
        self._advance()
        try:
            return await ticket.turn
        except asyncio.CancelledError:
            # The turn may have come in the very moment of the cancellation.
            if ticket.turn.done() and not ticket.turn.cancelled() and ticket.turn.exception() is None:
                self._give_back(ticket.turn.result())
            else:
                self._advance()
            raise

    def _advance(self) -> None:
        """Give leases to those in front while there is room, then see to it that somebody comes back."""
        while self._in_flight < self._room.allowed and (ticket := self._line.first()) is not None:
            now_ms = self._clock.now_ms()
            wait_ms = self._wait_ms(ticket.weight, ticket.priority, now_ms)
            if wait_ms != 0:
                if wait_ms is not None:
                    self._come_back(now_ms + wait_ms, wait_ms / 1000)
                return
            self._line.leave()
            ticket.turn.set_result(self._reserve(ticket.weight, now_ms))
        if self._timer and self._line.first() is None:
            self._stop_timer()

    def _reserve(self, weight: int, now_ms: int) -> Lease:
        self._in_flight += 1
        return self._ledger.reserve(weight, now_ms)

    def _come_back(self, window_ms: int, wait_s: float) -> None:
        if self._timer and self._window_ms == window_ms:
            return
        self._stop_timer()
        if self._window_ms != window_ms:
            self._window_ms = window_ms
            if wait_s >= WORTH_TELLING_S:
                self._tell(wait_s)
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._window_opens)

    def _window_opens(self) -> None:
        self._timer = None
        self._advance()

    def _tell(self, wait_s: float) -> None:
        weight = self._demand()
        if not self.is_held:  # else the venue's refusal has been written already
            self._log.write("weight.waiting", wait_s=wait_s, weight=weight)
        if self.on_wait is not None:
            self.on_wait(wait_s, weight)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class WeightLease:
    """Weight for one request, for the length of an `async with`. Left before `sent`, it costs nothing."""

    __slots__ = ("_budget", "_counter", "_departure", "_is_answered", "_is_sent", "_lease", "_priority", "_weight")

    _lease: Lease
    _departure: tuple[int, float]

    def __init__(self, budget: WeightBudget, weight: int, priority: Priority) -> None:
        self._budget = budget
        self._weight = weight
        self._priority = priority
        self._is_sent = self._is_answered = False
        self._counter: int | None = None

    async def __aenter__(self) -> Self:
        self._lease = await self._budget._take(self._weight, self._priority)  # noqa: SLF001  # the two are one thing
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_sent:
            self._budget._measure(*self._departure, error)  # noqa: SLF001
            self._budget._settle(self._lease, self._counter, answered=self._is_answered)  # noqa: SLF001
        else:
            self._budget._give_back(self._lease)  # noqa: SLF001

    def sent(self) -> None:
        """Say that the request goes out now: from here on the venue may count it."""
        self._is_sent = True
        self._departure = self._budget._depart()  # noqa: SLF001

    def answered(self, counter: int | None) -> None:
        """Say that an answer came. counter: its `X-MBX-USED-WEIGHT-1M`, None where it has none."""
        self._is_answered = True
        self._counter = counter


class _Ticket:
    """A request's place in the line."""

    __slots__ = ("priority", "turn", "weight")

    def __init__(self, weight: int, priority: Priority, turn: "asyncio.Future[Lease]") -> None:
        self.weight = weight
        self.priority = priority
        self.turn = turn

    @property
    def is_gone(self) -> bool:
        """Whether the request was cancelled."""
        return self.turn.done()

"""A weight ledger and a venue that counts when a request reaches it, whenever that is."""

import heapq

from eliteflow.exchange.waiting_line import WaitingLine
from eliteflow.exchange.weight_ledger import Lease, WeightLedger
from eliteflow.model.priority import Priority

MINUTE = 60_000
NOON = 29_000_000 * MINUTE
LIMIT = 2400


class Request:
    """One request from the line to its answer."""

    def __init__(self, number: int, weight: int, priority: Priority, way_ms: tuple[int, int]) -> None:
        self.number = number
        self.weight = weight
        self.priority = priority
        self.way_ms = way_ms
        self.is_gone = False
        self.lease: Lease | None = None
        self.counter: int | None = None


class World:
    """A ledger, its line, and a venue that counts each request at its arrival, on a clock a little off ours.

    steps: how often the ledger was told something: reservations, arrivals, answers, cancellations.
    """

    def __init__(self, venue_ahead_ms: int, others: dict[int, int]) -> None:
        self.ledger = WeightLedger(LIMIT)
        self.line: WaitingLine[Request] = WaitingLine()
        self.now_ms = NOON
        self.venue_ahead_ms = venue_ahead_ms
        self.others = others
        self.counted: dict[int, int] = {}
        self.ours: dict[int, int] = {}
        self.events: list[tuple[int, int, str, Request]] = []
        self.sent: list[Request] = []
        self.steps = 0

    def ask(self, request: Request) -> None:
        """Let a request join the line, and send what may be sent."""
        self.line.join(request, request.priority)
        self.send()

    def send(self) -> None:
        """Send from the front of the line as long as the ledger allows."""
        while (request := self.line.first()) is not None:
            if self.ledger.wait_ms(request.weight, request.priority, self.now_ms) != 0:
                return
            self.line.leave()
            request.lease = self.ledger.reserve(request.weight, self.now_ms)
            self.sent.append(request)
            there, back = request.way_ms
            heapq.heappush(self.events, (self.now_ms + there, request.number, "arrives", request))
            heapq.heappush(self.events, (self.now_ms + there + back, request.number, "returns", request))
            self.steps += 1

    def cancel(self, request: Request) -> None:
        """Let a request leave the line, or give back a lease that was never used."""
        self.steps += 1
        request.is_gone = True

    def run_until(self, time_ms: int) -> None:
        """Let time pass, with all that arrives and returns in it, and a look at the line every 50 ms."""
        while self.now_ms < time_ms:
            due = self.events[0] if self.events else None
            step = min(time_ms, self.now_ms + 50 if self.line.first() else time_ms)
            if due is not None and due[0] <= step:
                heapq.heappop(self.events)
                self.now_ms = due[0]
                self._happen(due[2], due[3])
            else:
                self.now_ms = step
            self.send()

    def _happen(self, what: str, request: Request) -> None:
        self.steps += 1
        if what == "arrives":
            minute = (self.now_ms + self.venue_ahead_ms) // MINUTE
            if minute not in self.counted:
                self.counted[minute] = self.others.get(minute - NOON // MINUTE, 0)
            self.counted[minute] += request.weight
            self.ours[minute] = self.ours.get(minute, 0) + request.weight
            request.counter = self.counted[minute]
        else:
            assert request.lease is not None
            self.ledger.settle(request.lease, self.now_ms, counter=request.counter)

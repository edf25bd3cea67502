"""Properties of the weight ledger: against a venue that counts when a request reaches it, whenever that is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.exchange.waiting_line import WaitingLine
from eliteflow.exchange.weight_ledger import Lease, WeightLedger
from eliteflow.model.priority import Priority

MINUTE = 60_000
NOON = 29_000_000 * MINUTE
LIMIT = 2400


class Request:
    """One request from the line to its answer."""

    is_gone = False

    def __init__(self, number: int, weight: int, priority: Priority, way_ms: tuple[int, int]) -> None:
        self.number = number
        self.weight = weight
        self.priority = priority
        self.way_ms = way_ms
        self.lease: Lease | None = None
        self.counter: int | None = None


class World:
    """A ledger, its line, and a venue that counts each request at its arrival, on a clock a little off ours."""

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
            self.events.append((self.now_ms + there, request.number, "arrives", request))
            self.events.append((self.now_ms + there + back, request.number, "returns", request))

    def run_until(self, time_ms: int) -> None:
        """Let time pass, with all that arrives and returns in it, and a look at the line every 50 ms."""
        while self.now_ms < time_ms:
            due = min(self.events, default=None, key=lambda event: event[:2])
            step = min(time_ms, self.now_ms + 50 if self.line.first() else time_ms)
            if due is not None and due[0] <= step:
                self.events.remove(due)
                self.now_ms = due[0]
                self._happen(due[2], due[3])
            else:
                self.now_ms = step
            self.send()

    def _happen(self, what: str, request: Request) -> None:
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


WAYS = st.tuples(st.integers(1, 400), st.integers(1, 400))
BURSTS = st.lists(
    st.tuples(
        st.integers(0, 40_000),  # ms after the burst before
        st.integers(1, 150),  # requests
        st.sampled_from([1, 2, 5, 10, 40]),
        st.sampled_from(Priority),
        WAYS,
    ),
    min_size=1,
    max_size=12,
)


def play(world: World, bursts: list[tuple[int, int, int, Priority, tuple[int, int]]]) -> list[Request]:
    """Ask for all bursts, then wait until everything has been answered."""
    asked: list[Request] = []
    for pause_ms, count, weight, priority, way_ms in bursts:
        world.run_until(world.now_ms + pause_ms)
        for _ in range(count):
            request = Request(len(asked), weight, priority, way_ms)
            asked.append(request)
            world.ask(request)
    world.run_until(world.now_ms + 60 * MINUTE)
    return asked


@settings(max_examples=60, deadline=None)
@given(bursts=BURSTS, venue_ahead_ms=st.integers(-80, 80))
def test_alone_the_ceiling_is_never_passed_and_everything_is_sent(
    bursts: list[tuple[int, int, int, Priority, tuple[int, int]]], venue_ahead_ms: int
) -> None:
    """As the venue counts, in each of its minutes; no waiting request is forgotten; order holds in each class."""
    world = World(venue_ahead_ms, {})
    asked = play(world, bursts)
    assert max(world.counted.values()) <= LIMIT * 0.9
    assert len(world.sent) == len(asked)
    for priority in Priority:
        numbers = [request.number for request in world.sent if request.priority is priority]
        assert numbers == sorted(numbers)
    assert world.ledger.in_flight_weight == 0


@settings(max_examples=60, deadline=None)
@given(bursts=BURSTS, others=st.dictionaries(st.integers(0, 60), st.integers(0, 1500), max_size=20))
def test_what_others_spent_before_us_in_a_minute_is_never_added_to(
    bursts: list[tuple[int, int, int, Priority, tuple[int, int]]], others: dict[int, int]
) -> None:
    """Others spend at the start of a minute: our share and theirs stay below the limit, and we still get on."""
    world = World(0, others)
    asked = play(world, bursts)
    assert max(world.counted.values()) <= LIMIT
    assert len(world.sent) == len(asked)


@given(
    st.lists(st.tuples(st.sampled_from(["reserve", "settle", "give back"]), st.integers(1, 40), st.integers(0, 30_000)))
)
def test_what_is_under_way_is_what_was_reserved_and_not_ended(steps: list[tuple[str, int, int]]) -> None:
    """No order of ends loses or invents weight."""
    ledger = WeightLedger(LIMIT)
    open_leases: list[Lease] = []
    now_ms = NOON
    for what, weight, pause_ms in steps:
        now_ms += pause_ms
        if what == "reserve":
            open_leases.append(ledger.reserve(weight, now_ms))
        elif open_leases:
            lease = open_leases.pop(weight % len(open_leases))
            if what == "settle":
                ledger.settle(lease, now_ms)
            else:
                ledger.give_back(lease)
        assert ledger.in_flight_weight == sum(lease.weight for lease in open_leases)
        assert ledger.spent(now_ms) >= ledger.in_flight_weight

"""Properties of the weight ledger: against a venue that counts when a request reaches it, whenever that is."""

import os
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.exchange.shared_book import Book, Wish, write_down
from eliteflow.exchange.weight_ledger import Lease, WeightLedger
from eliteflow.model.priority import Priority
from tests.property.weight_world import LIMIT, MINUTE, NOON, Request, World

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


# A million take 15 s: `make soak-limits`, which sets this.
STEPS = int(os.environ.get("ELITEFLOW_LEDGER_STEPS", "50000"))


def test_a_long_run_keeps_every_promise() -> None:
    """Scans, repairs and orders for days: the ceiling holds in each minute, all are served, order holds in each class,
    and whoever is cancelled in the line costs nothing.
    """
    chance = random.Random(11)
    world = World(chance.randint(-80, 80), {})
    asked: list[Request] = []
    cancelled = 0
    while world.steps < STEPS:
        world.run_until(world.now_ms + chance.choice([5, 700, 20_000, 90_000]))
        way_ms = chance.randint(1, 300), chance.randint(1, 300)
        weight, priority = chance.choice([1, 1, 1, 2, 2, 5, 40]), chance.choice([*Priority])
        burst = [Request(len(asked) + place, weight, priority, way_ms) for place in range(chance.choice([1, 64, 530]))]
        asked += burst
        for request in burst:
            world.ask(request)
        for request in chance.sample(burst, len(burst) // 20):
            if request.lease is None:
                world.cancel(request)
                cancelled += 1
    while world.line.first() or world.events:
        world.run_until(world.now_ms + MINUTE)
    assert max(world.counted.values()) <= LIMIT * 0.9
    assert len(world.sent) == len(asked) - cancelled
    assert world.ledger.in_flight_weight == 0
    assert sum(world.ours.values()) == sum(request.weight for request in world.sent)
    for priority in Priority:
        numbers = [request.number for request in world.sent if request.priority is priority]
        assert numbers == sorted(numbers)


WISHES = st.lists(
    st.tuples(
        st.sampled_from(["first", "second", "third"]),
        st.sampled_from(["lease", "close", "minute"]),
        st.integers(1, 600),
        st.sampled_from([1620, 2052, 2160]),
        st.integers(0, 800),
    ),
    max_size=60,
)


@given(WISHES)
def test_no_order_of_wishes_leases_more_than_there_is(wishes: list[tuple[str, str, int, int, int]]) -> None:
    """However programs lease, give back and see strangers: together they never get above what strangers leave."""
    book, minute = Book(), NOON // MINUTE
    for program, what, weight, top, seen in wishes:
        minute += what == "minute"
        before = _leased(book, minute)
        held = book.minutes[minute].granted.get(program, 0) if minute in book.minutes else 0
        wish = Wish(program, minute, minute * MINUTE, want=weight, top=top, floor=120, unexplained=((minute, seen),))
        if what == "close":
            wish = wish._replace(want=0, spent=min(weight, held))
        grant = write_down(book, wish)
        assert _leased(book, minute) <= max(before, top - grant.strangers_peak, 120)
        assert grant.leased == book.minutes[minute].granted.get(program, 0)


def _leased(book: Book, minute: int) -> int:
    return sum(book.minutes[minute].granted.values()) if minute in book.minutes else 0

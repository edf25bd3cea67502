"""Makes the venue behave as ordered: the one place for scenarios and the control port."""

from dataclasses import asdict
from functools import partial

from eliteflow.emulator.listings import Listings
from eliteflow.emulator.neighbour import Neighbour, NeighbourOrder
from eliteflow.emulator.revisions import RevisionOrder, revise
from eliteflow.emulator.scenario import LimitOrder, Scenario
from eliteflow.emulator.strain import Strain
from eliteflow.emulator.venue import Venue


class Steering:
    """Changes a venue while it runs."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.listings = Listings(venue.market, venue.exchange_info, venue.agenda, venue.desk.broadcast.announce)

    def begin(self, scenario: Scenario, now_ms: int) -> None:
        """Put all of a scenario in force; raise VenueError for an order that cannot be followed."""
        self.change_limits(scenario.limits, now_ms)
        if scenario.streams is not None:
            self.venue.desk.settings = scenario.streams
        for rule in scenario.fault:
            self.venue.faults.add(rule, now_ms)
        for listing in scenario.listing:
            self.listings.follow(listing, now_ms)
        for revision in scenario.revision:
            self.revise(revision, now_ms)
        for neighbour in scenario.neighbour:
            self.invite(neighbour, now_ms)

    def change_limits(self, order: LimitOrder, now_ms: int) -> None:
        """Change what an order names of limits and latency."""
        limits = self.venue.limits
        if order.reset:
            limits.reset()
        changes = {name: value for name in asdict(limits.settings) if (value := getattr(order, name)) is not None}
        limits.configure(**changes)
        if order.latency_ms is not None:
            self.venue.latency_s = order.latency_ms / 1_000
        if order.jitter_ms is not None:
            self.venue.jitter_s = order.jitter_ms / 1_000
        if order.slow_above is not None:
            self.venue.strain = Strain(order.slow_above)
        if order.spend:
            limits.charge(order.client_ip, order.spend, now_ms)

    def revise(self, order: RevisionOrder, now_ms: int) -> None:
        """Revise a bar, now or later."""
        if order.in_s:
            self.venue.agenda.at(now_ms + round(order.in_s * 1_000), partial(revise, self.venue.market, order))
        else:
            revise(self.venue.market, order, now_ms)

    def invite(self, order: NeighbourOrder, now_ms: int) -> None:
        """Let a neighbour spend weight."""
        neighbour = Neighbour(self.venue.limits, order, self.venue.agenda)
        neighbour.begin(now_ms)
        self.venue.neighbours.append(neighbour)

    def reset(self) -> None:
        """Clear faults, counters, bans and neighbours."""
        self.venue.faults.rules.clear()
        self.venue.limits.reset()
        while self.venue.neighbours:
            self.venue.neighbours.pop().is_here = False

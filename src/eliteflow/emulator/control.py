"""The control port: what the venue saw, what is true, and how it shall behave from now on."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict

import msgspec

from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.intervals import MINUTE
from eliteflow.emulator.limits import Client
from eliteflow.emulator.listings import ListingOrder
from eliteflow.emulator.messages import Request, Response, VenueError, error_body
from eliteflow.emulator.neighbour import NeighbourOrder
from eliteflow.emulator.parameters import klines_query, parse, required, time_of
from eliteflow.emulator.revisions import RevisionOrder
from eliteflow.emulator.scenario import LimitOrder, ScenarioError, parse_scenario
from eliteflow.emulator.steering import Steering
from eliteflow.emulator.stream_settings import StreamSettings
from eliteflow.emulator.venue import Venue

_BAD_REQUEST = -1


class Control:
    """Answers the control port's requests.

    connections: open ones by address. accepted: how many there ever were; over TLS as many handshakes.
    """

    def __init__(
        self, venue: Venue, connections: Callable[[], Mapping[str, int]], accepted: Callable[[], int] = lambda: 0
    ) -> None:
        self._venue = venue
        self._steering = Steering(venue)
        self._connections = connections
        self._accepted = accepted
        self._routes: dict[tuple[str, str], Callable[[Request, int], object]] = {
            ("GET", "/stats"): self._stats,
            ("GET", "/truth"): self._truth,
            ("GET", "/limits"): self._limits,
            ("POST", "/limits"): self._change_limits,
            ("GET", "/fault"): self._faults,
            ("POST", "/fault"): self._add_fault,
            ("DELETE", "/fault"): self._clear_faults,
            ("GET", "/streams"): self._streams,
            ("POST", "/streams"): self._change_streams,
            ("POST", "/listing"): self._list,
            ("POST", "/revision"): self._revise,
            ("POST", "/neighbour"): self._invite,
            ("POST", "/scenario"): self._begin,
            ("POST", "/reset"): self._reset,
        }

    def handle(self, request: Request, now_ms: int) -> Response:
        """Answer a request of the control port."""
        respond = self._routes.get((request.method, request.path))
        if respond is None:
            offers = ", ".join(" ".join(route) for route in self._routes)
            return Response(404, error_body(_BAD_REQUEST, f"The control port offers: {offers}"))
        try:
            return Response(200, msgspec.json.encode(respond(request, now_ms)))
        except VenueError as error:
            return Response(400, error.body())
        except (msgspec.DecodeError, ScenarioError) as error:
            return Response(400, error_body(_BAD_REQUEST, str(error)))

    def _stats(self, _request: Request, now_ms: int) -> object:
        limits, connections = self._venue.limits, self._connections()
        clients = {ip: _client_stats(client, connections.get(ip, 0)) for ip, client in limits.clients.items()}
        total: Counter[int] = sum((client.statuses for client in limits.clients.values()), Counter())
        return {
            "now_ms": now_ms,
            "requests": sum(client.requests for client in limits.clients.values()),
            "statuses": total,
            "violations": sum(client.violations for client in limits.clients.values()),
            "requests_while_banned": sum(client.requests_while_banned for client in limits.clients.values()),
            "open_connections": sum(connections.values()),
            "accepted_connections": self._accepted(),
            "clients": clients,
        }

    def _truth(self, request: Request, now_ms: int) -> object:
        """Return what klines would answer, each row with whether it is closed; `at`: as of that venue time."""
        parameters = dict(parse(request.query))
        name = parameters["interval"] = required(parameters, "timeframe")
        query = klines_query(parameters, self._venue.market)
        at_ms = time_of(parameters, "at")
        as_of_ms = now_ms if at_ms is None else at_ms
        rows = msgspec.json.decode(self._venue.market.klines(query, as_of_ms), type=list[list[int | str]])
        marked = [[*row, int(row[6]) < as_of_ms] for row in rows]
        return {"symbol": query.symbol, "timeframe": name, "as_of_ms": as_of_ms, "rows": marked}

    def _limits(self, _request: Request, _now_ms: int) -> object:
        return asdict(self._venue.limits.settings) | {
            "latency_ms": self._venue.latency_s * 1_000,
            "jitter_ms": self._venue.jitter_s * 1_000,
            "slow_above": self._venue.strain.above,
        }

    def _change_limits(self, request: Request, now_ms: int) -> object:
        self._steering.change_limits(msgspec.json.decode(request.body or b"{}", type=LimitOrder), now_ms)
        return self._limits(request, now_ms)

    def _faults(self, _request: Request, _now_ms: int) -> object:
        return {"faults": self._venue.faults.rules}

    def _add_fault(self, request: Request, now_ms: int) -> object:
        self._venue.faults.add(msgspec.json.decode(request.body, type=FaultRule), now_ms)
        return self._faults(request, now_ms)

    def _clear_faults(self, request: Request, now_ms: int) -> object:
        self._venue.faults.rules.clear()
        return self._faults(request, now_ms)

    def _streams(self, _request: Request, _now_ms: int) -> object:
        return self._venue.desk.settings

    def _change_streams(self, request: Request, now_ms: int) -> object:
        changes = msgspec.json.decode(request.body or b"{}", type=dict[str, object])
        desk = self._venue.desk
        desk.settings = msgspec.convert(msgspec.structs.asdict(desk.settings) | changes, type=StreamSettings)
        return self._streams(request, now_ms)

    def _list(self, request: Request, now_ms: int) -> object:
        order = msgspec.json.decode(request.body, type=ListingOrder)
        return {"symbol": self._steering.listings.follow(order, now_ms)}

    def _revise(self, request: Request, now_ms: int) -> object:
        order = msgspec.json.decode(request.body, type=RevisionOrder)
        self._steering.revise(order, now_ms)
        return order

    def _invite(self, request: Request, now_ms: int) -> object:
        order = msgspec.json.decode(request.body or b"{}", type=NeighbourOrder)
        self._steering.invite(order, now_ms)
        return order

    def _begin(self, request: Request, now_ms: int) -> object:
        scenario = parse_scenario(request.body.decode(errors="replace"))
        self._steering.begin(scenario, now_ms)
        return scenario

    def _reset(self, request: Request, now_ms: int) -> object:
        self._steering.reset()
        return self._stats(request, now_ms)


def _client_stats(client: Client, connections: int) -> dict[str, object]:
    return {
        "requests": client.requests,
        "statuses": client.statuses,
        "paths": client.paths,
        "used_weight": client.used,
        "weight_by_minute": {str(minute * MINUTE): weight for minute, weight in client.weight_by_minute.items()},
        "violations": client.violations,
        "bans": client.bans,
        "banned_until_ms": client.banned_until_ms,
        "requests_while_banned": client.requests_while_banned,
        "open_connections": connections,
    }

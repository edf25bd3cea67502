"""The venue itself: a request in, a response out, time as an argument."""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from eliteflow.emulator.accounts import account_config, check_signature
from eliteflow.emulator.agenda import Agenda
from eliteflow.emulator.exchange_info import ExchangeInfo
from eliteflow.emulator.faults import AT_THE_EDGE, FaultPlan, FaultRule, spoil
from eliteflow.emulator.limits import Limits
from eliteflow.emulator.market import Market
from eliteflow.emulator.messages import JSON, Request, Response, VenueError, error_body
from eliteflow.emulator.neighbour import Neighbour
from eliteflow.emulator.parameters import (
    TICKER_ALL_WEIGHT,
    Parameters,
    continuous_query,
    klines_query,
    klines_weight,
    parse,
    premium_index_weight,
    price_weight,
)
from eliteflow.emulator.prices import last_price, premium_index
from eliteflow.emulator.strain import Strain
from eliteflow.emulator.ticker import tickers
from eliteflow.emulator.ws_desk import WsDesk

KLINES = "/fapi/v1/klines"
_GZIPPED = (JSON, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))


class Venue:
    """Binance USDⓈ-M market data over REST, for any number of clients."""

    def __init__(
        self,
        market: Market,
        exchange_info: ExchangeInfo,
        *,
        limits: Limits | None = None,
        faults: FaultPlan | None = None,
        latency_s: float = 0.0,
    ) -> None:
        self.market = market
        self.limits = limits or Limits()
        self.faults = faults or FaultPlan()
        self.latency_s = latency_s
        self.jitter_s = 0.0
        self.strain = Strain()
        self.exchange_info = exchange_info
        self.neighbours: list[Neighbour] = []
        self.agenda = Agenda()
        self.desk = WsDesk(market, self.faults, self.agenda)
        self._routes: dict[str, tuple[Callable[[Parameters], int], Callable[[Request, Parameters, int], Response]]] = {
            KLINES: (self._klines_weight, self._klines),
            "/fapi/v1/continuousKlines": (self._klines_weight, self._continuous_klines),
            "/fapi/v1/premiumIndex": (premium_index_weight, self._premium_index),
            "/fapi/v1/ticker/price": (price_weight, self._price),
            "/fapi/v2/ticker/price": (price_weight, self._price),
            "/fapi/v1/exchangeInfo": (_one, self._exchange_info_response),
            "/fapi/v1/ticker/24hr": (_ticker_weight, self._ticker),
            "/fapi/v1/time": (_one, self._time),
            "/fapi/v1/ping": (_one, self._ping),
            "/fapi/v1/accountConfig": (_account_weight, self._account_config),
        }

    def handle(self, request: Request, now_ms: int) -> Response:
        """Answer a request that arrives at `now_ms` of venue time."""
        if self.agenda.next_ms <= now_ms:
            self.desk.advance(now_ms)
        fault = self.faults.strike(request, now_ms) if self.faults.rules else None
        response = self._suffer(fault, request, now_ms) if fault else self._serve(request, now_ms)
        client = self.limits.client(request.client_ip)
        client.requests += 1
        client.statuses[response.status] += 1
        client.paths[request.path] += 1
        return response

    def _suffer(self, fault: FaultRule, request: Request, now_ms: int) -> Response:
        if fault.kind == "418":
            return self.limits.ban(self.limits.client(request.client_ip), now_ms, int(fault.for_s * 1_000))
        if fault.kind == "unfinal":
            return self._serve(request, now_ms, within_ms=round(self.faults.delay_s(fault) * 1_000))
        if fault.kind in AT_THE_EDGE:
            return spoil(fault, Response(200, b"", delay_s=self.latency_s), self.faults.delay_s(fault))
        return spoil(fault, self._serve(request, now_ms), self.faults.delay_s(fault))

    def _serve(self, request: Request, now_ms: int, within_ms: int = 0) -> Response:
        response, weight = self._answer(request, now_ms), None
        if within_ms and response.status == 200 and request.path == KLINES:
            query = klines_query(parse(request.query), self.market)
            response = replace(response, body=self.market.unfinal(query, response.body, now_ms, within_ms))
        if response.used_weight is not None:
            weight = self.limits.client(request.client_ip).used
        delay_s = self.latency_s + (self.faults.draw() * self.jitter_s if self.jitter_s else 0.0)
        return replace(response, used_weight=weight, delay_s=self.strain.stretch(delay_s, now_ms))

    def _answer(self, request: Request, now_ms: int) -> Response:
        """Return the answer; one that cost weight carries a used_weight, filled in by the caller."""
        route = self._routes.get(request.path)
        if route is None or request.method not in {"GET", "HEAD"}:
            return Response(404, error_body(-5000, f"Path {request.path}, Method {request.method} is invalid"))
        parameters = parse(request.query)
        weigh, respond = route
        if refusal := self.limits.charge(request.client_ip, weigh(parameters), now_ms):
            return refusal if refusal.status == 418 else replace(refusal, used_weight=0)
        try:
            return respond(request, parameters, now_ms)
        except VenueError as error:
            return Response(error.status, error.body(), used_weight=0)

    def _klines_weight(self, parameters: Parameters) -> int:
        return klines_weight(parameters, measured=self.limits.settings.measured_weights)

    def _klines(self, _request: Request, parameters: Parameters, now_ms: int) -> Response:
        return Response(200, self.market.klines(klines_query(parameters, self.market), now_ms), used_weight=0)

    def _continuous_klines(self, _request: Request, parameters: Parameters, now_ms: int) -> Response:
        return Response(200, self.market.klines(continuous_query(parameters, self.market), now_ms), used_weight=0)

    def _premium_index(self, _request: Request, parameters: Parameters, now_ms: int) -> Response:
        return self._of_one_or_all(parameters, lambda row: premium_index(self.market, row, now_ms))

    def _price(self, _request: Request, parameters: Parameters, now_ms: int) -> Response:
        return self._of_one_or_all(parameters, lambda row: last_price(self.market, row, now_ms))

    def _of_one_or_all(self, parameters: Parameters, write: Callable[[int], object]) -> Response:
        """Answer with an object for one symbol, or with a list for all that trade."""
        symbol = parameters.get("symbol", "").upper()
        if symbol and symbol not in self.market.rows:
            raise VenueError(-1121, "Invalid symbol.")
        trading = (row for row in self.market.rows.values() if self.market.instruments[row].is_trading)
        found = write(self.market.rows[symbol]) if symbol else [write(row) for row in trading]
        return Response(200, msgspec.json.encode(found), used_weight=0)

    def _exchange_info_response(self, request: Request, _parameters: Parameters, now_ms: int) -> Response:
        weight = self.limits.settings.weight_per_minute
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(200, self.exchange_info.gzip(now_ms, weight), _GZIPPED, used_weight=0)
        return Response(200, self.exchange_info.plain(now_ms, weight), used_weight=0)

    def _ticker(self, _request: Request, parameters: Parameters, now_ms: int) -> Response:
        market, symbol = self.market, parameters.get("symbol", "").upper()
        if not symbol:
            rows = [row for row, instrument in enumerate(market.instruments) if instrument.is_trading]
            return Response(200, msgspec.json.encode(tickers(market, rows, now_ms)), used_weight=0)
        if symbol not in market.rows:
            raise VenueError(-1121, "Invalid symbol.")
        return Response(200, msgspec.json.encode(tickers(market, [market.rows[symbol]], now_ms)[0]), used_weight=0)

    def _account_config(self, request: Request, _parameters: Parameters, now_ms: int) -> Response:
        check_signature(request, now_ms)
        return Response(200, account_config(), used_weight=0)

    def _time(self, _request: Request, _parameters: Parameters, now_ms: int) -> Response:
        return Response(200, b'{"serverTime":%d}' % now_ms, used_weight=0)

    def _ping(self, _request: Request, _parameters: Parameters, _now_ms: int) -> Response:
        return Response(200, b"{}", used_weight=0)


def _one(_parameters: Parameters) -> int:
    return 1


def _account_weight(_parameters: Parameters) -> int:
    return 5


def _ticker_weight(parameters: Parameters) -> int:
    return 1 if parameters.get("symbol") else TICKER_ALL_WEIGHT

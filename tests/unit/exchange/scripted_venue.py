"""A venue inside the test: answers as it is told, else as Binance would, and remembers what reached it."""

import asyncio
from collections import deque
from collections.abc import Callable
from urllib.parse import parse_qs

import msgspec

from eliteflow.clock import Clock
from eliteflow.exchange.endpoints import klines_weight
from eliteflow.exchange.transport import HttpRequest, HttpResponse
from eliteflow.model.timeframe import Timeframe

Step = HttpResponse | Exception | Callable[[HttpRequest], HttpResponse]


def answer(body: object, status: int = 200, **headers: str) -> HttpResponse:
    """An answer of the venue; header names are written with underscores."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def venue_error(status: int, code: int, message: str, **headers: str) -> HttpResponse:
    """A refusal in the venue's own form."""
    return answer({"code": code, "msg": message}, status, **headers)


class ScriptedVenue:
    """An HttpTransport. Steps of the script come first, each for one request; then the venue's own rules.

    latency_s: from sending to the venue, and the same back; weight is counted in between, by clock minute.
    others: minute → weight that other programs have spent at its start.
    """

    def __init__(self, clock: Clock, *steps: Step, latency_s: float = 0.01, limit: int = 2400) -> None:
        self.clock = clock
        self.script = deque(steps)
        self.latency_s = latency_s
        self.limit = limit
        self.requests: list[HttpRequest] = []
        self.sent_ms: list[int] = []
        self.counted: dict[int, int] = {}
        self.others: dict[int, int] = {}
        self.under_way = self.most_under_way = 0
        self.is_closed = False

    @property
    def host(self) -> str:
        """The name that errors carry."""
        return "venue.test"

    async def send(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        """Answer one request."""
        self.requests.append(request)
        self.sent_ms.append(self.clock.now_ms())
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.latency_s)
            response = self._answer(request)
            await asyncio.sleep(self.latency_s)
        finally:
            self.under_way -= 1
        return response

    async def aclose(self) -> None:
        """Remember that the client closed."""
        self.is_closed = True

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if self.script:
            step = self.script.popleft()
            if isinstance(step, Exception):
                raise step
            return step if isinstance(step, HttpResponse) else step(request)
        minute = self.clock.now_ms() // 60_000
        self.counted[minute] = self.counted.get(minute, 0) + _weight(request)
        used = self.counted[minute] + self.others.get(minute, 0)
        if used > self.limit:
            return venue_error(429, -1003, "Too many requests", x_mbx_used_weight_1m=str(used))
        return answer(self._body(request), x_mbx_used_weight_1m=str(used))

    def _body(self, request: HttpRequest) -> object:
        if request.path.endswith("/klines"):
            query = {name: values[0] for name, values in parse_qs(request.query).items()}
            return kline_rows(Timeframe(query["interval"]), int(query["limit"]), self.clock.now_ms())
        return {"serverTime": self.clock.now_ms()}


def kline_rows(timeframe: Timeframe, count: int, now_ms: int) -> list[list[int | str]]:
    """The newest `count` rows at a time, the bar in progress last."""
    newest_ms = timeframe.open_time_ms(now_ms)
    return [kline_row(newest_ms - bar * timeframe.ms, timeframe.ms) for bar in reversed(range(count))]


def kline_row(open_ms: int, interval_ms: int) -> list[int | str]:
    """One row as the venue writes it (reference A.4)."""
    return [
        *(open_ms, "83137.90", "83155.70", "83082.90", "83084.90", "102.437", open_ms + interval_ms - 1),
        *("8514292.61220", 4409, "49.832", "4141805.93340", "0"),
    ]


def _weight(request: HttpRequest) -> int:
    if not request.path.endswith("/klines"):
        return 1
    return klines_weight(int(parse_qs(request.query)["limit"][0]))

"""Tests of the emulator's REST side without a socket: every way an answer can end."""

import asyncio

import pytest

from eliteflow.emulator.messages import Ending, Request, Response
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.transport import HttpRequest, HttpResponse, HttpTransport
from eliteflow.model.timeframe import Timeframe
from eliteflow.testing.emulated_http import EmulatedHttp
from eliteflow.testing.virtual_time import VirtualTimeLoop

START_MS = 1_795_420_810_000
ASK = HttpRequest("GET", "/fapi/v1/time", "a=1", {"X-MBX-APIKEY": "key"})


class OneAnswer:
    """A venue that always answers the same, and remembers what it was asked, and when."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer
        self.asked: list[tuple[Request, int]] = []

    def handle(self, request: Request, now_ms: int) -> Response:
        """Answer a request."""
        self.asked.append((request, now_ms))
        return self.answer


def ask(venue: OneAnswer, *, way_s: float = 0.0) -> tuple[HttpResponse | ExchangeUnreachable, float]:
    """Send one request in virtual time; return its answer or failure, and the seconds that took."""
    loop = VirtualTimeLoop()
    clock = loop.clock(START_MS)
    transport: HttpTransport = EmulatedHttp(venue, clock.now_ms, client_ip="10.0.0.1", way_s=way_s)

    async def send() -> HttpResponse | ExchangeUnreachable:
        try:
            return await transport.send(ASK, timeout_s=10)
        except ExchangeUnreachable as error:
            return error

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(send()), loop.time()


def test_an_answer_comes_whole_and_in_its_time() -> None:
    """Counter, date and the name of the emulator are in its headers; the request arrived half way."""
    venue = OneAnswer(Response(200, b"{}", used_weight=7, delay_s=0.12))
    answer, took_s = ask(venue, way_s=0.06)
    assert isinstance(answer, HttpResponse)
    assert (answer.status, answer.body) == (200, b"{}")
    assert took_s == pytest.approx(0.12)
    assert answer.headers["x-mbx-used-weight-1m"] == "7"
    assert answer.headers["date"] == "Mon, 23 Nov 2026 08:00:10 GMT"
    assert answer.headers["server"] == "eliteflow-emulator"
    [(request, now_ms)] = venue.asked
    assert (request.client_ip, request.query, request.headers) == ("10.0.0.1", "a=1", {"x-mbx-apikey": "key"})
    assert now_ms == START_MS + 60


@pytest.mark.parametrize(
    ("ending", "reason", "took_s"),
    [
        (Ending.HANG, "timed out after 10 s", 10),
        (Ending.RESET, "connection reset", 0.5),
        (Ending.TRUNCATE, "the answer broke off or is damaged", 0.5),
    ],
)
def test_an_answer_that_does_not_come_is_unreachable(ending: Ending, reason: str, took_s: float) -> None:
    """In the same words as over a real connection."""
    answer, elapsed_s = ask(OneAnswer(Response(200, b"{}", delay_s=0.5, ending=ending)))
    assert isinstance(answer, ExchangeUnreachable)
    assert answer.reason == reason
    assert elapsed_s == pytest.approx(took_s)


@pytest.mark.parametrize(("dribble_s", "comes"), [(5.0, True), (15.0, False)])
def test_a_slow_body_counts_towards_the_timeout(dribble_s: float, comes: bool) -> None:
    """As with a real connection."""
    answer, _ = ask(OneAnswer(Response(200, b"{}", ending=Ending.DRIBBLE, dribble_s=dribble_s)))
    assert isinstance(answer, HttpResponse) == comes


def test_a_client_works_with_the_emulators_own_venue() -> None:
    """Candles, limits and the name SIMULATED, as over HTTP."""
    loop = VirtualTimeLoop()
    clock = loop.clock(START_MS)

    async def read() -> tuple[int, int, str]:
        venue = open_venue(EmulatorOptions(symbols=3), START_MS)
        client = BinanceClient(transport=EmulatedHttp(venue, clock.now_ms), clock=clock)
        universe = await client.fetch_universe()
        series = await client.fetch_series(universe[0].symbol, Timeframe.M5, limit=99)
        return len(universe), len(series), client.venue

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(read()) == (3, 99, "SIMULATED")

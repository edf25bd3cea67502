"""HTTP on one connection, without a socket."""

import asyncio
from typing import Any

import pytest

from eliteflow.emulator.http_protocol import LONGEST_BODY, MOST_PENDING, HttpConnection
from eliteflow.emulator.messages import Ending, Request, Response
from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.unit.emulator.emulator_wire import Wire

GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"


def _echo(request: Request) -> Response:
    return Response(200, f"{request.method} {request.path} {request.query}".encode())


def _connection(handler: Any = _echo, way_s: float = 0.0) -> tuple[HttpConnection, Wire]:
    wire, connection = Wire(), HttpConnection(handler, set(), lambda: way_s)
    connection.connection_made(wire)
    return connection, wire


async def test_a_request_is_answered_and_the_connection_kept() -> None:
    """Path and query reach the handler, and a second request goes over the same connection."""
    connection, wire = _connection()
    connection.data_received(b"GET /a%20b?c=%20d HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wire.sent.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    assert b"Connection: keep-alive\r\n" in wire.sent
    assert wire.sent.endswith(b"Content-Length: 15\r\n\r\nGET /a b c=%20d")
    connection.data_received(GET % 2)
    assert wire.sent.count(b"HTTP/1.1 200") == 2
    assert wire.is_open


async def test_bytes_may_come_in_any_pieces() -> None:
    """One byte at a time is a request too, body and all."""
    bodies: list[bytes] = []

    def keep(request: Request) -> Response:
        bodies.append(request.body)
        return Response(200, b"ok")

    connection, wire = _connection(keep)
    for byte in b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello":
        connection.data_received(bytes([byte]))
    assert bodies == [b"hello"]
    assert wire.sent.endswith(b"\r\n\r\nok")


async def test_pipelined_answers_keep_the_order_of_the_requests() -> None:
    """A slow first answer holds the quick second one back."""
    connection, wire = _connection(lambda r: Response(200, r.path.encode(), delay_s=0.01 if r.path == "/1" else 0))
    connection.data_received(GET % 1 + GET % 2)
    assert wire.sent == b""
    await wire.written.wait()
    assert wire.sent.count(b"HTTP") == 2
    assert wire.sent.index(b"/1") < wire.sent.index(b"/2")


def test_a_request_is_answered_when_it_has_travelled() -> None:
    """The handler sees it after its way, and the answer's delay counts from when it was sent."""
    loop = VirtualTimeLoop()
    seen: list[tuple[str, float]] = []

    def note(request: Request) -> Response:
        seen.append((request.path, loop.time() - began_s))
        return Response(200, request.path.encode(), delay_s=0.12 if request.path == "/1" else 0.05)

    async def ask() -> Wire:
        connection, wire = _connection(note, way_s=0.06)
        connection.data_received(GET % 1 + GET % 2)
        while wire.sent.count(b"HTTP") < 2:
            wire.written.clear()
            await wire.written.wait()
        return wire

    began_s = loop.time()
    try:
        wire = loop.run_until_complete(ask())
    finally:
        loop.close()
    assert [(path, round(after_s, 9)) for path, after_s in seen] == [("/1", 0.06), ("/2", 0.06)]
    assert loop.time() - began_s == pytest.approx(0.12)
    assert wire.sent.index(b"/1") < wire.sent.index(b"/2")


async def test_a_request_reaches_the_venue_though_its_client_has_gone() -> None:
    """It costs what it costs, and nothing is sent to nobody."""
    arrived = asyncio.Event()

    def note(_request: Request) -> Response:
        arrived.set()
        return Response(200, b"", delay_s=0.002)

    connection, wire = _connection(note, way_s=0.001)
    connection.data_received(GET % 1)
    wire.close()
    connection.connection_lost(None)
    await arrived.wait()
    assert wire.sent == b""


async def test_too_many_pipelined_requests_stop_the_reading() -> None:
    """A client that asks without end and reads nothing fills no memory."""
    connection, wire = _connection(lambda _: Response(200, b"", ending=Ending.HANG))
    connection.data_received(b"".join(GET % number for number in range(MOST_PENDING)))
    assert not wire.reads_on


async def test_head_sends_the_length_without_the_body() -> None:
    """The headers are those of a GET."""
    connection, wire = _connection()
    connection.data_received(b"HEAD /1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wire.sent.endswith(b"Content-Length: 8\r\n\r\n")


async def test_a_client_that_wants_to_close_is_closed() -> None:
    """`Connection: close` and HTTP/1.0 end after the answer."""
    for request in (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"):
        connection, wire = _connection()
        connection.data_received(request)
        assert b"Connection: close" in wire.sent
        assert not wire.is_open


async def test_an_offer_to_upgrade_is_passed_over() -> None:
    """A client that would rather speak HTTP/2 is answered in HTTP/1.1, once."""
    connection, wire = _connection()
    connection.data_received(b"GET /1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + GET % 2)
    assert wire.sent.startswith(b"HTTP/1.1 200")
    assert wire.sent.count(b"HTTP/1.1 ") == 1
    assert not wire.is_open


async def test_a_truncated_answer_announces_more_than_it_sends() -> None:
    """The length is the whole one, then the connection ends."""
    connection, wire = _connection(lambda _: Response(200, b"0123456789", ending=Ending.TRUNCATE))
    connection.data_received(GET % 1)
    assert wire.sent.endswith(b"Content-Length: 10\r\n\r\n01234")
    assert not wire.is_open


async def test_a_slow_answer_comes_in_pieces() -> None:
    """The head at once, the body over its time, then the end of the connection."""
    connection, wire = _connection(lambda _: Response(200, b"0123456789", ending=Ending.DRIBBLE, dribble_s=0.02))
    connection.data_received(GET % 1)
    assert wire.sent.endswith(b"Content-Length: 10\r\n\r\n")
    while wire.is_open:  # several pieces may be due at once where the machine is busy
        wire.written.clear()
        await wire.written.wait()
    assert wire.pieces[-10:] == [b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9"]


async def test_a_hanging_answer_never_comes() -> None:
    """The connection stays open and silent."""
    connection, wire = _connection(lambda _: Response(200, b"", ending=Ending.HANG))
    connection.data_received(GET % 1)
    await asyncio.sleep(0)
    assert wire.sent == b""
    assert wire.is_open


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET  HTTP/9.9\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n" + b"a" * (LONGEST_BODY + 1), b"413"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", b"400"),
    ],
)
async def test_what_is_not_reasonable_http_is_refused_and_closed(request_bytes: bytes, status: bytes) -> None:
    """One answer that says so, then the end."""
    connection, wire = _connection()
    connection.data_received(request_bytes)
    assert wire.sent.count(b"HTTP/1.1 ") == 1
    assert wire.sent.startswith(b"HTTP/1.1 " + status)
    assert not wire.is_open


async def test_a_lost_connection_cancels_what_was_still_to_be_sent() -> None:
    """Nothing is written after the client has gone."""
    connection, wire = _connection(lambda _: Response(200, b"late", delay_s=60.0))
    connection.data_received(GET % 1)
    timer = connection._answers[0].timer
    connection.connection_lost(None)
    assert timer is not None
    assert timer.cancelled()
    assert wire.sent == b""

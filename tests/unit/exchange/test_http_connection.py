"""Tests of one HTTP/1.1 connection, fed by hand: what comes in pieces, too early, too late, or not at all."""

import asyncio
import gzip

import pytest

from eliteflow.exchange.http_connection import BrokenAnswer, HttpConnection, StaleConnection
from eliteflow.exchange.transport import HttpResponse

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Weight: 7\r\n\r\n[]"
REQUEST = b"GET / HTTP/1.1\r\n\r\n"


class Wire(asyncio.Transport):
    """What a connection writes to, and how it ends."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what is sent."""
        self.written += data

    def abort(self) -> None:
        """Note the end."""
        self.is_aborted = True


def opened() -> tuple[HttpConnection, Wire]:
    """A connection that has just been made."""
    connection, wire = HttpConnection(), Wire()
    connection.connection_made(wire)
    return connection, wire


async def answered(connection: HttpConnection, *pieces: bytes, then_lost: bool = False) -> HttpResponse:
    """Send a request, bring the pieces of its answer, and return it."""
    exchange = asyncio.ensure_future(connection.exchange(REQUEST))
    await asyncio.sleep(0)
    for piece in pieces:
        connection.data_received(piece)
    if then_lost:
        connection.connection_lost(None)
    return await exchange


async def test_an_answer_may_come_byte_by_byte() -> None:
    """And the connection takes the next request afterwards."""
    connection, wire = opened()
    for _ in range(2):
        response = await answered(connection, *(OK[place : place + 1] for place in range(len(OK))))
        assert response == HttpResponse(200, {"content-length": "2", "x-weight": "7"}, b"[]")
    assert connection.is_open
    assert wire.written == 2 * REQUEST


async def test_chunks_are_joined_and_unpacked() -> None:
    """As a front end sends what it compresses itself."""
    packed = gzip.compress(b"[[1]]")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    chunks = (b"%x\r\n%b\r\n" % (len(part), part) for part in (packed[:5], packed[5:]))
    assert (await answered(opened()[0], head, *chunks, b"0\r\n\r\n")).body == b"[[1]]"


async def test_an_interim_answer_is_passed_by() -> None:
    """The one that counts follows it."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    response = await answered(opened()[0], early + OK)
    assert (response.status, response.body) == (200, b"[]")
    assert "link" not in response.headers


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    """As HTTP/1.0 has it."""
    connection, _ = opened()
    assert (await answered(connection, b"HTTP/1.0 200 OK\r\n\r\n[]", then_lost=True)).body == b"[]"
    assert not connection.is_open


async def test_the_venue_may_ask_for_the_end_of_a_connection() -> None:
    """`Connection: close` is obeyed."""
    connection, wire = opened()
    closing = OK.replace(b"X-Weight: 7", b"Connection: close")
    assert (await answered(connection, closing)).body == b"[]"
    assert not connection.is_open
    assert wire.is_aborted


async def test_an_end_before_the_answer_is_stale_only_on_a_connection_that_was_kept() -> None:
    """Only then is it likely that the request was never seen."""
    connection, _ = opened()
    with pytest.raises(ConnectionResetError):
        await answered(connection, then_lost=True)
    kept, _ = opened()
    await answered(kept, OK)
    with pytest.raises(StaleConnection):
        await answered(kept, then_lost=True)


@pytest.mark.parametrize("piece", [OK[:-1], OK[:20], b"SSH-2.0\r\n", b"HTTP/1.1 101 x\r\nUpgrade: y\r\n\r\n"])
async def test_half_an_answer_and_no_http_are_broken(piece: bytes) -> None:
    """And the connection is closed."""
    connection, wire = opened()
    with pytest.raises(BrokenAnswer):
        await answered(connection, piece, then_lost=True)
    assert wire.is_aborted


async def test_a_request_given_up_closes_its_connection() -> None:
    """Its answer would be taken for the next one's."""
    connection, wire = opened()
    exchange = asyncio.ensure_future(connection.exchange(REQUEST))
    await asyncio.sleep(0)
    exchange.cancel()
    with pytest.raises(asyncio.CancelledError):
        await exchange
    assert wire.is_aborted
    assert not connection.is_open


async def test_bytes_nobody_asked_for_close_the_connection() -> None:
    """As a front end's 408 before it closes an idle connection."""
    connection, wire = opened()
    connection.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert wire.is_aborted
    assert not connection.is_open

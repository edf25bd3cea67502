"""The emulator is asked anything over HTTP."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.http_protocol import HttpConnection
from eliteflow.emulator.messages import Request, Response
from tests.unit.emulator.emulator_market import NOW_MS, a_venue
from tests.unit.emulator.emulator_wire import Wire


def _echo(request: Request) -> Response:
    return Response(200, f"{request.method} {request.path} {request.query}".encode())


def _connection(handler: Any = _echo) -> tuple[HttpConnection, Wire]:
    wire, connection = Wire(), HttpConnection(handler, set())
    connection.connection_made(wire)
    return connection, wire


pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"GET / HTTP/1.1\r\n", b"Host: x\r\n", b"\r\n", b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n"]
    ),
    st.sampled_from([b"Content-Length: 3\r\n", b"0\r\n\r\n", b"POST /x?y=%zz HTTP/1.1\r\n", b"Connection: close\r\n"]),
)

RUNNER = asyncio.Runner()  # a loop for each example would take most of the time


@pytest.fixture(scope="module", autouse=True)
def close_runner() -> Iterator[None]:
    """Close the loop of the examples."""
    yield
    RUNNER.close()


@settings(max_examples=120, deadline=None)
@given(st.lists(pieces, max_size=20))
def test_no_bytes_whatever_raise(stream: list[bytes]) -> None:
    """Every answer is HTTP, and after a refusal the connection is closed."""

    async def feed() -> None:
        connection, wire = _connection()
        for piece in stream:
            connection.data_received(piece)
        assert wire.sent == b"" or wire.sent.startswith(b"HTTP/1.1 ")
        assert b"HTTP/1.1 4" not in wire.sent or not wire.is_open

    RUNNER.run(feed())


VENUE = a_venue()
targets = st.builds(
    "/fapi/v{}/{}?{}".format,
    st.sampled_from(["1", "2", "", "%00"]),
    st.sampled_from(
        ["klines", "continuousKlines", "exchangeInfo", "premiumIndex", "ticker/price", "ticker/24hr", "time", "x"]
    ),
    st.lists(
        st.builds(
            "{}={}".format,
            st.sampled_from(["symbol", "pair", "contractType", "interval", "limit", "startTime", "endTime", "%ff"]),
            st.one_of(
                st.sampled_from(["BTCUSDT", "btcusdt", "PERPETUAL", "5m", "1M", "9m", "%E5%B8%81", "-1", "0", "1501"]),
                st.integers(-(10**20), 10**20).map(str),
                st.text(st.characters(codec="latin-1", exclude_characters=" \r\n#"), max_size=5),
            ),
        ),
        max_size=5,
    ).map("&".join),
)


@settings(max_examples=120, deadline=None)
@given(targets, st.sampled_from(["GET", "HEAD", "POST", "DELETE"]))
def test_no_request_whatever_gets_an_answer_that_the_venue_would_not_give(target: str, method: str) -> None:
    """Rows, an object, or code and message; never a 500 and never an exception."""
    path, _, query = target.partition("?")
    VENUE.limits.reset()
    answer = VENUE.handle(Request(method, path, query), NOW_MS)
    assert answer.status in {200, 400, 404}
    body = json.loads(answer.body)
    if answer.status != 200:
        assert set(body) == {"code", "msg"}
        assert body["code"] < 0

"""A WebSocket connection of the emulator is fed anything."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.ws_frames import CLOSE, PING, TEXT
from eliteflow.emulator.ws_gateway import WsGateway
from tests.unit.emulator.emulator_market import NOW_MS, a_desk
from tests.unit.emulator.emulator_wire import Wire
from tests.unit.emulator.ws_client_frames import client_frame

HANDSHAKE = (
    b"GET /market/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

LIST = client_frame(TEXT, b'{"method":"LIST_SUBSCRIPTIONS","id":1}')
RUNNER = asyncio.Runner()


@pytest.fixture(scope="module", autouse=True)
def close_runner() -> Iterator[None]:
    """Close the loop of the examples below."""
    yield
    RUNNER.close()


pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [HANDSHAKE, LIST, HANDSHAKE[:50], HANDSHAKE[50:], client_frame(PING, b"x"), client_frame(CLOSE, b"")]
    ),
    st.builds(client_frame, st.integers(0, 15), st.binary(max_size=130)),
    st.text(max_size=30).map(lambda text: client_frame(TEXT, text.encode())),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(pieces, max_size=12), st.booleans())
def test_no_bytes_whatever_raise(stream: list[bytes], shakes_hands: bool) -> None:
    """What is sent is an HTTP answer, then frames; after an offence the connection is closed."""

    async def feed() -> None:
        wire, gateway = Wire(), WsGateway(a_desk(symbols=1), lambda: NOW_MS)
        connection = gateway.connection()
        connection.connection_made(wire)
        for piece in [HANDSHAKE, *stream] if shakes_hands else stream:
            connection.data_received(piece)
        assert wire.sent == b"" or wire.sent.startswith(b"HTTP/1.1 ")
        assert not wire.sent.startswith(b"HTTP/1.1 4") or not wire.is_open
        gateway.stop()

    RUNNER.run(feed())

"""A WebSocket connection without a socket."""

from eliteflow.emulator.ws_connection import MOST_UNSENT_BYTES, WsConnection
from eliteflow.emulator.ws_frames import CLOSE, PING, PONG, TEXT, encode, encode_close
from eliteflow.emulator.ws_gateway import WsGateway
from eliteflow.emulator.ws_session import Abort, Close, Ping, Pong, Spoiled
from tests.unit.emulator.emulator_market import NOW_MS, a_desk
from tests.unit.emulator.emulator_wire import Wire
from tests.unit.emulator.ws_client_frames import client_frame

HANDSHAKE = (
    b"GET /market/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
LIST = client_frame(TEXT, b'{"method":"LIST_SUBSCRIPTIONS","id":1}')


def _open(data: bytes = HANDSHAKE) -> tuple[WsConnection, Wire, WsGateway]:
    """Return a connection whose handshake is done, with the answer to it forgotten."""
    wire, gateway = Wire(), WsGateway(a_desk(symbols=1), lambda: NOW_MS)
    connection = gateway.connection()
    connection.connection_made(wire)
    connection.data_received(data)
    assert wire.sent.startswith(b"HTTP/1.1 101 ")
    wire.sent = wire.sent.partition(b"\r\n\r\n")[2]
    return connection, wire, gateway


async def test_a_request_may_come_with_the_handshake() -> None:
    """Or in any pieces behind it."""
    _, wire, _ = _open(HANDSHAKE + LIST)
    assert wire.sent == encode(TEXT, b'{"result":[],"id":1}')
    connection, wire, _ = _open()
    for byte in LIST:
        connection.data_received(bytes([byte]))
    assert wire.sent == encode(TEXT, b'{"result":[],"id":1}')


async def test_outputs_become_frames_in_order() -> None:
    """Texts, pings and pongs; a close ends the connection."""
    connection, wire, _ = _open()
    connection.send([b"one", Ping(b"7"), b"two", Pong(b"8"), Close(1008, "Invalid request"), b"never"])
    frames = (encode(TEXT, b"one"), encode(PING, b"7"), encode(TEXT, b"two"), encode(PONG, b"8"))
    assert wire.sent == b"".join(frames) + encode_close(1008, "Invalid request")
    assert not wire.is_open


async def test_a_client_that_reads_nothing_is_cut_off() -> None:
    """What waits for it stays bounded."""
    connection, wire, _ = _open()
    wire.unsent = MOST_UNSENT_BYTES + 1
    connection.send([b"more"])
    assert not wire.is_open


async def test_an_abort_says_nothing() -> None:
    """The connection is just gone."""
    connection, wire, _ = _open()
    connection.send([Abort()])
    assert (wire.sent, wire.is_open) == (b"", False)


async def test_spoiled_frames_go_out_wrong() -> None:
    """A reserved opcode; half a frame and the end; half now and half later, with the rest behind it."""
    connection, wire, _ = _open()
    connection.send([Spoiled("invalid", b"text"), Spoiled("truncated", b"0123456789")])
    assert wire.sent == b"\x83\x04text" + encode(TEXT, b"0123456789")[:6]
    assert not wire.is_open
    connection, wire, _ = _open()
    connection.send([Spoiled("slow", b"0123456789", 0.01), b"next"])
    assert wire.sent == encode(TEXT, b"0123456789")[:6]
    wire.written.clear()
    await wire.written.wait()
    assert wire.sent == encode(TEXT, b"0123456789") + encode(TEXT, b"next")


async def test_the_clients_close_is_echoed_and_its_streams_end() -> None:
    """The code comes back, and the venue forgets the session."""
    connection, wire, gateway = _open()
    connection.data_received(client_frame(CLOSE, b"\x03\xe8bye"))
    assert wire.sent == encode(CLOSE, b"\x03\xe8")
    connection.connection_lost(None)
    assert gateway.desk.sessions == {}


async def test_a_handshake_without_end_is_refused() -> None:
    """A head of more than 16 kB is no handshake."""
    wire, gateway = Wire(), WsGateway(a_desk(symbols=1), lambda: NOW_MS)
    connection = gateway.connection()
    connection.connection_made(wire)
    connection.data_received(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 4_000)
    assert wire.sent.startswith(b"HTTP/1.1 431 ")
    assert not wire.is_open

"""One WebSocket connection on a socket: what the desk wants sent becomes bytes, what comes becomes messages."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol, cast

from eliteflow.emulator.http_protocol import LONGEST_HEAD
from eliteflow.emulator.ws_frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameError,
    FrameReader,
    Message,
    encode,
    encode_close,
    head,
)
from eliteflow.emulator.ws_handshake import HandshakeError, read_handshake
from eliteflow.emulator.ws_session import Abort, Close, Output, Ping, Pong, Session, Spoiled

MOST_UNSENT_BYTES = 8 * 1_024 * 1_024
"""A client that leaves so much unread is cut off: the venue keeps no history for anybody, and neither does this one."""

_UNSUPPORTED = 1003
_RESERVED_OPCODE = 0x3


class Carrier(Protocol):
    """Whoever owns the connections and knows the time."""

    def open(self, connection: "WsConnection", target: str) -> Session | None:
        """Return a session for a request target, or None if there is no such path."""

    def hear(self, session: Session, message: Message) -> None:
        """Take a client's text, ping or pong."""

    def close(self, connection: "WsConnection", session: Session | None) -> None:
        """Forget a connection that has ended."""


class WsConnection(asyncio.Protocol):
    """A client connection, from its handshake to its end."""

    def __init__(self, carrier: Carrier) -> None:
        self.client_ip = ""
        self._carrier = carrier
        self._head = b""
        self._reader = FrameReader()
        self._session: Session | None = None
        self._held: list[bytes] | None = None
        self._has_ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the client."""
        self._transport = cast("asyncio.Transport", transport)
        self.client_ip = transport.get_extra_info("peername")[0]

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the venue that the client has gone."""
        self._has_ended = True
        self._carrier.close(self, self._session)

    def data_received(self, data: bytes) -> None:
        """Read the handshake, then frames."""
        if self._has_ended:
            return
        if self._session is None:
            data = self._shake_hands(data)
        if self._session is not None and data:
            self._read(self._session, data)

    def send(self, outputs: Sequence[Output]) -> None:
        """Write messages in one go; cut off a client that does not read."""
        chunks: list[bytes] = []
        for output in outputs:
            if isinstance(output, bytes):
                chunks += (head(TEXT, len(output)), output)
                continue
            self._write(chunks)
            chunks = []
            self._send_special(output)
        self._write(chunks)

    @property
    def unsent_bytes(self) -> int:
        """How much the client has not taken yet."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Break the connection without a word."""
        self._has_ended = True
        self._transport.abort()

    def _shake_hands(self, data: bytes) -> bytes:
        """Answer the handshake once it is whole; return what came behind it."""
        self._head += data
        request, end, rest = self._head.partition(b"\r\n\r\n")
        try:
            if len(request) > LONGEST_HEAD:
                raise HandshakeError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Request header too large.")
            if not end:
                return b""
            handshake = read_handshake(request)
            # The first answers to streams in the URL come behind this one: the carrier sends them after this call.
            self._session = self._carrier.open(self, handshake.target)
            if self._session is None:
                raise HandshakeError(HTTPStatus.NOT_FOUND, "No streams at this path.")
            self._transport.write(handshake.accepted())
        except HandshakeError as error:
            self._has_ended = True
            self._transport.write(error.answer())
            self._transport.close()
            return b""
        self._head = b""
        return rest

    def _read(self, session: Session, data: bytes) -> None:
        try:
            for message in self._reader.feed(data):
                if message.opcode == CLOSE:
                    self._end(encode(CLOSE, message.payload[:2]))
                elif message.opcode == BINARY:
                    raise FrameError(_UNSUPPORTED, "binary messages are not understood")
                else:
                    self._carrier.hear(session, message)
                if self._has_ended:
                    return
        except FrameError as error:
            self._end(encode_close(error.code, error.reason))

    def _send_special(self, output: Output) -> None:
        match output:
            case Ping(payload):
                self._write([encode(PING, payload)])
            case Pong(payload):
                self._write([encode(PONG, payload)])
            case Close(code, reason):
                self._end(encode_close(code, reason))
            case Abort():
                self.abort()
            case Spoiled():
                self._spoil(output)

    def _spoil(self, output: Spoiled) -> None:
        whole = encode(TEXT, output.payload)
        half = len(whole) // 2
        match output.how:
            case "invalid":
                self._write([encode(_RESERVED_OPCODE, output.payload)])
            case "truncated":
                self._end(whole[:half])
            case _:
                self._write([whole[:half]])
                self._held = [whole[half:]] if self._held is None else [*self._held, whole[half:]]
                asyncio.get_running_loop().call_later(output.delay_s, self._let_go)

    def _let_go(self) -> None:
        """Send the second half of a slow frame and what has come behind it."""
        held, self._held = self._held or [], None
        self._write(held)

    def _write(self, chunks: list[bytes]) -> None:
        if self._has_ended or not chunks:
            return
        if self._held is not None:
            self._held += chunks
            return
        self._transport.write(b"".join(chunks))
        if self.unsent_bytes > MOST_UNSENT_BYTES:
            self.abort()

    def _end(self, last: bytes) -> None:
        """Send the last bytes and close."""
        if not self._has_ended:
            self._write([last])
            self._has_ended = True
            self._transport.close()

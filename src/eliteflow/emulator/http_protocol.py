"""HTTP/1.1 on one connection: bytes to requests, responses to bytes, each after its own delay and in order."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

import httptools

from eliteflow.emulator.messages import JSON, Ending, Request, Response, error_body

Handler = Callable[[Request], Response]

SERVER = "Server: eliteflow-emulator"
"""The one header that the venue does not send: whoever reads it knows that the market is simulated."""

LONGEST_HEAD = 16 * 1_024
LONGEST_BODY = 64 * 1_024
MOST_PENDING = 64
"""Pipelined requests of one connection that may wait for their answers; then it is not read any further."""


_PIECES = 10


@dataclass(slots=True)
class _Answer:
    """response: None while the request is still on its way to the venue."""

    method: str
    keeps_alive: bool
    response: Response | None = None
    is_ready: bool = False
    timer: asyncio.TimerHandle | None = None


class HttpConnection(asyncio.Protocol):
    """One client connection; `connections` is where it enters itself while it is open.

    way_s: how long a request is on its way to the venue; it is a part of its answer's delay.
    """

    def __init__(
        self, handler: Handler, connections: set["HttpConnection"], way_s: Callable[[], float] = lambda: 0.0
    ) -> None:
        self.client_ip = ""
        self._handler = handler
        self._way_s = way_s
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._answers: deque[_Answer] = deque()
        self._is_closing = False
        self._begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the client."""
        self._transport = cast("asyncio.Transport", transport)
        self.client_ip = transport.get_extra_info("peername")[0]
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client and what it still waited for."""
        self._is_closing = True
        self._connections.discard(self)
        for answer in self._answers:
            if answer.timer:
                answer.timer.cancel()
        self._answers.clear()

    def data_received(self, data: bytes) -> None:
        """Feed the parser; anything that is not HTTP gets a 400 and the end of the connection."""
        if self._is_closing:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._is_closing = True  # the parser reads no further; what was asked has been answered
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, "Malformed HTTP request.")

    def close(self) -> None:
        """End the connection now."""
        self._is_closing = True
        self._transport.close()

    def pause_writing(self) -> None:
        """Read nothing from a client that does not read its answers."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        self._read_on()

    # httptools calls these while it parses

    def on_message_begin(self) -> None:
        """Start a new request."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Collect the target, which may come in pieces."""
        self._grow(len(url))
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header."""
        self._grow(len(name) + len(value))
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Collect the body, of reasonable size."""
        self._body += body
        if len(self._body) > LONGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request body too large.")

    def on_message_complete(self) -> None:
        """Answer the request."""
        if self._is_closing:
            return
        if self._headers.get("upgrade", "").lower() == "websocket":
            self._refuse(HTTPStatus.BAD_REQUEST, "This port speaks no WebSocket; see ws_url.")
            return
        path, _, query = self._url.decode("latin-1").partition("?")
        method = self._parser.get_method().decode("latin-1")
        request = Request(
            method, unquote(path) if "%" in path else path, query, self.client_ip, self._headers, bytes(self._body)
        )
        answer = _Answer(method, self._parser.should_keep_alive() and not self._parser.should_upgrade())
        self._expect(answer)
        if (way_s := self._way_s()) > 0:
            # Not cancelled with the connection: what has been sent arrives, and costs weight, whoever waits for it.
            self._loop.call_later(way_s, self._arrive, answer, request, way_s)
        else:
            self._arrive(answer, request, 0.0)

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = b""
        self._head_size = 0

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > LONGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Request header too large.")

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        if not self._is_closing:
            answer = _Answer("GET", keeps_alive=False, response=Response(status, error_body(-1000, message)))
            self._expect(answer)
            self._release(answer)
            self._is_closing = True

    def _expect(self, answer: _Answer) -> None:
        self._answers.append(answer)
        if len(self._answers) >= MOST_PENDING:
            self._transport.pause_reading()

    def _arrive(self, answer: _Answer, request: Request, passed_s: float) -> None:
        response = answer.response = self._handler(request)
        if response.ending is Ending.HANG:
            return
        if (delay_s := response.delay_s - passed_s) > 0:
            answer.timer = self._loop.call_later(delay_s, self._release, answer)
        else:
            self._release(answer)

    def _release(self, answer: _Answer) -> None:
        answer.is_ready = True
        while self._answers and self._answers[0].is_ready:
            self._write(self._answers.popleft())
        self._read_on()

    def _read_on(self) -> None:
        if not self._transport.is_closing() and len(self._answers) < MOST_PENDING:
            self._transport.resume_reading()

    def _write(self, answer: _Answer) -> None:
        response = answer.response
        assert response is not None, "an answer is ready once there is a response"
        if response.ending is Ending.RESET:
            self._reset()
            return
        body = response.body
        if answer.method == "HEAD":
            body = b""
        elif response.ending is Ending.TRUNCATE:
            body = body[: len(body) // 2]
        weight = b"" if response.used_weight is None else b"X-MBX-USED-WEIGHT-1M: %d\r\n" % response.used_weight
        keeps_alive = answer.keeps_alive and response.ending is Ending.SEND
        head = _head(response.status, response.headers, keeps_alive)
        head = b"".join((head, weight, b"Content-Length: %d\r\n\r\n" % len(response.body)))
        if response.ending is Ending.DRIBBLE and body:
            self._transport.write(head)
            self._dribble(body, response.dribble_s / _PIECES)
            return
        self._transport.write(head + body)
        if not keeps_alive:
            self.close()

    def _dribble(self, body: bytes, pause_s: float) -> None:
        """Write a body in pieces, then end the connection: nothing else may get in between."""
        self._is_closing = True
        size = -(-len(body) // _PIECES)
        for place in range(_PIECES):
            piece = body[place * size : (place + 1) * size]
            self._loop.call_later((place + 1) * pause_s, self._write_piece, piece, place == _PIECES - 1)

    def _write_piece(self, piece: bytes, is_last: bool) -> None:
        if not self._transport.is_closing():
            self._transport.write(piece)
            if is_last:
                self._transport.close()

    def _reset(self) -> None:
        """Close so that the client sees a reset, not an end."""
        self._transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self._is_closing = True
        self._transport.abort()


@lru_cache(maxsize=256)
def _head(status: int, headers: tuple[tuple[str, str], ...], keeps_alive: bool) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {int(status)} {reason}", *(f"{name}: {value}" for name, value in headers or (JSON,))]
    lines += [SERVER, f"Connection: {'keep-alive' if keeps_alive else 'close'}"]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")

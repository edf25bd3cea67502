"""The opening handshake of a WebSocket (RFC 6455, section 4.2): a request head in, the answer out."""

import base64
import binascii
import hashlib
from http import HTTPStatus
from typing import NamedTuple

from eliteflow.emulator.http_protocol import SERVER
from eliteflow.emulator.messages import error_body

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16


class Handshake(NamedTuple):
    """A client's wish to open a WebSocket. key: what the answer proves to have read."""

    target: str
    key: str

    def accepted(self) -> bytes:
        """Return the answer that opens the connection; no extension is ever agreed on."""
        digest = hashlib.sha1(self.key.encode() + _GUID, usedforsecurity=False).digest()
        lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
        proof = f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}"
        return "\r\n".join((*lines, proof, SERVER, "", "")).encode()


class HandshakeError(Exception):
    """A request that opens no WebSocket."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message

    def answer(self) -> bytes:
        """Return the HTTP answer that says so; the connection ends after it."""
        body = error_body(-1000, self.message)
        lines = [f"HTTP/1.1 {int(self.status)} {self.status.phrase}", "Content-Type: application/json", SERVER]
        if self.status is HTTPStatus.UPGRADE_REQUIRED:
            lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        return "\r\n".join(lines).encode() + body


def read_handshake(head: bytes) -> Handshake:
    """Read a request head that ends with an empty line; raise HandshakeError."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1].startswith("/") or not words[2].startswith("HTTP/1."):
        raise HandshakeError(HTTPStatus.BAD_REQUEST, "Malformed HTTP request.")
    headers: dict[str, str] = {}
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise HandshakeError(HTTPStatus.BAD_REQUEST, "Malformed HTTP request.")
        headers[name.lower()] = value.strip()
    upgrades = "upgrade" in headers.get("connection", "").lower() and headers.get("upgrade", "").lower() == "websocket"
    if words[0] != "GET" or not upgrades:
        raise HandshakeError(HTTPStatus.BAD_REQUEST, "This port speaks WebSocket; for REST see rest_url.")
    if headers.get("sec-websocket-version") != "13":
        raise HandshakeError(HTTPStatus.UPGRADE_REQUIRED, "WebSocket version 13 is spoken here.")
    return Handshake(words[1].encode("latin-1").decode(errors="replace"), _key(headers.get("sec-websocket-key", "")))


def _key(text: str) -> str:
    try:
        if len(base64.b64decode(text, validate=True)) == _KEY_BYTES:
            return text
    except (binascii.Error, ValueError):
        pass
    raise HandshakeError(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Key is missing or malformed.")

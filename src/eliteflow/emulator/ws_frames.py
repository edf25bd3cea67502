"""WebSocket frames of a server (RFC 6455): bytes to messages, messages to bytes. No socket, no time."""

from collections.abc import Iterator
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_DATA, _CONTROL = frozenset({CONTINUATION, TEXT, BINARY}), frozenset({CLOSE, PING, PONG})
_FINAL, _RESERVED, _MASKED = 0x80, 0x70, 0x80
_LONGEST_CONTROL = 125

LONGEST_MESSAGE = 128 * 1_024
"""Of a client; more than twice what a SUBSCRIBE of 1,024 names takes."""

PROTOCOL_ERROR, INVALID_PAYLOAD, TOO_BIG = 1002, 1007, 1009


class FrameError(Exception):
    """A client that breaks the protocol; the connection is closed with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Message(NamedTuple):
    """A whole message: fragments are put together, masks are off."""

    opcode: int
    payload: bytes


def encode(opcode: int, payload: bytes) -> bytes:
    """Return a frame of the server: whole and unmasked."""
    return head(opcode, len(payload)) + payload


def head(opcode: int, length: int) -> bytes:
    """Return what stands before a payload of some length."""
    first = _FINAL | opcode
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126, length >> 8, length & 0xFF))
    return bytes((first, 127)) + length.to_bytes(8, "big")


def encode_close(code: int, reason: str = "") -> bytes:
    """Return a close frame."""
    return encode(CLOSE, code.to_bytes(2, "big") + reason.encode()[: _LONGEST_CONTROL - 2])


class FrameReader:
    """Reads the frames of one client from bytes that come in any pieces."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._parts: list[bytes] = []
        self._opcode = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield each message that is complete; raise FrameError at the first offence."""
        self._bytes += data
        while (frame := self._frame()) is not None:
            is_final, opcode, payload = frame
            if opcode in _CONTROL:
                yield Message(opcode, payload)
            elif (message := self._join(is_final, opcode, payload)) is not None:
                yield message

    def _join(self, is_final: bool, opcode: int, payload: bytes) -> Message | None:
        """Return the message that a data frame completes, if it does."""
        if (opcode == CONTINUATION) is not bool(self._parts):
            raise FrameError(PROTOCOL_ERROR, "a fragment out of place")
        self._opcode = opcode or self._opcode
        self._parts.append(payload)
        if sum(map(len, self._parts)) > LONGEST_MESSAGE:
            raise FrameError(TOO_BIG, "message too big")
        if not is_final:
            return None
        whole, self._parts = b"".join(self._parts), []
        if self._opcode == TEXT:
            _check_utf8(whole)
        return Message(self._opcode, whole)

    def _frame(self) -> tuple[bool, int, bytes] | None:
        """Take one frame off the bytes, or return None until all of it is there."""
        found = self._bytes
        if len(found) < 2:
            return None
        first, second = found[0], found[1]
        length, begin = second & 0x7F, 2
        _check_head(first, second, length)
        if length >= 126:
            begin = 4 if length == 126 else 10
            if len(found) < begin:
                return None
            length = int.from_bytes(found[2:begin], "big")
        if length > LONGEST_MESSAGE:
            raise FrameError(TOO_BIG, "message too big")
        end = begin + 4 + length
        if len(found) < end:
            return None
        payload = _unmasked(bytes(found[begin + 4 : end]), bytes(found[begin : begin + 4]))
        del found[:end]
        return bool(first & _FINAL), first & 0x0F, payload


def _check_head(first: int, second: int, length: int) -> None:
    opcode = first & 0x0F
    if first & _RESERVED or opcode not in _DATA | _CONTROL:
        raise FrameError(PROTOCOL_ERROR, "reserved bits or opcode")
    if not second & _MASKED:
        raise FrameError(PROTOCOL_ERROR, "a client's frame without a mask")
    if opcode in _CONTROL and (length > _LONGEST_CONTROL or not first & _FINAL):
        raise FrameError(PROTOCOL_ERROR, "a control frame that is long or in fragments")


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    pattern = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")).to_bytes(length, "big")


def _check_utf8(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError:
        raise FrameError(INVALID_PAYLOAD, "text that is not UTF-8") from None

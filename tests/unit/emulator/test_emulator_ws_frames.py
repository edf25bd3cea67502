"""WebSocket frames of a server."""

import pytest

from eliteflow.emulator.ws_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    LONGEST_MESSAGE,
    PING,
    TEXT,
    FrameError,
    FrameReader,
    Message,
    encode,
    encode_close,
)
from tests.unit.emulator.ws_client_frames import client_frame


def read(data: bytes) -> list[Message]:
    """Read frames that come at once."""
    return list(FrameReader().feed(data))


def test_long_messages_have_long_lengths() -> None:
    """Both larger forms of the length are read and written."""
    for size in (125, 126, 65_535, 65_536):
        assert read(client_frame(BINARY, b"x" * size)) == [Message(BINARY, b"x" * size)]
        frame = encode(TEXT, b"y" * size)
        assert frame[1] == (size if size < 126 else 126 if size < 65_536 else 127)
        assert frame.endswith(b"y" * size)
        assert len(frame) == size + {125: 2, 126: 4, 65_535: 4, 65_536: 10}[size]


def test_fragments_become_one_message_with_a_ping_between_them() -> None:
    """A control frame may come in the middle of a message."""
    pieces = (
        client_frame(TEXT, b"ab", is_final=False) + client_frame(PING, b"!"),
        client_frame(CONTINUATION, b"", is_final=False) + client_frame(CONTINUATION, b"cd"),
    )
    assert read(b"".join(pieces)) == [Message(PING, b"!"), Message(TEXT, b"abcd")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encode(TEXT, b"no mask"), 1002),
        (bytes([0xC1]) + client_frame(TEXT, b"x")[1:], 1002),
        (client_frame(0x3, b"reserved"), 1002),
        (client_frame(PING, b"x", is_final=False), 1002),
        (client_frame(PING, b"x" * 126), 1002),
        (client_frame(CONTINUATION, b"x"), 1002),
        (client_frame(TEXT, b"a", is_final=False) + client_frame(TEXT, b"b"), 1002),
        (client_frame(TEXT, b"\xff"), 1007),
        (b"\x81\xff" + (2**62).to_bytes(8, "big"), 1009),
        (client_frame(TEXT, b"a" * LONGEST_MESSAGE, is_final=False) + client_frame(CONTINUATION, b"b"), 1009),
    ],
)
def test_an_offence_has_its_close_code(data: bytes, code: int) -> None:
    """1002 for the protocol, 1007 for what is no UTF-8, 1009 for what is too big."""
    with pytest.raises(FrameError) as caught:
        read(data)
    assert caught.value.code == code


def test_a_close_frame_carries_code_and_reason() -> None:
    """A control frame is never longer than 125 bytes."""
    assert encode_close(1008, "Invalid request") == bytes([0x88, 17]) + b"\x03\xf0Invalid request"
    assert len(encode_close(1008, "x" * 500)) == 127
    assert read(client_frame(CLOSE, b"\x03\xe8")) == [Message(CLOSE, b"\x03\xe8")]

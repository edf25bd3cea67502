"""What clients may send on a stream's connection: frames, requests and handshakes of any bytes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.ws_frames import (
    TEXT,
    FrameError,
    FrameReader,
    Message,
)
from eliteflow.emulator.ws_handshake import HandshakeError, read_handshake
from eliteflow.emulator.ws_requests import BadRequest, read_request, result
from tests.unit.emulator.ws_client_frames import client_frame


@settings(max_examples=50)
@given(st.text(max_size=400), st.binary(min_size=4, max_size=4), st.integers(1, 50))
def test_messages_come_out_as_they_went_in(text: str, mask: bytes, piece: int) -> None:
    """Any text under any mask, in pieces of any size."""
    reader, data, found = FrameReader(), client_frame(TEXT, text.encode(), mask=mask), []
    for at in range(0, len(data), piece):
        found += list(reader.feed(data[at : at + piece]))
    assert found == [Message(TEXT, text.encode())]


@settings(max_examples=50)
@given(st.lists(st.one_of(st.binary(max_size=30), st.builds(client_frame, st.integers(0, 15), st.binary(max_size=9)))))
def test_any_bytes_are_messages_or_an_offence(stream: list[bytes]) -> None:
    """Nothing else is raised, and nothing hangs."""
    reader, found, codes = FrameReader(), [], []
    try:
        for piece in stream:
            found += [message.opcode for message in reader.feed(piece)]
    except FrameError as error:
        codes.append(error.code)
    assert {*found} <= {1, 2, 8, 9, 10}
    assert {*codes} <= {1002, 1007, 1009}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["method", "params", "id"]), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.one_of(st.binary(max_size=60), json_values.map(lambda value: json.dumps(value).encode())))
def test_any_text_is_a_request_or_answered(text: bytes) -> None:
    """Nothing else is raised, and every answer is JSON."""
    try:
        answer = result(read_request(text).id)
    except BadRequest as error:
        answer = error.body
    assert json.loads(answer).get("code", 0) in {0, 1, 2, 3}


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_handshake_or_an_error(data: bytes) -> None:
    """Nothing else is raised."""
    with pytest.raises(HandshakeError):
        read_handshake(data)

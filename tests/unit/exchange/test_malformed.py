"""Tests of how a damaged answer is described."""

import msgspec
import pytest

from eliteflow.exchange.malformed import malformed, not_json


def test_an_excerpt_is_short_and_readable() -> None:
    """Bytes that are no text do not hide the fault."""
    error = malformed("klines $", "not JSON", b"\xff" + b"x" * 500)
    assert error.excerpt == "\ufffd" + "x" * 79
    assert str(error).startswith(
        "The answer to klines $ is not what the venue documents: not JSON. It begins: \ufffdxx"
    )


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (b'[["x"]]', "time $[0][0]", "not JSON of the documented form (Expected float, got str)"),
        (b"[", "time $", "not JSON of the documented form (Input data was truncated)"),
    ],
)
def test_the_decoders_own_path_is_kept(body: bytes, path: str, reason: str) -> None:
    """Behind the endpoint's name."""
    with pytest.raises(msgspec.DecodeError) as found:
        msgspec.json.decode(body, type=list[list[float]])
    error = not_json("time", found.value, body)
    assert (error.path, error.reason) == (path, reason)

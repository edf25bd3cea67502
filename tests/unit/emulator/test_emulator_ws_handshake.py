"""The opening handshake."""

import pytest

from eliteflow.emulator.ws_handshake import HandshakeError, read_handshake

HEAD = (
    "GET /market/ws/btcusdt@kline_5m HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
)


def test_a_handshake_is_answered_with_the_proof_of_the_rfc() -> None:
    """The key and its answer are those of RFC 6455, section 1.3."""
    handshake = read_handshake(HEAD.encode())
    assert handshake.target == "/market/ws/btcusdt@kline_5m"
    answer = handshake.accepted().decode()
    assert answer.startswith("HTTP/1.1 101 Switching Protocols\r\n")
    assert "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert "extensions" not in answer.lower()
    assert answer.endswith("\r\n\r\n")


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("GET", "POST", 400),
        ("Upgrade: websocket", "Upgrade: h2c", 400),
        ("keep-alive, Upgrade", "keep-alive", 400),
        ("Version: 13", "Version: 8", 426),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short", 400),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==", 400),
        ("Host: x", "nonsense", 400),
        ("HTTP/1.1", "SPDY", 400),
        (" /market", " market", 400),
    ],
)
def test_what_is_no_handshake_gets_a_status(old: str, new: str, status: int) -> None:
    """The answer is plain HTTP and says what is wrong."""
    with pytest.raises(HandshakeError) as caught:
        read_handshake(HEAD.replace(old, new, 1).encode())
    assert caught.value.answer().startswith(b"HTTP/1.1 %d " % status)


def test_a_target_may_be_raw_utf_8() -> None:
    """As clients send 币安人生usdt when they do not percent-encode."""
    assert read_handshake(HEAD.replace("btcusdt", "币安人生usdt").encode()).target == "/market/ws/币安人生usdt@kline_5m"

"""Tests of signatures: the venue's own example (reference A.11)."""

from eliteflow.exchange.credentials import Credentials, Secret
from eliteflow.exchange.signing import signature, signed

SECRET = Secret("2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9")
PAYLOAD = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp=1591702613943"
)


def test_the_venues_own_example_gives_its_own_signature() -> None:
    """HMAC-SHA256 in hexadecimal digits."""
    assert signature(PAYLOAD, SECRET) == "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"


def test_the_signature_comes_last_and_covers_window_and_time() -> None:
    """And the key goes in its header."""
    wanted = signed(PAYLOAD.partition("&recvWindow")[0], Credentials(Secret("key"), SECRET), 1_591_702_613_943)
    assert wanted.query == f"{PAYLOAD}&signature={signature(PAYLOAD, SECRET)}"
    assert wanted.headers == {"X-MBX-APIKEY": "key"}
    assert repr(wanted) == "Signed(***)"


def test_a_query_without_parameters_is_signed_too() -> None:
    """No leading sign remains."""
    assert signed("", Credentials(Secret("key"), SECRET), 5).query.startswith("recvWindow=5000&timestamp=5&signature=")

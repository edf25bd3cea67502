"""Requests and streams say in the same words why there is no answer."""

import errno
import socket
import ssl

import pytest

from eliteflow.exchange.unreachable import system_reason, unreachable_reason


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "timed out after 10 s"),
        (socket.gaierror(-2, "Name or service not known"), "name not resolved"),
        (ssl.SSLError(1, "certificate verify failed"), "no secure connection (TLS): certificate verify failed"),
        (ConnectionRefusedError(), "connection refused"),
        (ConnectionResetError(), "connection reset"),
        (OSError(errno.EPIPE, "Broken pipe"), "connection reset"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "No route to host"),
    ],
)
def test_each_failure_has_its_own_words(error: OSError, words: str) -> None:
    """What the system has no word of ours for is said in its own."""
    assert unreachable_reason(error, 10.0) == words


def test_an_error_without_a_word_is_called_by_its_kind() -> None:
    """Nobody reads an empty reason."""
    assert [system_reason(error) for error in (OSError(), ValueError("bad"))] == ["OSError", "bad"]

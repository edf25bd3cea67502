"""Passwords and tokens in addresses and files."""

from pathlib import Path

import pytest

from eliteflow.errors import ConfigError
from eliteflow.secrecy import check_private, without_credentials, without_token


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://user:pass@host:1", "http://***@host:1"),
        ("user:p@ss@host", "***@host"),
        ("socks5://host:1080", "socks5://host:1080"),
    ],
)
def test_an_address_is_shown_without_its_login(address: str, shown: str) -> None:
    """What is left tells where the connection goes."""
    assert without_credentials(address) == shown


@pytest.mark.parametrize(("url", "shown"), [("discord://1/token", "discord://***"), ("token", "***")])
def test_of_an_address_of_notifications_only_the_service_is_shown(url: str, shown: str) -> None:
    """The token may stand anywhere in it."""
    assert without_token(url) == shown


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Group or world; the sentence has the command that mends it."""
    path = tmp_path / "keys"
    path.touch()
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"mode {mode:o}.*chmod 600"):
        check_private(path, "BINANCE_CREDENTIALS_FILE")
    path.chmod(0o600)
    check_private(path, "BINANCE_CREDENTIALS_FILE")

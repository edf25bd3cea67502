"""Passwords and tokens in addresses and files: what people may see of them, and who may read them."""

import stat
from pathlib import Path

from eliteflow.errors import ConfigError
from eliteflow.messages import text


def has_credentials(address: str) -> bool:
    """Return whether an address holds a name and password, as `http://user:password@host:port`."""
    return "@" in address


def without_credentials(address: str) -> str:
    """Return a proxy's address as people may see it: `http://***@host:port`."""
    login, at, place = address.rpartition("@")
    scheme, separator, _ = login.partition("://")
    return f"{scheme + separator if separator else ''}***@{place}" if at else address


def without_token(url: str) -> str:
    """Return an address of notifications as people may see it: `discord://***`."""
    scheme, separator, _ = url.partition("://")
    return f"{scheme}://***" if separator else "***"


def check_private(path: Path, key: str) -> None:
    """Raise ConfigError for a file with secrets that others than its owner may read; OSError if it is not there.

    key: the setting, flag or variable that named the file.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(key, text("config.key_file_open", path=path, mode=f"{mode:o}"))

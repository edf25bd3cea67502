"""Keys of the venue: where they come from, and a type that never shows them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import dotenv

from eliteflow.errors import ConfigError
from eliteflow.messages import text
from eliteflow.secrecy import check_private

KEY, SECRET = "BINANCE_API_KEY", "BINANCE_API_SECRET"
FILE = "BINANCE_CREDENTIALS_FILE"


class Secret:
    """A text that no `str`, `repr`, log line or traceback shows; `reveal` is the one way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not copied to a file or another process")

    def reveal(self) -> str:
        """Return the text itself: for the header and the signature, and for nothing else."""
        return self._value


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key of the venue and the secret that signs with it."""

    api_key: Secret
    api_secret: Secret


def load_credentials(environment: Mapping[str, str]) -> Credentials | None:
    """Return the keys of the environment, else of the file it names, None where there are none.

    `BINANCE_API_KEY` and `BINANCE_API_SECRET`, or `BINANCE_CREDENTIALS_FILE`: a file with these two as `NAME=value`,
    which nobody but its owner may read. Raises ConfigError saying what to do; no message holds a key.
    """
    values = environment
    if not environment.get(KEY) and (named := environment.get(FILE)):
        values = _file_values(Path(named))
    key, secret = values.get(KEY), values.get(SECRET)
    if not key and not secret:
        return None
    if not key or not secret:
        raise ConfigError(SECRET if key else KEY, text("config.key_alone", other=KEY if key else SECRET))
    return Credentials(Secret(key.strip()), Secret(secret.strip()))


def required_credentials() -> Credentials:
    """Return the keys of the process's environment; raise ConfigError where there are none."""
    credentials = load_credentials(os.environ)
    if credentials is None:
        raise ConfigError(KEY, text("config.key_missing", file=FILE))
    return credentials


def _file_values(path: Path) -> dict[str, str]:
    try:
        check_private(path, FILE)
        return {name: value or "" for name, value in dotenv.dotenv_values(path, interpolate=False).items()}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(FILE, text("config.key_file_unreadable", path=path, reason=reason)) from None

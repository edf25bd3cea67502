"""Where values of settings come from: a file, and the environment under several names."""

import re
import tomllib
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from eliteflow.errors import ConfigError
from eliteflow.messages import text

# Origin, dotted key, value.
Value = tuple[str, str, object]

DEFAULT_FILE = Path("eliteflow.toml")
PREFIX = "ELITEFLOW_"
# Names that the users' present system reads; they stand for the keys on the right.
KNOWN_VARIABLES = {"BATCH_SIZE": "scheduler.batch_size", "ELITEFLOW_LANG": "lang", "PORT": "telemetry.port"}
ADDRESS_COMMA = re.compile(r",(?=\s*[\w+.-]+://)")  # between two addresses; one inside an address belongs to it


def settings_file(path: Path | None, variables: Mapping[str, str]) -> Path | None:
    """Return the settings file: `path`, else the one that ELITEFLOW_CONFIG names, else the usual one if it is there."""
    if path is None and (named := variables.get(f"{PREFIX}CONFIG")):
        path = Path(named)
    if path is not None:
        return path
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def container_values(variables: Mapping[str, str]) -> Iterator[Value]:
    """Yield what a host of containers wants that names a PORT: it asks there from outside."""
    if variables.get("PORT"):
        yield "PORT", "telemetry.host", "0.0.0.0"  # noqa: S104  # what such a host wants


def file_values(path: Path) -> Iterator[Value]:
    """Yield what a TOML file sets; raise ConfigError for one that cannot be read."""
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(str(path), text("config.unreadable", reason=error.strerror)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), text("config.not_toml", reason=error)) from error
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from ((str(path), f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield str(path), name, value


def environment_values(variables: Mapping[str, str], list_keys: Container[str]) -> Iterator[Value]:
    """Yield what variables set. list_keys: the keys that hold several words, separated by commas."""
    if variables.get("BINANCE_TESTNET", "").lower() in ("1", "true", "yes"):
        yield "BINANCE_TESTNET", "venue.environment", "testnet"
    for variable, key in KNOWN_VARIABLES.items():
        if variables.get(variable):
            yield variable, key, variables[variable]
    for variable, value in variables.items():
        if key := key_of(variable):
            yield variable, key, _from_words(value) if key in list_keys else value


def key_of(variable: str) -> str:
    """Return the key that a variable sets, as `rest.timeout_s` for ELITEFLOW_REST__TIMEOUT_S; empty for any other."""
    if not variable.startswith(PREFIX) or "__" not in variable:
        return ""
    return variable.removeprefix(PREFIX).lower().replace("__", ".")


def variable_of(key: str) -> str:
    """Return the variable that sets a key of a section."""
    return PREFIX + key.upper().replace(".", "__")


def _from_words(value: str) -> list[str]:
    words = ADDRESS_COMMA.split(value) if "://" in value else value.split(",")
    return [word.strip() for word in words if word.strip()]

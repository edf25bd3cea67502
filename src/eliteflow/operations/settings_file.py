"""The settings file that `eliteflow init` writes: every key, commented out, with its meaning and its default."""

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from eliteflow.config import documented_settings
from eliteflow.errors import ConfigError
from eliteflow.messages import text
from eliteflow.setting_reference import Setting, toml_value

# What keys without a default look like when they are set.
EXAMPLES: dict[str, object] = {
    "venue.rest_url": "https://fapi.binance.com",
    "venue.ws_url": "wss://fstream.binance.com",
    "venue.proxy": "http://127.0.0.1:3128",
    "universe.top": 50,
    "rest.state_dir": "/var/lib/eliteflow",
    "store.path": "/var/lib/eliteflow",
}


def write_settings_file(path: Path) -> None:
    """Write the file, for its owner alone as it may come to hold secrets; raise ConfigError if it exists already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(settings_text())
    except FileExistsError as error:
        raise ConfigError(str(path), text("config.exists")) from error
    except OSError as error:
        raise ConfigError(str(path), text("config.unwritable", path=path, reason=error.strerror)) from error


def settings_text() -> str:
    """Return the file in the process's language; with nothing uncommented it sets nothing."""
    settings = sorted(documented_settings(), key=lambda setting: "." in setting.path)  # TOML wants single keys first
    parts = [text("config.file_head")]
    for section, keys in groupby(settings, key=lambda setting: setting.path.rpartition(".")[0]):
        parts.append("\n".join(_section(section, keys)))
    return "\n\n".join(parts) + "\n"


def _section(section: str, keys: Iterator[Setting]) -> Iterator[str]:
    if section:
        yield f"[{section}]"
    for place, setting in enumerate(keys):
        if place:
            yield ""
        name = setting.path.rpartition(".")[2]
        yield f"# {setting.meaning}"
        if setting.default_text is None:
            yield f"# {text('config.file_unset', accepts=setting.wanted)}"
            yield f"#{name} = {toml_value(EXAMPLES[setting.path])}"
        else:
            yield f"# {text('config.file_accepts', accepts=setting.wanted)}"
            yield f"#{name} = {setting.default_text}"

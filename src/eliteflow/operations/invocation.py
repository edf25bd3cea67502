"""One call of the command line: its flags, merged with file and environment into what will be done."""

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import dotenv
import msgspec

from eliteflow.config import LoadedSettings, Settings, is_secret, load_settings
from eliteflow.errors import ConfigError, InvalidArgument
from eliteflow.messages import set_language, text
from eliteflow.operations.emulator_process import emulator_process
from eliteflow.operations.tables import documents
from eliteflow.operations.tables.settings_table import SECRETS
from eliteflow.operations.terminal import Terminal, log_to
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.secrecy import check_private, has_credentials
from eliteflow.setting_sources import key_of, variable_of

# Flags that set a key of the settings; each is named after the last part of its key.
SETTING_FLAGS = {
    "rest_url": "venue.rest_url",
    "ws_url": "venue.ws_url",
    "proxy": "venue.proxy",
    "limit": "data.limit",
    "batch_size": "scheduler.batch_size",
    "interval": "scheduler.interval_s",
    "lang": "lang",
    "log_format": "log.format",
    "telemetry_port": "telemetry.port",
    "store_path": "store.path",
}


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one call of a command asked for.

    environment: the process's variables, completed by those of `--env-file`.
    emulator_options: options for the emulator to start, None for a venue that exists already.
    output_format: `table`, `json` or `csv`. out: file for the document, None for standard output.
    terminal: where log, bar and table go; None where standard output belongs to a document.
    rows: how many rows a table shows, None for all.
    """

    loaded: LoadedSettings
    environment: Mapping[str, str]
    emulator_options: tuple[str, ...] | None
    output_format: str
    out: Path | None
    terminal: Terminal | None
    rows: int | None

    @property
    def settings(self) -> Settings:
        """The settings in force, before an emulator's addresses are known."""
        return self.loaded.settings

    @contextlib.asynccontextmanager
    async def venue(self) -> AsyncIterator[Settings]:
        """Start the emulator if one was asked for; yield the settings that speak to the venue in use."""
        if self.emulator_options is None:
            yield self.settings
            return
        async with emulator_process(self.emulator_options) as address:
            venue = msgspec.structs.replace(
                self.settings.venue, environment="emulator", rest_url=address.rest_url, ws_url=address.ws_url
            )
            # Nobody else will ever speak to it, and nobody will ever come back to it.
            rest = msgspec.structs.replace(self.settings.rest, state_dir="")
            store = msgspec.structs.replace(
                self.settings.store, enabled=self.settings.store.enabled and self.settings.store.path is not None
            )
            yield msgspec.structs.replace(self.settings, venue=venue, rest=rest, store=store)

    def write(self, render: Callable[[str], str]) -> None:
        """Write what `render` makes of the chosen format; a table goes to standard output, and to `out` as CSV."""
        if self.output_format != "table":
            documents.write(render(self.output_format), self.out)
            return
        documents.write(render("table"), None)
        if self.out is not None:
            documents.write(render("csv"), self.out)

    def deliver(self, outcome: CycleOutcome, *, shows_table: bool) -> None:
        """Write one cycle's document in the chosen format; show its table if `shows_table`."""
        if self.output_format != "table":
            render = documents.outcome_json if self.output_format == "json" else documents.outcome_csv
            documents.write(render(outcome), self.out)
            return
        if self.terminal is not None and shows_table:
            self.terminal.show(outcome)
        if self.out is not None:
            documents.write(documents.outcome_csv(outcome), self.out)


def invoke(flags: Mapping[str, object], *, bars: int | None = None) -> Invocation:
    """Turn the flags of a command into settings, and set up language, log and terminal.

    bars: `data.limit` where nobody has set it.
    Raises ConfigError or InvalidArgument for what cannot be used.
    """
    env_file, config_file, out = (_path(flags.get(name)) for name in ("env_file", "config_file", "out"))
    environment = environment_with(env_file)
    values = _setting_flags(flags)
    _refuse_visible_secrets(values)
    loaded = load_settings(config_file, environment, values)
    if bars is not None and "data.limit" not in loaded.origins:
        loaded = _with_bars(loaded, bars)
    settings = loaded.settings
    set_language(None if settings.lang == "auto" else settings.lang)
    documents.check_writable(out)
    output_format = str(flags.get("output_format", "table"))
    rows = _rows(flags.get("rows"))
    terminal = None
    if output_format == "table" or out is not None:
        terminal = Terminal(quiet=bool(flags.get("quiet")), rows=rows)
    log_to(terminal, settings.log.format, settings.log.level)
    return Invocation(loaded, environment, _emulator_options(flags), output_format, out, terminal, rows)


def environment_with(env_file: Path | None) -> Mapping[str, str]:
    """Return the process's environment, which the variables of `env_file` have completed.

    Raises ConfigError for a file that is not there, or that holds secrets and may be read by others.
    """
    if env_file is not None:
        if not env_file.is_file():
            raise ConfigError("--env-file", text("config.unreadable", reason=env_file))
        variables = {name: value or "" for name, value in dotenv.dotenv_values(env_file).items()}
        if any(_is_secret_variable(name, value) for name, value in variables.items()):
            check_private(env_file, "--env-file")
        # Keys and proxies are read from the process's environment by whoever needs them.
        os.environ.update(variables | dict(os.environ))
    return dict(os.environ)


def _is_secret_variable(name: str, value: str) -> bool:
    if name in SECRETS:
        return bool(value)
    if name.upper().endswith("_PROXY"):
        return has_credentials(value)
    return is_secret(key_of(name), value)


def _refuse_visible_secrets(values: Mapping[str, object]) -> None:
    """Raise ConfigError for a password on the command line, which is in the process list for everybody to see."""
    for key, value in values.items():
        if is_secret(key, value):
            raise ConfigError(key, text("config.visible", variable=variable_of(key), setting=key))


def _with_bars(loaded: LoadedSettings, bars: int) -> LoadedSettings:
    data = msgspec.structs.replace(loaded.settings.data, limit=bars)
    return replace(loaded, settings=msgspec.structs.replace(loaded.settings, data=data))


def _setting_flags(flags: Mapping[str, object]) -> dict[str, object]:
    values = {key: flags.get(flag) for flag, key in SETTING_FLAGS.items()}
    if flags.get("interval") is not None:
        values["scheduler.trigger"] = "interval"
    if isinstance(timeframes := flags.get("timeframes"), str):
        values["data.timeframes"] = _words(timeframes)
    if isinstance(strategy := flags.get("strategy"), str):
        values["strategy.names"] = [] if strategy == "none" else _words(strategy)
    if isinstance(symbols := flags.get("symbols"), str):
        is_count = symbols.lstrip("-").isdigit()
        values["universe.top" if is_count else "universe.include"] = int(symbols) if is_count else _words(symbols)
    return values


def _emulator_options(flags: Mapping[str, object]) -> tuple[str, ...] | None:
    given = {f"--{name}": str(value) for name in ("market", "scenario") if (value := flags.get(name)) is not None}
    if not flags.get("emulator"):
        for flag, value in given.items():
            raise InvalidArgument(flag, found=value, wanted=text("config.market_needs_emulator"))
        return None
    return tuple(chain.from_iterable(given.items()))


def _rows(found: object) -> int | None:
    if found in (None, "all"):
        return None
    if not str(found).isdigit():
        raise InvalidArgument("--rows", found=found, wanted="N | all")
    return int(str(found))


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


def _path(value: object) -> Path | None:
    return value if isinstance(value, Path) else None

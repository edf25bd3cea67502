"""Every setting, its value and where it came from."""

from collections.abc import Mapping
from functools import reduce

from rich.table import Table

from eliteflow.config import SECRET_KEYS, LoadedSettings, documented_settings
from eliteflow.messages import find_text, text
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.tables.rendering import csv_text, csv_value, table_text
from eliteflow.secrecy import without_credentials, without_token

DEFAULT = "default"
SECRETS = ("BINANCE_API_KEY", "BINANCE_API_SECRET")


def render(
    loaded: LoadedSettings, output_format: str, environment: Mapping[str, str], *, only_set: bool = False
) -> str:
    """Return the settings as `table`, `json` or `csv`: path, value, origin; of secrets only whether they are set.

    only_set: leave defaults out, and end a table with how many settings are set.
    """
    rows = [*_setting_rows(loaded), *_secret_rows(environment)]
    if only_set:
        rows = [row for row in rows if row[2] != DEFAULT and row[1] is not None]
    if output_format == "json":
        document = [dict(zip(("setting", "value", "from"), row, strict=True)) for row in rows]
        return json_of(document)
    if output_format == "csv":
        return csv_text([("setting", "value", "from"), *rows])
    if only_set:
        return (_table(rows) if rows else "") + text("config.checked", count=len(rows)) + "\n"
    return _table(rows)


def _setting_rows(loaded: LoadedSettings) -> list[tuple[str, object, str]]:
    return [
        (setting.path, _plain(_value(loaded, setting.path)), loaded.origins.get(setting.path, DEFAULT))
        for setting in documented_settings()
    ]


def _value(loaded: LoadedSettings, path: str) -> object:
    value = reduce(getattr, path.split("."), loaded.settings)
    if path in SECRET_KEYS and isinstance(value, tuple):
        return tuple(map(without_token, value))
    return without_credentials(value) if path == "venue.proxy" and isinstance(value, str) else value


def _plain(value: object) -> object:
    return [str(item) for item in value] if isinstance(value, tuple) else value


def _secret_rows(environment: Mapping[str, str]) -> list[tuple[str, object, str]]:
    return [(name, "****", "environment") if environment.get(name) else (name, None, DEFAULT) for name in SECRETS]


def _table(rows: list[tuple[str, object, str]]) -> str:
    table = Table()
    for column in ("setting", "value", "origin"):
        table.add_column(text(f"table.{column}"), overflow="fold")
    for path, value, origin in rows:
        table.add_row(path, "–" if value in (None, []) else _words(value), find_text(f"origin.{origin}") or origin)
    return table_text(table)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(csv_value(value))

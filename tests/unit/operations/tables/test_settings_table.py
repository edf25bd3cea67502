"""Every setting, its value and where it came from."""

import json

from eliteflow import messages
from eliteflow.config import load_settings
from eliteflow.operations.tables import settings_table

LOADED = load_settings(environment={"BATCH_SIZE": "32"})
KEYS = {"BINANCE_API_KEY": "very-secret-key", "BINANCE_API_SECRET": ""}


def test_each_value_names_its_origin() -> None:
    """A value that surprises can be traced."""
    rows = {row["setting"]: row for row in json.loads(settings_table.render(LOADED, "json", KEYS))}
    assert rows["scheduler.batch_size"] == {"setting": "scheduler.batch_size", "value": 32, "from": "BATCH_SIZE"}
    assert rows["data.limit"] == {"setting": "data.limit", "value": 50, "from": "default"}
    assert rows["data.timeframes"]["value"] == ["1h", "15m", "5m"]


def test_a_secret_is_never_shown() -> None:
    """Only whether it is set."""
    for output_format in ("table", "json", "csv"):
        assert "very-secret-key" not in settings_table.render(LOADED, output_format, KEYS)
    rows = {row["setting"]: row["value"] for row in json.loads(settings_table.render(LOADED, "json", KEYS))}
    assert (rows["BINANCE_API_KEY"], rows["BINANCE_API_SECRET"]) == ("****", None)


def test_where_notifications_go_is_shown_without_its_tokens() -> None:
    """Which service, and no more."""
    loaded = load_settings(environment={"ELITEFLOW_NOTIFY__URLS": "discord://1234/token, json://host/token"})
    for output_format in ("table", "json", "csv"):
        assert "token" not in settings_table.render(loaded, output_format, {})
    rows = {row["setting"]: row["value"] for row in json.loads(settings_table.render(loaded, "json", {}))}
    assert rows["notify.urls"] == ["discord://***", "json://***"]


def test_of_what_is_set_only_that_is_shown() -> None:
    """And a table says that it can be used."""
    rows = json.loads(settings_table.render(LOADED, "json", KEYS, only_set=True))
    assert [row["setting"] for row in rows] == ["scheduler.batch_size", "BINANCE_API_KEY"]
    assert settings_table.render(LOADED, "table", {}, only_set=True).endswith("All settings can be used; set: 1.\n")
    nothing_set = settings_table.render(load_settings(environment={}), "table", {}, only_set=True)
    assert nothing_set == "All settings can be used; set: 0.\n"


def test_origins_are_read_in_the_readers_language() -> None:
    """Except of files and variables, which have their own names."""
    messages.set_language("zh-CN")
    table = settings_table.render(LOADED, "table", {})
    assert "默认值" in table
    assert "BATCH_SIZE" in table

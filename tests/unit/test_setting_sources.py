"""Where values of settings come from."""

from pathlib import Path

import pytest

from eliteflow.setting_sources import (
    DEFAULT_FILE,
    container_values,
    environment_values,
    file_values,
    key_of,
    settings_file,
    variable_of,
)


def test_a_file_yields_each_key_with_its_section(tmp_path: Path) -> None:
    """And itself as the origin."""
    path = tmp_path / "eliteflow.toml"
    path.write_text('lang = "en"\n[rest]\ntimeout_s = 3\n', "utf-8")
    assert list(file_values(path)) == [(str(path), "lang", "en"), (str(path), "rest.timeout_s", 3)]


def test_the_file_is_the_one_given_then_the_one_named_then_the_usual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual one only where it is there."""
    monkeypatch.chdir(tmp_path)
    named = {"ELITEFLOW_CONFIG": "named.toml"}
    assert settings_file(Path("given.toml"), named) == Path("given.toml")
    assert settings_file(None, named) == Path("named.toml")
    assert settings_file(None, {}) is None
    DEFAULT_FILE.touch()
    assert settings_file(None, {}) == DEFAULT_FILE


def test_only_keys_that_hold_a_list_are_split_at_commas() -> None:
    """A comma inside an address belongs to it."""
    variables = {
        "ELITEFLOW_DATA__TIMEFRAMES": "5m, 1h",
        "ELITEFLOW_NOTIFY__URLS": "tgram://token/1,2,discord://3/token",
        "ELITEFLOW_STORE__PATH": "a,b",
    }
    values = {key: value for _, key, value in environment_values(variables, {"data.timeframes", "notify.urls"})}
    assert values == {
        "data.timeframes": ["5m", "1h"],
        "notify.urls": ["tgram://token/1,2", "discord://3/token"],
        "store.path": "a,b",
    }


def test_a_port_of_a_container_host_opens_the_telemetry() -> None:
    """Nothing without it."""
    assert list(container_values({"PORT": "8080"})) == [("PORT", "telemetry.host", "0.0.0.0")]
    assert list(container_values({})) == []


def test_variables_and_keys_name_each_other() -> None:
    """What is no setting has no key."""
    assert variable_of("rest.timeout_s") == "ELITEFLOW_REST__TIMEOUT_S"
    assert key_of("ELITEFLOW_REST__TIMEOUT_S") == "rest.timeout_s"
    assert key_of("ELITEFLOW_LANG") == key_of("HTTPS_PROXY") == ""

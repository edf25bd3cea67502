"""The settings file that `eliteflow init` writes."""

import re
import stat
import tomllib
from pathlib import Path

import pytest

from eliteflow import messages
from eliteflow.config import Settings, documented_settings, load_settings
from eliteflow.errors import ConfigError
from eliteflow.operations.settings_file import EXAMPLES, settings_text, write_settings_file


def uncommented(content: str) -> str:
    """The file with every key in force."""
    return re.sub(r"^#(?=\w)", "", content, flags=re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_as_it_is_written_it_sets_nothing(tmp_path: Path, language: str) -> None:
    """In either language."""
    messages.set_language(language)
    path = tmp_path / "eliteflow.toml"
    write_settings_file(path)
    loaded = load_settings(path, {})
    assert (loaded.settings, loaded.origins) == (Settings(), {})


def test_with_every_key_in_force_it_sets_the_defaults(tmp_path: Path) -> None:
    """And for what has none, something that is accepted."""
    path = tmp_path / "eliteflow.toml"
    path.write_text(uncommented(settings_text()), "utf-8")
    path.chmod(0o600)
    loaded = load_settings(path, {})
    assert loaded.origins.keys() == {setting.path for setting in documented_settings()}
    without_default = {setting.path for setting in documented_settings() if setting.default is None}
    assert without_default == EXAMPLES.keys()
    for setting in documented_settings():
        is_default = _value(loaded.settings, setting.path) == setting.default
        assert is_default == (setting.path not in without_default)


def _value(settings: Settings, path: str) -> object:
    value: object = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value


def test_every_key_has_its_meaning_and_what_it_accepts_above_it() -> None:
    """In the reader's language."""
    messages.set_language("zh-CN")
    lines = settings_text().splitlines()
    place = lines.index("#weight_share = 0.9")
    assert lines[place - 2 : place] == ["# eliteflow 可消耗的权重占交易所限额的比例", "# 可用值：数字 > 0, <= 1"]
    tomllib.loads(settings_text())


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """Somebody's settings are in it."""
    path = tmp_path / "eliteflow.toml"
    path.write_text("[data]\nlimit = 7\n", "utf-8")
    with pytest.raises(ConfigError, match="is there already, and is not overwritten"):
        write_settings_file(path)
    assert path.read_text("utf-8") == "[data]\nlimit = 7\n"


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It may come to hold a password, and then has to be."""
    write_settings_file(tmp_path / "eliteflow.toml")
    assert stat.S_IMODE((tmp_path / "eliteflow.toml").stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """Nothing is made on the way."""
    with pytest.raises(ConfigError, match="cannot be written to"):
        write_settings_file(tmp_path / "absent" / "eliteflow.toml")

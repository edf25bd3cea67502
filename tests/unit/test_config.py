"""Settings: file, then environment, then flags, each value with its origin."""

from pathlib import Path

import pytest

from eliteflow.config import Settings, documented_settings, load_settings
from eliteflow.errors import ConfigError


def write(folder: Path, content: str) -> Path:
    """A settings file."""
    path = folder / "eliteflow.toml"
    path.write_text(content, "utf-8")
    return path


def test_without_anything_every_value_is_its_default() -> None:
    """No file, no variable, no flag."""
    loaded = load_settings(environment={})
    assert loaded.settings == Settings()
    assert loaded.origins == {}


def test_flags_go_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    """Each layer overrides the one below, and the origin of each value is known."""
    path = write(tmp_path, "[rest]\nmax_in_flight = 1\ntimeout_s = 1\nweight_share = 0.1\n")
    environment = {"ELITEFLOW_REST__TIMEOUT_S": "2", "ELITEFLOW_REST__WEIGHT_SHARE": "0.2"}
    loaded = load_settings(path, environment, {"rest.weight_share": 0.3, "data.limit": None})
    assert (loaded.settings.rest.max_in_flight, loaded.settings.rest.timeout_s) == (1, 2.0)
    assert loaded.settings.rest.weight_share == 0.3
    assert loaded.origins == {
        "rest.max_in_flight": str(path),
        "rest.timeout_s": "ELITEFLOW_REST__TIMEOUT_S",
        "rest.weight_share": "command line",
    }


def test_the_names_of_the_old_system_are_honoured() -> None:
    """BINANCE_TESTNET and BATCH_SIZE mean what they always meant."""
    settings = load_settings(environment={"BINANCE_TESTNET": "true", "BATCH_SIZE": "32"}).settings
    assert settings.venue.environment == "testnet"
    assert settings.scheduler.batch_size == 32


def test_lists_are_separated_by_commas_in_the_environment() -> None:
    """A variable holds several words."""
    settings = load_settings(environment={"ELITEFLOW_DATA__TIMEFRAMES": "5m, 1h"}).settings
    assert settings.data.timeframes == ("5m", "1h")


def test_the_file_can_be_named_by_a_variable(tmp_path: Path) -> None:
    """ELITEFLOW_CONFIG stands for --config."""
    path = write(tmp_path, 'lang = "zh-CN"\n')
    assert load_settings(environment={"ELITEFLOW_CONFIG": str(path)}).settings.lang == "zh-CN"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[rest]\nweigt_share = 0.5\n", "did you mean `rest.weight_share`"),
        ("[rest]\nweight_share = 1.5\n", "wanted a number > 0, <= 1; found 1.5"),
        ("[data]\nlimit = 0\n", "wanted a whole number >= 1, <= 1500; found 0"),
        ('[data]\nlimit = "many"\n', "found 'many'"),
        ('[data]\ntimeframes = ["7m"]\n', r"wanted a list of 1m \| 3m"),
        ('[venue]\nenvironment = "spot"\n', r"wanted emulator \| production \| testnet; found 'spot'"),
        ("nonsense = 1\n", "there is no such setting"),
        ("[rest\n", "is not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_key(tmp_path: Path, content: str, sentence: str) -> None:
    """The sentence names key and file, what was wanted and what was found."""
    path = write(tmp_path, content)
    with pytest.raises(ConfigError, match=sentence) as caught:
        load_settings(path, {})
    assert str(path) in str(caught.value)


def test_a_variable_that_names_no_setting_is_refused() -> None:
    """A misspelt variable does not pass in silence."""
    with pytest.raises(ConfigError, match=r"ELITEFLOW_REST__TIMEOUT.*did you mean `rest.timeout_s`"):
        load_settings(environment={"ELITEFLOW_REST__TIMEOUT": "3"})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that was named must be there."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "absent.toml", {})


def test_every_setting_is_documented() -> None:
    """Each key carries its meaning and what it accepts."""
    settings = documented_settings()
    assert {"rest.weight_share", "scheduler.batch_size", "lang"} <= {setting.path for setting in settings}
    assert all(setting.description and setting.wanted for setting in settings)


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://user:pass@host:1", "http://***@host:1"),
        ("user:p@ss@host", "***@host"),
        ("socks5://host:1080", "socks5://host:1080"),
    ],
)
def test_a_proxys_credentials_are_not_shown(proxy: str, shown: str) -> None:
    """Where a program prints its settings by accident."""
    settings = load_settings(environment={"ELITEFLOW_VENUE__PROXY": proxy}).settings
    assert f"proxy={shown!r}" in repr(settings)


def test_a_container_hosts_port_opens_the_telemetry_to_it() -> None:
    """PORT says that somebody outside asks; an address of the user's own goes before."""
    settings = load_settings(environment={"PORT": "8080"}).settings
    assert (settings.telemetry.host, settings.telemetry.port) == ("0.0.0.0", 8080)
    settings = load_settings(environment={"PORT": "8080", "ELITEFLOW_TELEMETRY__HOST": "10.0.0.1"}).settings
    assert settings.telemetry.host == "10.0.0.1"
    assert load_settings(environment={}).settings.telemetry.host == "127.0.0.1"


def test_addresses_of_notifications_are_never_shown(tmp_path: Path) -> None:
    """Their tokens stand in no repr and in no refusal, and a comma inside one belongs to it."""
    variables = {"ELITEFLOW_NOTIFY__URLS": "tgram://token/1,2,discord://3/token"}
    notify = load_settings(environment=variables).settings.notify
    assert notify.urls == ("tgram://token/1,2", "discord://3/token")
    assert "token" not in repr(notify)
    path = write(tmp_path, '[notify]\nurls = "json://host/token"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(path, {})
    assert "token" not in str(caught.value)


def test_a_file_with_addresses_of_notifications_is_its_owners_alone(tmp_path: Path) -> None:
    """Others on the machine could read the tokens; the sentence says what to do."""
    path = write(tmp_path, '[notify]\nurls = ["json://host/token"]\n')
    path.chmod(0o644)
    with pytest.raises(ConfigError, match=r"may be read by others \(mode 644\).*chmod 600"):
        load_settings(path, {})
    path.chmod(0o600)
    assert load_settings(path, {}).settings.notify.urls == ("json://host/token",)


def test_a_file_with_a_proxys_password_is_its_owners_alone(tmp_path: Path) -> None:
    """One without a password may be read by all."""
    path = write(tmp_path, '[venue]\nproxy = "http://user:pass@host:1"\n')
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"may be read by others \(mode 640\).*chmod 600") as caught:
        load_settings(path, {})
    assert "user:pass" not in str(caught.value)
    path = write(tmp_path, '[venue]\nproxy = "http://host:1"\n')
    assert load_settings(path, {}).settings.venue.proxy == "http://host:1"


def test_a_key_without_a_section_is_refused_like_any_other() -> None:
    """What is accepted and what was found, not what the decoder says."""
    with pytest.raises(ConfigError, match=r"^Setting lang \(ELITEFLOW_LANG\): wanted auto .* zh; found 'fr'$"):
        load_settings(environment={"ELITEFLOW_LANG": "fr"})


def test_keys_that_contradict_each_other_are_refused_together() -> None:
    """Nothing can be given up before it was looked for; the sentence names both keys and their values."""
    with pytest.raises(ConfigError, match=r"^Setting close: wanted close.give_up_after_s at least as large as .*4.5"):
        load_settings(environment={}, flags={"close.verify_after_s": 4.5, "close.give_up_after_s": 3.0})

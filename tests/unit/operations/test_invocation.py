"""One call of the command line: flags merged with file and environment."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eliteflow import messages
from eliteflow.errors import ConfigError, InvalidArgument
from eliteflow.operations.invocation import environment_with, invoke


def test_flags_become_settings() -> None:
    """Each flag sets the key it is named after."""
    settings = invoke({"limit": 99, "timeframes": "5m, 1h", "proxy": "http://p:1", "interval": 5.0}).settings
    assert (settings.data.limit, settings.data.timeframes) == (99, ("5m", "1h"))
    assert (settings.venue.proxy, settings.scheduler.interval_s) == ("http://p:1", 5.0)


def test_symbols_are_a_number_of_the_largest_or_a_list() -> None:
    """`--symbols 10` and `--symbols BTCUSDT,ETHUSDT` mean different keys."""
    assert invoke({"symbols": "10"}).settings.universe.top == 10
    assert invoke({"symbols": "BTCUSDT, ethusdt"}).settings.universe.include == ("BTCUSDT", "ethusdt")


@pytest.mark.parametrize("symbols", ["0", "-3"])
def test_a_number_of_symbols_below_one_is_refused(symbols: str) -> None:
    """Nothing to watch is no market."""
    with pytest.raises(ConfigError, match=r"universe.top: wanted a whole number >= 1; found"):
        invoke({"symbols": symbols})


def test_a_market_without_an_emulator_is_refused() -> None:
    """The real venue trades what it trades."""
    with pytest.raises(InvalidArgument, match="--market: wanted --emulator beside it"):
        invoke({"market": "generated"})


def test_rows_are_a_number_or_all() -> None:
    """Anything else is one sentence."""
    with pytest.raises(InvalidArgument, match=r"--rows: wanted N \| all; found 'many'"):
        invoke({"rows": "many"})


def test_a_document_on_standard_output_has_it_for_itself() -> None:
    """The log then goes to standard error."""
    assert invoke({"output_format": "json"}).terminal is None
    assert invoke({"output_format": "json", "out": Path("scan.json")}).terminal is not None
    assert invoke({"output_format": "table"}).terminal is not None


def test_the_language_flag_chooses_the_language() -> None:
    """And the setting does, when there is no flag."""
    invoke({"lang": "zh-CN"})
    assert messages.language() == "zh-CN"


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test's file puts into the environment does not stay there."""
    with monkeypatch.context() as changes:
        changes.setattr(os, "environ", dict(os.environ))
        yield


@pytest.mark.usefixtures("unset")
def test_an_env_file_completes_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real environment goes before the file, and whoever reads the environment finds both."""
    monkeypatch.setenv("BATCH_SIZE", "32")
    env_file = tmp_path / ".env"
    env_file.write_text("BATCH_SIZE=16\nELITEFLOW_DATA__LIMIT=77\nHTTPS_PROXY=http://p:1\n", "utf-8")
    settings = invoke({"env_file": env_file}).settings
    assert (settings.scheduler.batch_size, settings.data.limit) == (32, 77)
    assert os.environ["HTTPS_PROXY"] == "http://p:1"


@pytest.mark.usefixtures("unset")
@pytest.mark.parametrize(
    "line",
    [
        "BINANCE_API_SECRET=planted",
        "https_proxy=http://user:planted@p:1",
        "ELITEFLOW_VENUE__PROXY=socks5://user:planted@p:1",
        "ELITEFLOW_NOTIFY__URLS=tgram://planted/1",
    ],
)
def test_an_env_file_with_a_secret_is_its_owners_alone(tmp_path: Path, line: str) -> None:
    """The rule and the sentence are those of BINANCE_CREDENTIALS_FILE."""
    env_file = tmp_path / ".env"
    env_file.write_text(line, "utf-8")
    env_file.chmod(0o644)
    with pytest.raises(ConfigError, match=r"--env-file: .* may be read by others \(mode 644\).*chmod 600") as caught:
        environment_with(env_file)
    assert "planted" not in str(caught.value)
    env_file.chmod(0o600)
    assert "planted" in str(environment_with(env_file))


def test_a_password_on_the_command_line_is_refused() -> None:
    """Others on the machine could read it in the process list; the sentence says where it belongs."""
    with pytest.raises(ConfigError, match=r"venue\.proxy: holds a password.*set ELITEFLOW_VENUE__PROXY") as caught:
        invoke({"proxy": "http://user:planted@p:1"})
    assert "planted" not in str(caught.value)


def test_a_missing_env_file_is_refused(tmp_path: Path) -> None:
    """A file that was named must be there."""
    with pytest.raises(ConfigError, match="--env-file: cannot be read"):
        environment_with(tmp_path / "absent")

"""Tests of where keys come from, and that they are not shown."""

import pickle
from pathlib import Path

import pytest

from eliteflow.errors import ConfigError
from eliteflow.exchange.credentials import Secret, load_credentials, required_credentials


def key_file(folder: Path, mode: int, content: str = "BINANCE_API_KEY=k3y\nBINANCE_API_SECRET='s3cret'\n") -> Path:
    """A file with both keys."""
    path = folder / "keys.env"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    """The file it names is not even read."""
    found = load_credentials(
        {"BINANCE_API_KEY": " k ", "BINANCE_API_SECRET": "s", "BINANCE_CREDENTIALS_FILE": str(tmp_path / "absent")}
    )
    assert found is not None
    assert (found.api_key.reveal(), found.api_secret.reveal()) == ("k", "s")


def test_a_file_that_only_its_owner_reads_is_taken(tmp_path: Path) -> None:
    """Mode 600."""
    found = load_credentials({"BINANCE_CREDENTIALS_FILE": str(key_file(tmp_path, 0o600))})
    assert found is not None
    assert (found.api_key.reveal(), found.api_secret.reveal()) == ("k3y", "s3cret")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """The sentence says what to do."""
    path = key_file(tmp_path, mode)
    with pytest.raises(ConfigError, match=rf"may be read by others \(mode {mode:o}\).*chmod 600 {path}"):
        load_credentials({"BINANCE_CREDENTIALS_FILE": str(path)})


@pytest.mark.parametrize("content", [None, "\xff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    """Absent, or no text."""
    path = tmp_path / "keys.env"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
        path.chmod(0o600)
    with pytest.raises(ConfigError, match=f"{path} cannot be read"):
        load_credentials({"BINANCE_CREDENTIALS_FILE": str(path)})


def test_one_key_alone_is_a_mistake() -> None:
    """The sentence names the one that is missing, and shows neither."""
    with pytest.raises(ConfigError, match="BINANCE_API_SECRET: is not set, but BINANCE_API_KEY is") as raised:
        load_credentials({"BINANCE_API_KEY": "k3y"})
    assert "k3y" not in str(raised.value)


def test_no_keys_are_no_mistake_until_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Market data needs none."""
    for name in ("BINANCE_API_KEY", "BINANCE_API_SECRET", "BINANCE_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert load_credentials({}) is None
    with pytest.raises(ConfigError, match="BINANCE_API_KEY: is not set; set"):
        required_credentials()


def test_a_secret_is_shown_by_nothing() -> None:
    """Neither printed nor formatted nor sent elsewhere."""
    secret = Secret("s3cret")
    assert "s3cret" not in f"{secret} {secret!r} {[secret]} {secret!s:>20}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)

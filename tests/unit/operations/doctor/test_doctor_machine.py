"""What doctor looks at on the machine itself."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from eliteflow.config import RestSettings, Settings, StoreSettings
from eliteflow.operations.doctor.diagnosis import State
from eliteflow.operations.doctor.doctor_machine import check_state, check_store, check_versions
from eliteflow.pipeline.disk.disk_file import DiskFile
from eliteflow.pipeline.disk.disk_place import store_path

HOST = "venue.test"
Usage = namedtuple("Usage", "total used free")


def store_in(folder: Path) -> Settings:
    """Settings with the disk cache in a folder."""
    return Settings(store=StoreSettings(path=str(folder)))


def test_versions_are_named() -> None:
    """What an issue needs in its first line."""
    finding = check_versions((3, 12))
    assert finding.state is State.OK
    assert "eliteflow " in finding.found
    assert "picows " in finding.found


def test_a_python_that_nobody_tested_is_a_warning() -> None:
    """It may work."""
    finding = check_versions((3, 15))
    assert (finding.state, finding.advice) == (State.WARNING, "tested on Python 3.11, 3.12, 3.13: use one of these")


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path: Path) -> None:
    """The program makes it."""
    finding = check_store(store_in(tmp_path / "a" / "b"), HOST)
    assert finding.state is State.OK
    assert str(tmp_path / "a" / "b") in finding.found
    assert not (tmp_path / "a").exists()


def test_a_folder_that_cannot_be_written_to_is_a_warning(tmp_path: Path) -> None:
    """The program runs without it; the advice names the setting."""
    (tmp_path / "file").touch()
    finding = check_store(store_in(tmp_path / "file"), HOST)
    assert finding.state is State.WARNING
    assert "store.path" in (finding.advice or "")
    settings = Settings(rest=RestSettings(state_dir=str(tmp_path / "file")))
    assert "rest.state_dir" in (check_state(settings, HOST).advice or "")


def test_candles_on_disk_are_looked_through(tmp_path: Path) -> None:
    """A sound file is fine; a damaged one has the status of its own, and is left as it is."""
    path = store_path(HOST, str(tmp_path))
    DiskFile(path, "SIMULATED", 128).close()
    assert check_store(store_in(tmp_path), HOST).state is State.OK
    path.write_bytes(b"not candles" * 1_000)
    finding = check_store(store_in(tmp_path), HOST)
    assert (finding.state, finding.exit_status) == (State.FAILED, 7)
    assert str(path) in finding.found
    assert path.read_bytes().startswith(b"not candles")


def test_little_free_space_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is none."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9 - 499_000_000, 499_000_000))
    finding = check_store(store_in(tmp_path), HOST)
    assert (finding.state, finding.advice) == (State.WARNING, "keep 500 MB free")


def test_what_is_switched_off_is_not_looked_at() -> None:
    """And the setting that does it is named."""
    assert check_store(Settings(store=StoreSettings(enabled=False)), HOST).found == "switched off (store.enabled)"
    assert check_state(Settings(rest=RestSettings(state_dir="")), HOST).state is State.SKIPPED

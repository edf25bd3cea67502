"""Fixtures shared by all tests, and the rule about recorded market data."""

import itertools
import os
from pathlib import Path

import pytest

from eliteflow import messages

REPOSITORY = Path(__file__).parent.parent
RECORDED = Path(os.environ.get("ELITEFLOW_RECORDED_DATA", REPOSITORY / "../shared/data")).resolve()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs recorded data where there is none, and say so; where it is present it always runs."""
    if RECORDED.is_dir():
        return
    needing = [item for item in items if item.get_closest_marker("recorded")]
    if needing:
        items[:] = [item for item in items if item not in needing]
        config.hook.pytest_deselected(items=needing)
        config.stash[DESELECTED] = len(needing)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the one line about recorded data."""
    if count := config.stash.get(DESELECTED, 0):
        terminalreporter.write_line(f"recorded data not found at {RECORDED}: {count} tests that need it were left out")


STATES = itertools.count()
DESELECTED = pytest.StashKey[int]()


@pytest.fixture
def recorded_data() -> Path:
    """The folder of recorded market data; only for tests marked `recorded`."""
    return RECORDED


@pytest.fixture(autouse=True)
def state_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees what another one, or the user, has spent of a venue's weight."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / f"state{next(STATES)}"))


@pytest.fixture(autouse=True)
def english() -> None:
    """Every test reads English unless it chooses otherwise."""
    messages.set_language("en")

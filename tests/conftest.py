"""Fixtures shared by all tests, and the rule about recorded market data."""

import itertools
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from eliteflow import messages

REPOSITORY = Path(__file__).parent.parent
RECORDED = Path(os.environ.get("ELITEFLOW_RECORDED_DATA", REPOSITORY / "../shared/data")).resolve()
NOTES = pytest.StashKey[set[str]]()
BEGUN_S = pytest.StashKey[float]()
STATES = itertools.count()
UNIT_PART = "tests/unit/"
UNIT_LIMIT_S = 20


class Worker(Protocol):
    """One of the processes that xdist starts."""

    config: pytest.Config
    workeroutput: dict[str, list[str]]


def pytest_configure(config: pytest.Config) -> None:
    """Begin the list of lines that the summary ends with, and the measuring of time."""
    if NOTES not in config.stash:
        config.stash[NOTES] = set()
    config.stash[BEGUN_S] = time.perf_counter()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs recorded data where there is none, and say so; where it is present it always runs."""
    if RECORDED.is_dir():
        return
    needing = [item for item in items if item.get_closest_marker("recorded")]
    if needing:
        items[:] = [item for item in items if item not in needing]
        config.hook.pytest_deselected(items=needing)
        config.stash[NOTES].add(f"recorded data not found at {RECORDED}: {len(needing)} tests that need it left out")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker hand its notes to the process that prints."""
    notes: set[str] = session.config.stash[NOTES]
    if isinstance(output := getattr(session.config, "workeroutput", None), dict):
        output["notes"] = sorted(notes)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker) -> None:
    """Collect the notes of a worker; one that crashed left none."""
    notes: set[str] = node.config.stash[NOTES]
    notes.update(node.workeroutput["notes"] if hasattr(node, "workeroutput") else ())


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the notes, and how long the unit part took where nothing else was run."""
    notes: set[str] = config.stash[NOTES]
    for note in sorted(notes):
        terminalreporter.write_line(note)
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    if reports and all(report.nodeid.startswith(UNIT_PART) for report in reports):
        took_s = time.perf_counter() - config.stash[BEGUN_S]
        verdict = "more than" if took_s > UNIT_LIMIT_S else "within"
        terminalreporter.write_line(f"unit part: {len(reports)} tests in {took_s:.1f} s, {verdict} {UNIT_LIMIT_S} s")


@pytest.fixture
def recorded_data() -> Path:
    """The folder of recorded market data; only for tests marked `recorded`."""
    return RECORDED


@pytest.fixture(autouse=True)
def state_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees what another one, or the user, has spent of a venue's weight."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / f"state{next(STATES)}"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.getbasetemp() / f"data{next(STATES)}"))


@pytest.fixture(autouse=True)
def english() -> None:
    """Every test reads English unless it chooses otherwise."""
    messages.set_language("en")


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """No test hears of what another one has set up for the log."""
    logger = logging.getLogger("eliteflow")
    before = [*logger.handlers], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.level, logger.propagate = before

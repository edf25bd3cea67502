"""The first lines of the program."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from eliteflow import __main__, cli

LOADS_FOR_EVER = """
import importlib.abc, signal, sys

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "eliteflow.cli":
            print("loading", flush=True)
            signal.pause()

sys.meta_path.insert(0, Slow())
from eliteflow.__main__ import main
main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_program_that_is_still_loading(number: signal.Signals) -> None:
    """With the status of every other interruption, and without a word."""
    command = [sys.executable, "-c", LOADS_FOR_EVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        _, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints) == (130, b"")


@pytest.fixture
def handlers() -> Iterator[None]:
    """Leave the signals of the test run as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("before", [signal.default_int_handler, signal.SIG_IGN])
def test_once_all_is_loaded_ctrl_c_does_what_it_did_before(
    before: signal.Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It interrupts, or does nothing to what a script has begun in the background."""
    found: list[object] = []
    monkeypatch.setattr(cli, "main", lambda: found.append(signal.getsignal(signal.SIGINT)))
    signal.signal(signal.SIGINT, before)
    __main__.main()
    assert found == [before]


def test_the_status_is_that_of_the_loaded_program() -> None:
    """It stands in two places, because one of them must not load the other."""
    assert __main__.INTERRUPTED == cli.INTERRUPTED

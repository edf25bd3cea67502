"""The local venue and the program in front of it, as processes of their own, and what the system says of them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
VENUE_CORE, PROGRAM_CORE = 0, 1
PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
KILLED_AFTER_S = 30


class Address(NamedTuple):
    """Where a local venue is found."""

    rest_url: str
    ws_url: str
    control_url: str


class Process:
    """`eliteflow` with some words, on one core where the machine has it."""

    def __init__(self, words: Sequence[str], core: int, log: Path | None = None, **variables: str) -> None:
        environment = {**_compiled(os.environ), "ELITEFLOW_LANG": "en", **variables}
        self.started_s = time.monotonic()
        with contextlib.nullcontext(subprocess.PIPE) if log is None else log.open("ab") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "eliteflow", *words],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output if log else None,
                env=environment,
            )
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(self.popen.pid, {cores[core % len(cores)]})

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.popen.poll() is None

    def resident_mb(self) -> float:
        """Return how much memory it holds."""
        return int(self._proc("statm").split()[1]) * PAGE / 1e6

    def processor_s(self) -> float:
        """Return how long it has had a processor so far."""
        user, system = self._proc("stat").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return the exit status, and the seconds until it ended."""
        begun_s = time.monotonic()
        if self.is_running:
            self.popen.send_signal(number)
        try:
            status = self.popen.wait(KILLED_AFTER_S)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            status = self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()
        return status, time.monotonic() - begun_s

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.popen.pid}/{name}").read_text("utf-8")


def _compiled(environment: Mapping[str, str]) -> dict[str, str]:
    """Return it so that programs keep what they have compiled, as an installed one has."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


def start_venue(*options: str) -> tuple[Process, Address]:
    """Start a local venue, and return it when it answers."""
    venue = Process(("emulator", "--exit-with-parent", *options), VENUE_CORE)
    assert venue.popen.stdout is not None
    told = json.loads(venue.popen.stdout.readline())
    return venue, Address(told["rest_url"], told["ws_url"], told["control_url"])


def start_program(address: Address, folder: Path, port: int, log: Path, *options: str, **variables: str) -> Process:
    """Start `eliteflow run` with all that it keeps in `folder`; its log goes to a file, one JSON object a line."""
    places = ("--rest-url", address.rest_url, "--ws-url", address.ws_url, "--store-path", str(folder / "store"))
    words = ("run", *places, "--telemetry-port", str(port), "--log-format", "json", *options)
    state = str(folder / "state")
    variables |= {"ELITEFLOW_REST__STATE_DIR": state, "ELITEFLOW_LOG__LEVEL": "DEBUG"}
    return Process(words, PROGRAM_CORE, log, **variables)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""The program as people call it, and the venue that it is called on."""

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from eliteflow.operations.emulator_process import EmulatorAddress

SYMBOLS = 12


class Finished(NamedTuple):
    """How a call of the program ended, and what it printed."""

    status: int
    out: str
    err: str


def eliteflow(*words: str, **variables: str) -> Finished:
    """Run the program to its end, in English unless told otherwise."""
    environment = {**os.environ, "ELITEFLOW_LANG": "en", **variables}
    done = subprocess.run(
        [sys.executable, "-m", "eliteflow", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def control(venue: EmulatorAddress, method: str, path: str, order: dict[str, object]) -> None:
    """Tell the venue how to behave."""
    request = urllib.request.Request(venue.control_url + path, json.dumps(order).encode(), method=method)
    urllib.request.urlopen(request, timeout=10).close()


class Observed(NamedTuple):
    """All that a call of the program let others see: what it printed, and what stood in the list of processes."""

    printed: str
    command_lines: str

    @property
    def everything(self) -> str:
        """Both."""
        return self.printed + self.command_lines


def observed(*words: str, **variables: str) -> Observed:
    """Run the program to its end, and look at the command lines of it and its children meanwhile."""
    environment = {**os.environ, "ELITEFLOW_LANG": "en", **variables}
    command = [sys.executable, "-m", "eliteflow", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        lines: set[str] = set()
        while process.poll() is None:
            lines.update(command_line(pid) for pid in (process.pid, *children(process.pid)))
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.05)
        assert process.stdout is not None
        return Observed(process.stdout.read(), "\n".join(lines))


def command_line(pid: int) -> str:
    """What everybody on the machine can read of a process."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
    return ""


def children(pid: int) -> list[int]:
    """The processes that one has started."""
    with suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]
    return []

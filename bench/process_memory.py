"""How much memory the whole running program takes, with every contract, timeframe and handle of the market in it.

    python bench/process_memory.py [--bars 499] [--cycles 8] [--interval 15]

Starts `eliteflow run --emulator`, which keeps 530 × 3 series of `bars` bars in memory, streams klines, writes its disk
cache and follows the market by live handles, and reads the resident memory of that process (not of the emulator, which
is one of its own) from the system while it runs. It exits with 1 above `--limit-mb`.

Limits: Linux only, from /proc; a simulated market of 530 contracts. The first cycle waits for the venue's weight limit,
so a run takes about two minutes.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Memory(NamedTuple):
    """Resident memory of a process in MB: at this moment, and at its highest."""

    resident_mb: float
    highest_mb: float


def main(bars: int, cycles: int, interval_s: float, limit_mb: float) -> int:
    """Print one line for each cycle."""
    print(f"Python {platform.python_version()}, {platform.machine()}, 530 × 3 × {bars} bars, limit {limit_mb:.0f} MB")
    print("  cycle  symbols  bars in memory  resident MB  highest MB")
    memory = Memory(0, 0)
    for cycle, symbols, memory in _cycles(bars, cycles, interval_s):
        print(
            f"{cycle:>7} {symbols:>8} {symbols * 3 * bars:>15} {memory.resident_mb:>12.0f} {memory.highest_mb:>11.0f}"
        )
    return int(memory.highest_mb > limit_mb)


def _cycles(bars: int, cycles: int, interval_s: float) -> Iterator[tuple[int, int, Memory]]:
    """Run the program and yield each cycle's number, its symbols, and the memory after it."""
    words = ["run", "--emulator", "--limit", str(bars), "--cycles", str(cycles), "--interval", str(interval_s)]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"ELITEFLOW_STORE__PATH": folder, "ELITEFLOW_TELEMETRY__PORT": "0"}
        command = [sys.executable, "-m", "eliteflow", *words, "--log-format", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as program:
            assert program.stdout is not None
            for line in program.stdout:
                if line.startswith("{") and (event := json.loads(line))["event"] == "cycle.finished":
                    yield event["cycle"], event["succeeded"], _memory(program.pid)


def _memory(pid: int) -> Memory:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    found = {key: value for key, _, value in (line.partition(":") for line in status.splitlines())}
    return Memory(*(int(found[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=499)
    parser.add_argument("--cycles", type=int, default=8)
    parser.add_argument("--interval", type=float, default=15.0)
    parser.add_argument("--limit-mb", type=float, default=400.0)
    options = parser.parse_args()
    sys.exit(main(options.bars, options.cycles, options.interval, options.limit_mb))

"""The process of one system: reads a Job, then opens and goes, round by round. `python -m bench.worker`.

What the venue counts between `open` and the answer to `go` is the fetch alone.
"""

import asyncio
import contextlib
import gc
import importlib
import inspect
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from bench.job import Job, Round
from bench.systems.base import System

CLIENT_CORE = 1


def main() -> None:
    """Serve until the pipe closes."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what libraries print goes to the standard error
    job = msgspec.json.decode(sys.stdin.readline(), type=Job)
    pin(CLIENT_CORE)
    compares = True
    with asyncio.Runner(loop_factory=_loop) as runner:
        while sys.stdin.readline():
            for result in _round(runner, job, compares=compares):
                answers.write(msgspec.json.encode(result) + b"\n")
                if result.error or result.series:
                    break
                sys.stdin.readline()
            compares = False


def pin(core: int) -> None:
    """Stay on one core, where the system can and there are several."""
    with contextlib.suppress(AttributeError, OSError, IndexError):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})


def peak_mb() -> float:
    """Return the largest resident memory so far, in MB of 10^6 bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def cpu_s() -> float:
    """Return the processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _round(runner: asyncio.Runner, job: Job, *, compares: bool) -> Iterator[Round]:
    """Yield an empty Round once the system is open, then its figures; or an error in place of either."""
    try:
        module = importlib.import_module(f"bench.systems.{job.module}")
        system = module.make(job)
        system.compares = compares
        _call(runner, system.open)
        yield Round()
        yield _measure(runner, system.version or module.VERSION, system)
    except Exception as error:  # noqa: BLE001  # whatever goes wrong in somebody else's client is its result
        yield Round(error=f"{type(_innermost(error)).__name__}: {_innermost(error)}"[:300])


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _measure(runner: asyncio.Runner, version: str, system: System) -> Round:
    gc.collect()
    gc.freeze()  # as our app does, for every system alike
    asked_ms = time.time_ns() // 1_000_000
    started_s, used_s = time.perf_counter(), cpu_s()
    try:
        found = _call(runner, system.fetch)
        wall_s, used_s = time.perf_counter() - started_s - system.idle_s, cpu_s() - used_s
        peak = peak_mb()
        series, complete, right = _call(runner, lambda: system.check(found, asked_ms))
    finally:
        extra = dict(system.extra)
        _call(runner, system.close)
    return Round(
        wall_s=wall_s / system.parts,
        cpu_s=used_s / system.parts,
        peak_mb=peak,
        series=series,
        complete=complete,
        right=right,
        version=version,
        extra=extra,
    )


def _call(runner: asyncio.Runner, function: Callable[[], Any]) -> Any:
    """Call a function inside the loop, or, if it blocks by nature, outside."""
    found = function()
    if not inspect.iscoroutine(found):
        return found
    kept: list[Any] = []

    async def keep() -> None:
        # asyncio.Runner takes its signal handler off by way of the task's repr, which spells the result out:
        # a dict of 1,590 frames takes ten seconds.
        kept.append(await found)

    runner.run(keep())
    return kept[0]


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


if __name__ == "__main__":
    main()

"""A local venue for one run: started before it, stopped after it."""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import IO

import msgspec

from eliteflow.errors import ConfigError

START_S = 60
STOP_S = 5


class EmulatorAddress(msgspec.Struct, frozen=True):
    """What the emulator prints when it is ready, and its process."""

    rest_url: str
    ws_url: str
    control_url: str
    symbols: int
    pid: int = 0


@contextlib.asynccontextmanager
async def emulator_process(options: Sequence[str] = ()) -> AsyncIterator[EmulatorAddress]:
    """Run `eliteflow emulator` as a process of its own while the block runs.

    options: command line options of the emulator. The process also ends by itself when this one dies.
    Raises ConfigError with the emulator's own sentence if it does not start.
    """
    with tempfile.TemporaryFile() as complaints:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "eliteflow", "emulator", "--exit-with-parent", *options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,  # Ctrl-C reaches the run, which then stops its emulator
        )
        try:
            yield await _address(process, complaints)
        finally:
            await _stop(process)


async def _address(process: asyncio.subprocess.Process, complaints: IO[bytes]) -> EmulatorAddress:
    assert process.stdout is not None
    async with asyncio.timeout(START_S):
        line = await process.stdout.readline()
    if not line:
        complaints.seek(0)
        reason = complaints.read().decode(errors="replace").strip().splitlines() or [""]
        raise ConfigError("--emulator", reason[-1])
    return msgspec.structs.replace(msgspec.json.decode(line, type=EmulatorAddress), pid=process.pid)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()

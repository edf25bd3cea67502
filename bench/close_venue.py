"""An emulator whose clock stands a little before a close of 5m alone: `python -m bench.close_venue --before-s 15`.

It prints a line like the emulator's, with that close in the venue's time and how far this is ahead of the machine's,
in milliseconds, and serves until the parent closes the pipe.
"""

import argparse
import asyncio
import gc
import sys
import time

import msgspec

from eliteflow.emulator.opening import EmulatorOptions
from eliteflow.emulator.server import EmulatorServer
from eliteflow.emulator.stream_settings import StreamSettings

CLOSE_MS, LARGER_MS = 300_000, 900_000
OPENS_WITHIN_MS = 2_000
"""What the venue itself takes until it listens is no part of `--before-s`."""


def main() -> None:
    """Read the command line and serve."""
    import uvloop

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before-s", type=float, default=15.0)
    parser.add_argument("--symbols", type=int, default=530)
    options = parser.parse_args()
    uvloop.run(serve(options.before_s, options.symbols))


async def serve(before_s: float, symbols: int) -> None:
    """Serve until the parent closes the pipe."""
    now_ms = time.time_ns() // 1_000_000
    closes_ms = now_ms - now_ms % LARGER_MS + LARGER_MS + CLOSE_MS
    ahead_ms = closes_ms - round(before_s * 1_000) - OPENS_WITHIN_MS - now_ms
    options = EmulatorOptions(symbols=symbols, young=0, limits=False, weight_per_minute=1_000_000)
    async with EmulatorServer(options, now_ms=lambda: time.time_ns() // 1_000_000 + ahead_ms) as server:
        # Who begins inside a bar cannot know that a symbol was quiet since it opened, and would ask for it at +3 s.
        server.venue.desk.settings = StreamSettings(push_empty_bars=True)
        gc.freeze()
        ready = msgspec.json.decode(server.ready_line()) | {"closes_ms": closes_ms, "ahead_ms": ahead_ms}
        print(msgspec.json.encode(ready).decode(), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    main()

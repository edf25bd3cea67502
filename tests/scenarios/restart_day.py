"""A day of a program that is restarted four times, once with its candles on disk and once without (docs/store.md).

`python -m tests.scenarios.restart_day [--symbols 530] [--hours 24]` lives through both in virtual time and prints what
each sent and waited for. The first start finds nothing either way; then come two deployments of 20 s and two crashes,
after which the program is begun anew 5 s later. A crash loses what waits to be written to disk.
"""

import argparse
import asyncio
import contextlib
import logging
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.scenarios.live_world import LiveWorld, Program, kline_requests

RESTARTS = ("deployment", "crash", "deployment", "crash")
DOWN_S = {"deployment": 20, "crash": 5}


@dataclass
class RestartDay:
    """What a day took. start_s, start_requests: of each start, to a complete market.

    requests: all for klines; audits are those of them that compare memory with the venue, 25 a minute whatever happens.
    weight: of all that was sent.
    """

    requests: int = 0
    audits: int = 0
    weight: int = 0
    start_s: list[float] = field(default_factory=list)
    start_requests: list[int] = field(default_factory=list)


async def live(folder: Path, *, symbols: int, hours: float, has_disk: bool) -> RestartDay:
    """Live through the day: the restarts lie equally far apart."""
    world, day = LiveWorld(folder, symbols=symbols), RestartDay()
    life_s = hours * 3600 / (len(RESTARTS) + 1)
    for ending in (*RESTARTS, None):
        async with world.running(folder / "venue.sqlite" if has_disk else None) as program:
            await _live_once(world, program, day, symbols, life_s)
            if ending == "crash" and has_disk:
                program.crash()
        if ending is not None:
            await asyncio.sleep(DOWN_S[ending])
    day.requests = kline_requests(world)
    return day


async def _live_once(world: LiveWorld, program: Program, day: RestartDay, symbols: int, life_s: float) -> None:
    """Let one life of the program pass, and note what its start took."""
    began_ms, before = world.clock.now_ms(), kline_requests(world)
    cycles = asyncio.create_task(program.scheduler.run())
    while program.scheduler.last_outcome is None:  # noqa: ASYNC110  # virtual time; the scheduler signals nobody
        await asyncio.sleep(0.01)
    assert program.report.succeeded == symbols
    day.start_s.append((world.clock.now_ms() - began_ms) / 1000)
    day.start_requests.append(kline_requests(world) - before)
    await world.pass_until(began_ms + round(life_s * 1000))
    day.weight += program.client.spend().weight or 0
    day.audits += program.upkeep.audits
    cycles.cancel()
    await asyncio.wait([cycles])


def lines(without: RestartDay, with_disk: RestartDay) -> list[str]:
    """Return the table, as it stands in docs/store.md."""
    rows: tuple[tuple[str, float, float], ...] = (
        ("klines requests at the restarts", sum(without.start_requests[1:]), sum(with_disk.start_requests[1:])),
        ("seconds to a complete market, all restarts", sum(without.start_s[1:]), sum(with_disk.start_s[1:])),
        ("klines requests altogether", without.requests, with_disk.requests),
        ("the same without audits", without.requests - without.audits, with_disk.requests - with_disk.audits),
        ("weight of all requests", without.weight, with_disk.weight),
    )
    head = ["| | without the disk | with it | saved |", "| --- | --- | --- | --- |"]
    return head + [f"| {what} | {a:,g} | {b:,g} | {1 - b / a:.1%} |" for what, a, b in rows]


def main() -> None:
    """Live through both days and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--symbols", type=int, default=530)
    parser.add_argument("--hours", type=float, default=24.0)
    chosen = parser.parse_args()
    logging.getLogger("eliteflow").setLevel(logging.ERROR)
    days = []
    for has_disk in (False, True):
        with tempfile.TemporaryDirectory() as folder, contextlib.closing(VirtualTimeLoop()) as loop:
            day = live(Path(folder), symbols=chosen.symbols, hours=chosen.hours, has_disk=has_disk)
            days.append(loop.run_until_complete(day))
    sys.stdout.write("\n".join(lines(*days)) + "\n")


if __name__ == "__main__":
    main()

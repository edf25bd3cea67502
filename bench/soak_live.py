"""The whole market live for 20 minutes or longer in front of a venue that misbehaves by timetable.

    python -m bench.soak_live [--minutes 20] [--symbols 530]

The local venue and `eliteflow run` are processes of their own, each on one core. The timetable, in
bench/soak/timetable.py, begins a minute before a close and goes over the venue's control port; every 5 s metrics,
status, memory and processor time are read. In the end SIGTERM, and every closed bar on disk is compared with what the
venue holds to be true. The report is bench/results/soak-live.md; the exit status is 1 when a claim does not hold.

Limits: the loopback and one machine, shared with whatever else runs on it; the venue is the local one, which plays what
is known and assumed of the real one. A 403 is left out: it is answered with the same rests as the 451 that is played.
"""

import argparse
import asyncio
import itertools
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from bench.soak import page
from bench.soak.closes import closes, read_log
from bench.soak.findings import Compared, Findings
from bench.soak.processes import ROOT, Address, Process, free_port, start_program, start_venue
from bench.soak.samples import Sample, values_of
from bench.soak.timetable import CLOSE_EVERY_S, LEAD_S, QUIET_S, Fault, course_of, timetable
from bench.soak.truth import NOTHING, Bar, Series, Truth, on_disk
from bench.soak.witness import Witness
from eliteflow.clock import Clock
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.disk.disk_place import store_path

EVERY_S = 5.0
TIMEFRAMES = (Timeframe.H1, Timeframe.M15, Timeframe.M5)
PAGE = ROOT / "bench/results/soak-live.md"


class Soak:
    """One run from its start to its report."""

    def __init__(self, minutes: float, folder: Path, venue: Process, address: Address) -> None:
        self._minutes = minutes
        self._folder = folder
        self._log = folder / "log"
        self._venue, self._address = venue, address
        self._url = f"http://127.0.0.1:{free_port()}"
        self._clock = Clock()
        self._truth = Truth(address.control_url)
        self._samples: list[Sample] = []
        self._before: dict[tuple[Series, int], Bar] = {}
        self._begun_s = 0.0
        self._begun_ms = 0

    async def run(self, symbols: list[str]) -> Findings:
        """Start the program a minute before a close, play, look on, stop, compare."""
        faults = list(timetable(self._minutes, symbols))
        witness = Witness(self._address.ws_url, [symbols[0], symbols[len(symbols) // 2], symbols[-1]], self._clock)
        await self._until_a_minute_before_a_close()
        self._begun_s, self._begun_ms = time.monotonic(), self._clock.now_ms()
        program = start_program(self._address, self._folder, int(self._url.rpartition(":")[2]), self._log)
        try:
            async with aiohttp.ClientSession() as self._session:
                ready_s = await self._until_ready(program)
                tasks = [asyncio.create_task(job) for job in (witness.run(), self._play(faults), self._look(program))]
                await asyncio.sleep(self._minutes * 60 + QUIET_S - ready_s)
                for task in tasks:
                    task.cancel()
                for failure in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(failure, Exception):
                        raise failure
                refusals = (await self._get_json(f"{self._address.control_url}/stats"))["statuses"]
        finally:
            stopped = program.end()
        compared = await self._compare()
        lines = read_log(self._log)
        return Findings(
            began_ms=self._begun_ms,
            minutes=self._minutes + QUIET_S / 60,
            symbols=len(symbols),
            ready_s=ready_s,
            samples=self._samples,
            courses=[course_of(fault, self._samples) for fault in faults],
            closes=list(closes(lines, witness.heard_ms)),
            lines=lines,
            compared=compared,
            refusals=refusals,
            stopped=stopped,
        )

    async def _until_a_minute_before_a_close(self) -> None:
        now_s = self._clock.now_ms() / 1000
        wait_s = (CLOSE_EVERY_S - LEAD_S - now_s) % CLOSE_EVERY_S
        print(f"begins in {wait_s:.0f} s, a minute before a close", flush=True)
        await asyncio.sleep(wait_s)

    async def _until_ready(self, program: Process) -> float:
        while program.is_running:
            try:
                async with self._session.get(f"{self._url}/readyz") as answer:
                    if answer.status == 200:
                        return time.monotonic() - program.started_s
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
        raise SystemExit(f"the program ended: {self._log.read_text()[-2_000:]}")

    async def _play(self, faults: list[Fault]) -> None:
        """Tell the venue what to do when its time has come."""
        orders = sorted(((order, fault) for fault in faults for order in fault.orders), key=lambda pair: pair[0].at_s)
        for at_s, group in itertools.groupby(orders, key=lambda pair: pair[0].at_s):
            await asyncio.sleep(max(0.0, self._begun_s + at_s - time.monotonic()))
            due = list(group)
            print(f"{at_s:7.0f} s  {', '.join(dict.fromkeys(fault.name for _, fault in due))}", flush=True)
            for order, _ in due:
                if order.path == "/revision":
                    await self._remember(str(order.body["symbol"]))
                async with self._session.post(self._address.control_url + order.path, json=order.body) as answer:
                    answer.raise_for_status()

    async def _remember(self, symbol: str) -> None:
        """Keep what the bars are that a revision is about to change."""
        before = Truth(self._address.control_url)
        await before.fetch([(symbol, timeframe) for timeframe in TIMEFRAMES], limit=14)
        self._before |= {
            (series, open_ms): bar for series, bars in before.bars.items() for open_ms, bar in bars.items()
        }

    async def _look(self, program: Process) -> None:
        for number in itertools.count(1):
            async with self._session.get(f"{self._url}/metrics") as answer:
                values = values_of(await answer.text())
            status = await self._get_json(f"{self._url}/status")
            values["loop_lag_largest"] = status["loop_lag"]["largest_s"]
            at_s = time.monotonic() - self._begun_s
            times = program.processor_s(), self._venue.processor_s()
            self._samples.append(Sample(at_s, values, program.resident_mb(), *times))
            await asyncio.sleep(max(0.0, self._samples[0].at_s + number * EVERY_S - (time.monotonic() - self._begun_s)))

    async def _get_json(self, url: str) -> dict[str, dict[str, float]]:
        async with self._session.get(url) as answer:
            return await answer.json()

    async def _compare(self) -> Compared:
        """Compare every closed bar on disk with the venue's, of the contracts that still trade."""
        path = store_path(self._address.rest_url.partition("//")[2], str(self._folder / "store"))
        held = on_disk(path, TIMEFRAMES)
        async with aiohttp.ClientSession() as self._session:
            symbols = await trading(self._session, self._address)
        series = [(symbol, timeframe) for symbol in symbols for timeframe in TIMEFRAMES]
        await self._truth.fetch(series)
        unlike = [one for key in series for one in self._truth.compare(key, *held.get(key, NOTHING))]
        revised = {key for key, bar in self._before.items() if self._truth.bars[key[0]].get(key[1], bar) != bar}
        awaiting = [
            one
            for one in unlike
            if ((one.symbol, one.timeframe), one.open_time_ms) in revised
            and one.held == self._before[(one.symbol, one.timeframe), one.open_time_ms]
        ]
        # A larger bar that closed later follows from the part as it was.
        parts = {(one.symbol, one.open_time_ms) for one in awaiting if one.timeframe is Timeframe.M5}
        awaiting += [
            one
            for one in unlike
            if one not in awaiting
            and any((one.symbol, one.open_time_ms + ms) in parts for ms in range(0, one.timeframe.ms, Timeframe.M5.ms))
        ]
        bars = sum(len(self._truth.bars[key]) for key in series)
        return Compared(len(series), bars, [one for one in unlike if one not in awaiting], len(awaiting), len(revised))


async def trading(session: aiohttp.ClientSession, address: Address) -> list[str]:
    """Return the contracts that trade, as the program counts them."""
    async with session.get(f"{address.rest_url}/fapi/v1/exchangeInfo") as answer:
        entries = (await answer.json())["symbols"]
    wanted = {"contractType": "PERPETUAL", "status": "TRADING", "quoteAsset": "USDT", "marginAsset": "USDT"}
    return sorted(entry["symbol"] for entry in entries if wanted.items() <= entry.items())


async def soak(minutes: float, symbols: int) -> Findings:
    """Run it all."""
    venue, address = start_venue("--symbols", str(symbols))
    try:
        async with aiohttp.ClientSession() as session:
            names = await trading(session, address)
        with tempfile.TemporaryDirectory() as folder:
            return await Soak(minutes, Path(folder), venue, address).run(names)
    finally:
        venue.end()


def main() -> None:
    """Run it, write the report, and say what does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--symbols", type=int, default=530)
    parser.add_argument("--page", type=Path, default=PAGE, help="where the report goes")
    parser.add_argument("--priority", type=int, default=0, help="niceness of both processes; below 0 needs root")
    parser.add_argument("--besides", default="", help="what else runs on the machine, for the report")
    options = parser.parse_args()
    os.nice(options.priority)
    findings = asyncio.run(soak(options.minutes, options.symbols))
    command = " ".join(["python -m bench.soak_live", *sys.argv[1:]])
    machine = f"Python {platform.python_version()}, {platform.machine()}, Linux {platform.release()}"
    conditions = [f"`{command}`, {page.today()}", f"{machine}, a core for the venue and one for the program"]
    options.page.parent.mkdir(exist_ok=True)
    page.write(findings, options.page, [*conditions, *([options.besides] if options.besides else [])])
    for claim in findings.claims():
        print(f"{'yes' if claim.holds else 'NO '}  {claim.what}: {claim.found} (wanted: {claim.wanted})")
    sys.exit(not all(claim.holds for claim in findings.claims()))


if __name__ == "__main__":
    main()

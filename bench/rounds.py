"""Runs systems against a venue: each in a process of its own, round by round in turn, so that noise meets all alike.

Each round begins with another system: none always follows the same one.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Self

import msgspec

from bench.job import Job, Round
from bench.venue import PEM, Counted, StreamAddress, Venue

BAR_S, MINUTE_S = 300, 60
SETTLE_S = 3.0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A system in a scenario. scale: symbols of the market for each symbol fetched. rounds: at most so many."""

    name: str
    module: str
    way: str = ""
    form: str = "frames"
    step: str = "cold"
    scale: int = 1
    rounds: int = 99
    in_flight: int = 0
    takes_s: float = 2.0
    """About how long a round takes: none begins that would meet a bar's close."""
    begins_at_s: float | None = None
    """Second of a clock minute at which a round begins, where what is left of the minute's weight matters."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A system's rounds in a scenario, for the symbols that it fetched; figures for the market are `scale` times those.

    wall_s, cpu_s: one value a round. requests, weight, refused, connections: of the last round, as the venue counted.
    series, complete, right: see Round; right of the first round.
    """

    name: str
    form: str
    version: str = ""
    scale: int = 1
    wall_s: list[float] = []
    cpu_s: list[float] = []
    peak_mb: float = 0.0
    requests: int = 0
    weight: int = 0
    refused: int = 0
    connections: int = 0
    series: int = 0
    complete: int = 0
    right: int = 0
    extra: dict[str, float] = {}
    error: str = ""

    @property
    def market_s(self) -> float:
        """Median seconds for the whole market."""
        return statistics.median(self.wall_s) * self.scale

    @property
    def market_cpu_s(self) -> float:
        """Median processor seconds for the whole market."""
        return statistics.median(self.cpu_s) * self.scale


class Worker:
    """The process of one entry."""

    def __init__(self, job: Job) -> None:
        environment = os.environ | {"SSL_CERT_FILE": str(PEM), "REQUESTS_CA_BUNDLE": str(PEM)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._say(msgspec.json.encode(job))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exit_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def ask(self, word: str) -> Round:
        """Let it `open`, or `go`; a Round without figures answers the first."""
        assert self._process.stdout is not None
        try:
            self._say(word.encode())
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            return Round(error=f"its process ended with status {self._process.wait()}")
        return msgspec.json.decode(line, type=Round)

    def _say(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()


def run_rounds(
    venue: Venue | None,
    entries: Sequence[Entry],
    *,
    rounds: int,
    limit: int = 50,
    symbols: Sequence[str] | None = None,
    streams: StreamAddress | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Measured]:
    """Measure all entries in turn, `rounds` times after one that warms up; return their figures in order."""
    names = list(symbols or [])
    if venue is not None and not names:
        names = venue.symbols()
    workers = {entry.name + entry.form: Worker(_job(entry, venue, names, limit, streams)) for entry in entries}
    found: dict[str, list[tuple[Round, Counted]]] = {key: [] for key in workers}
    try:
        for number in range(rounds + 1):
            first = number % len(entries)
            for entry in (*entries[first:], *entries[:first]):
                key = entry.name + entry.form
                done = found[key]
                if len(done) > min(rounds, entry.rounds) or (done and done[-1][0].error):
                    continue
                if number == 0 and entry.rounds == 1:
                    continue  # too slow to be warmed up
                progress(f"{entry.name} {entry.form} {number}/{rounds}")
                done.append(_one_round(venue, workers[key], entry))
    finally:
        for worker in workers.values():
            worker.__exit__()
    return [_measured(entry, found[entry.name + entry.form]) for entry in entries]


def _job(entry: Entry, venue: Venue | None, symbols: list[str], limit: int, streams: StreamAddress | None) -> Job:
    job = Job(
        module=entry.module,
        way=entry.way,
        form=entry.form,
        step=entry.step,
        rest_url=venue.rest_url if venue else "",
        ws_url=venue.ws_url if venue else "",
        control_url=venue.control_url if venue else "",
        symbols=tuple(symbols[:: entry.scale]),
        limit=limit,
        in_flight=entry.in_flight,
    )
    if streams is None:
        return job
    return msgspec.structs.replace(
        job, ws_url=streams.ws_url, control_url=streams.start_url, klines=streams.klines, timeframes=("5m",)
    )


def _one_round(venue: Venue | None, worker: Worker, entry: Entry) -> tuple[Round, Counted]:
    if venue is None:
        opened = worker.ask("open")
        return opened if opened.error else worker.ask("go"), Counted(0, 0, 0, 0)
    wait_for_quiet(entry.takes_s)
    if (opened := worker.ask("open")).error:
        return opened, Counted(0, 0, 0, 0)
    if entry.begins_at_s is not None:
        time.sleep((entry.begins_at_s - time.time()) % MINUTE_S)
    venue.order("/limits", reset=True)
    before = venue.counted()
    result = worker.ask("go")
    after = venue.counted()
    return result, msgspec.structs.replace(after, connections=after.connections - before.connections)


def wait_for_quiet(takes_s: float) -> None:
    """Wait while a bar closes, or would within `takes_s`: a bar that closes changes what is asked and answered."""
    into_s = time.time() % BAR_S
    if into_s < SETTLE_S:
        time.sleep(SETTLE_S - into_s)
    elif into_s + takes_s > BAR_S:
        time.sleep(BAR_S - into_s + SETTLE_S)


def _measured(entry: Entry, rounds: Sequence[tuple[Round, Counted]]) -> Measured:
    failures = [result.error for result, _ in rounds if result.error]
    if failures or not rounds:
        counts = rounds[-1][1] if rounds else Counted(0, 0, 0, 0)
        return Measured(
            name=entry.name,
            form=entry.form,
            error=(failures or ["never ran"])[0],
            requests=counts.requests,
            weight=counts.weight,
            refused=counts.refused,
            connections=counts.connections,
        )
    counted = [(result, counts) for result, counts in rounds[1:] or rounds]
    last, counts = counted[-1]
    return Measured(
        name=entry.name,
        form=entry.form,
        version=last.version,
        scale=entry.scale,
        wall_s=[round(result.wall_s, 4) for result, _ in counted],
        cpu_s=[round(result.cpu_s, 4) for result, _ in counted],
        peak_mb=round(last.peak_mb, 1),
        requests=counts.requests,
        weight=counts.weight,
        refused=counts.refused,
        connections=counts.connections,
        series=last.series,
        complete=last.complete,
        right=rounds[0][0].right,
        extra=last.extra,
    )

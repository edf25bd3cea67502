"""Where the processor time of the three hottest paths goes: their own functions, added up by part.

cProfile makes Python functions look dearer than what is written in C, so the shares are rough; the order is not.
"""

import asyncio
import cProfile
import pstats
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from bench.job import Job
from bench.stream_venue import frame
from bench.systems import indicators, ours
from bench.venue import open_venue
from bench.worker import pin
from eliteflow.emulator.ws_frames import head
from eliteflow.exchange.streams.stream_wire import decode_frames
from eliteflow.pipeline.candle_store import CandleStore

# The first of these words that is in a function's file or name says which part it is of.
PARTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cold": {
        "HTTP and sockets": ("http_connection", "direct_transport", "httptools", "uvloop", "transport", "socket"),
        "decoding": ("kline_wire", "msgspec", "translate", "_struct", "reduce"),
        "memory": ("candle_store", "candle_ring", "merge", "row_table", "forming_bars"),
        "frames": ("pandas", "frames"),
        "weight, breaker, repetition": ("eliteflow/exchange", "clock", "contextlib", "timeouts"),
        "planning and tasks": ("eliteflow/pipeline", "asyncio"),
    },
    "messages": {
        "decoding": ("stream_wire", "msgspec"),
        "memory": ("candle_store", "candle_ring", "merge", "row_table", "forming_bars", "candle_push"),
    },
    "signals": {
        "indicators": ("talib", "live_", "talib_streams", "elite_technical_engine", "convergence"),
        "trends": ("trend_",),
        "strategy": ("trend_pullback", "market_view"),
    },
}
T = TypeVar("T")
ROUNDS = 3
MESSAGES, SYMBOLS = 40, 530


def measure() -> dict[str, dict[str, float]]:
    """Return for each path the share of each of its parts, and under `µs` what one request, message or symbol takes."""
    pin(1)
    return {"cold": _cold(), "messages": _messages(), "signals": _signals()}


def _cold() -> dict[str, float]:
    profile = cProfile.Profile()
    plain_s = []

    async def fill(job: Job) -> None:
        for number in range(2 * ROUNDS):
            system = ours.make(job)
            await system.open()
            begun_s = time.thread_time()
            if number % 2:
                profile.enable()
            await system.fetch()
            profile.disable()
            if not number % 2:
                plain_s.append(time.thread_time() - begun_s)
            await system.close()

    with open_venue(["--latency-ms", "0", "--no-limits", "--weight-per-minute", "1000000"]) as venue:
        symbols = tuple(venue.symbols())
        job = Job(module="ours", rest_url=venue.rest_url, control_url=venue.control_url, symbols=symbols)
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(fill(job))
    return _shares(profile, min(plain_s), "cold", len(symbols) * 3)


def _messages() -> dict[str, float]:
    now_ms = 1_795_420_800_000
    names = [f"coin{number}usdt" for number in range(SYMBOLS)]
    framed = [frame(name, number, now_ms) for number in range(1, MESSAGES + 1) for name in names]
    bare = [message[len(head(1, len(message) - 4)) :] for message in framed]

    def take(store: CandleStore) -> None:
        for begin in range(0, len(bare), 100):
            store.push(decode_frames(bare[begin : begin + 100]).pushes)

    return _shares(*_profiled(CandleStore, take), "messages", len(bare))


def _signals() -> dict[str, float]:
    symbols = tuple(f"S{number}USDT" for number in range(SYMBOLS))

    def opened() -> indicators.Ours:
        system = indicators.Ours(Job(module="indicators", way="ours", step="signals", symbols=symbols, limit=499))
        asyncio.run(system.open())
        return system

    return _shares(
        *_profiled(opened, lambda system: asyncio.run(system.fetch())), "signals", SYMBOLS * indicators.CLOSES
    )


def _profiled(prepare: Callable[[], T], work: Callable[[T], object]) -> tuple[cProfile.Profile, float]:
    """Return a profile of the work, and its least processor time without one."""
    plain_s = []
    for _ in range(ROUNDS):
        ready = prepare()
        begun_s = time.thread_time()
        work(ready)
        plain_s.append(time.thread_time() - begun_s)
    ready, profile = prepare(), cProfile.Profile()
    profile.enable()
    work(ready)
    profile.disable()
    return profile, min(plain_s)


def _shares(profile: cProfile.Profile, plain_s: float, path: str, count: int) -> dict[str, float]:
    spent: dict[str, float] = dict.fromkeys((*PARTS[path], "everything else"), 0.0)
    for (file, _, name), (_, _, own_s, *_) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[_part(PARTS[path], f"{file} {name}")] += own_s
    total = sum(spent.values())
    return {part: round(own_s / total, 3) for part, own_s in spent.items()} | {"µs": round(plain_s / count * 1e6, 2)}


def _part(parts: Mapping[str, tuple[str, ...]], place: str) -> str:
    return next((part for part, words in parts.items() if any(word in place for word in words)), "everything else")


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()

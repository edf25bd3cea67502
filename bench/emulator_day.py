"""How long a simulated day of the whole market takes: 530 × 5m, up to 6 pushes a bar, into a plain dictionary.

`python bench/emulator_day.py [--hours 24] [--symbols 530] [--seed 7] [--twice]`

In virtual time, on one core: the emulator's core, the in-process FrameSource, four connections of one simple client
that decodes every message, and a dictionary of the newest kline of each symbol. Every final kline is compared with the
venue's own REST row. The digest is of all bytes received; `--twice` runs a second time and compares.
"""

import argparse
import asyncio
import hashlib
import time

import msgspec

from eliteflow.emulator.intervals import BASE
from eliteflow.emulator.market import KlineQuery, Market
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.stream_settings import StreamSettings
from eliteflow.exchange.transport import FrameConnection, FrameSource
from eliteflow.testing.emulated_frames import EmulatedFrames
from eliteflow.testing.virtual_time import VirtualTimeLoop

BEGIN_MS = 1_795_392_003_000  # 2026-11-23 00:00:03
HOUR_MS = 3_600_000
CONNECTIONS = 4


class Kline(msgspec.Struct):
    """The candle in an event."""

    t: int
    o: str
    c: str
    h: str
    l: str  # noqa: E741 - the venue's names
    v: str
    n: int
    x: bool
    q: str
    V: str
    Q: str


class Event(msgspec.Struct):
    """A kline event."""

    E: int
    s: str
    k: Kline


class Wrapped(msgspec.Struct):
    """A combined message."""

    stream: str
    data: Event


class Client:
    """Keeps the newest kline of every symbol, and all final ones."""

    def __init__(self, end_ms: int) -> None:
        self.end_ms = end_ms
        self.newest: dict[str, Kline] = {}
        self.finals: dict[tuple[str, int], Kline] = {}
        self.messages = 0
        self.digest = hashlib.blake2b()

    async def read(self, connection: FrameConnection) -> None:
        decode, newest = msgspec.json.Decoder(Wrapped).decode, self.newest
        now_ms = 0
        while now_ms < self.end_ms:
            if not (frames := await connection.receive()):
                raise SystemExit(f"closed: {connection.close_code} {connection.close_reason}")
            self.messages += len(frames)
            for frame in frames:
                self.digest.update(frame)
                event = decode(frame).data
                newest[event.s] = event.k
                if event.k.x:
                    self.finals[event.s, event.k.t] = event.k
            now_ms = event.E


async def follow(source: FrameSource, names: list[str], end_ms: int) -> Client:
    """Read all klines over some connections."""
    client = Client(end_ms)
    async with asyncio.TaskGroup() as tasks:
        for place in range(CONNECTIONS):
            streams = "/".join(f"{name}@kline_5m" for name in names[place::CONNECTIONS])
            connection = await source.connect(f"/market/stream?streams={streams}", timeout_s=1.0)
            tasks.create_task(client.read(connection))
    return client


def differences(market: Market, client: Client, end_ms: int) -> int:
    """Return how many final klines differ from the rows of REST."""
    wrong = 0
    by_symbol: dict[str, list[Kline]] = {}
    for (symbol, _), kline in client.finals.items():
        by_symbol.setdefault(symbol, []).append(kline)
    for symbol, klines in by_symbol.items():
        text = market.klines(KlineQuery(symbol, BASE, klines[0].t, end_ms, 1_500), end_ms)
        rows = {row[0]: row for row in msgspec.json.decode(text)}
        for k in klines:
            row = rows[k.t]
            wrong += row[1:6] + row[7:11] != [k.o, k.h, k.l, k.c, k.v, k.q, k.n, k.V, k.Q]
    return wrong


def run(hours: float, symbols: int, seed: int) -> str:
    """Simulate, print one line, return the digest."""
    begin = time.perf_counter()
    loop = VirtualTimeLoop()
    venue = open_venue(EmulatorOptions(symbols=symbols, seed=seed), BEGIN_MS)
    venue.desk.settings = StreamSettings(kline_push_ms=50_000, life_ms=2 * 24 * HOUR_MS)
    source = EmulatedFrames(venue.desk, loop.clock(BEGIN_MS).now_ms, beat_s=0.25)
    names = [i.symbol.lower() for i in venue.market.instruments if i.is_usdt_perpetual]
    end_ms = BEGIN_MS + round(hours * HOUR_MS)
    client = loop.run_until_complete(follow(source, names, end_ms))
    loop.close()
    wall_s = time.perf_counter() - begin
    wrong = differences(venue.market, client, end_ms + HOUR_MS)
    digest = client.digest.hexdigest()[:16]
    print(
        f"{hours:g} h of {len(names)} × 5m in {wall_s:.1f} s: {client.messages:,} messages, {len(client.finals):,} "
        f"finals, {wrong} of them unlike REST, digest {digest}"
    )
    return digest


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--symbols", type=int, default=530)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--twice", action="store_true")
    options = parser.parse_args()
    digests = {run(options.hours, options.symbols, options.seed) for _ in range(1 + options.twice)}
    if len(digests) > 1:
        raise SystemExit("the same seed gave different bytes")


if __name__ == "__main__":
    main()

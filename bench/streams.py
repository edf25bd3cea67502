"""What live klines cost: messages a second through sockets, frames, decoding and `WebSocketManager` into memory.

`python bench/streams.py [--seconds 5] [--symbols 530] [--rate 6360]`

A null venue, a process pinned to one core where the system can do that, acknowledges every subscription and sends
pre-encoded klines: first as fast as they are taken (flood), then `--rate` messages a second one by one, each in a
write of its own, as a busy market brings them. The client has the other core and reads the manager's events: first it
counts candles, then it puts them into a `CandleStore`. Three timeframes of 530 symbols are at most 6,360 messages a
second (4 a second for each stream). On a machine with other work the flood is a lower bound; what a second of the
processor does is not.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from typing import NamedTuple

from eliteflow.config import Settings, VenueSettings
from eliteflow.emulator.ws_connection import WsConnection
from eliteflow.emulator.ws_frames import TEXT, Message, encode
from eliteflow.emulator.ws_session import Session
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.model.stream_event import CandlePushes
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore

KLINE = (
    '{"stream":"%s@kline_5m","data":{"e":"kline","E":%d,"s":"%s","k":{"t":%d,"T":%d,"s":"%s","i":"5m",'
    '"f":8153633367,"L":8153634395,"o":"83084.90","c":"83091.60","h":"83091.70","l":"83051.20","v":"13.551","n":1027,'
    '"x":false,"q":"1125714.73960","V":"6.426","Q":"533856.66860","B":"0"}}}'
)
MINUTES_5 = 300_000
ENOUGH_UNSENT = 256 * 1_024
ROUNDS = 4
TICK_S = 0.001


class BareConnection(WsConnection):
    """A connection that also sends bytes that are frames already."""

    def send_bytes(self, data: bytes) -> None:
        self._transport.write(data)


class NullVenue:
    """A carrier that acknowledges everything and sends the same klines for ever."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.names: dict[BareConnection, list[str]] = {}
        self.frames: dict[BareConnection, bytes] = {}
        self.turns: list[tuple[BareConnection, str]] = []
        self.place, self.owed, self.last_s = 0, 0.0, time.perf_counter()
        self.pump()

    def open(self, connection: BareConnection, target: str) -> Session:
        self.names[connection] = []
        session = Session(connection.client_ip, "market", True, 0)
        session.number = id(connection)
        return session

    def hear(self, session: Session, message: Message) -> None:
        if message.opcode != TEXT:
            return
        request = json.loads(message.payload)
        connection = next(one for one in self.names if id(one) == session.number)
        connection.send([b'{"result":null,"id":%d}' % request["id"]])
        names = [name.partition("@")[0] for name in request["params"] if "@kline" in name]
        self.names[connection] += names
        self.frames[connection] = b"".join(map(kline_frame, self.names[connection])) * ROUNDS
        self.turns = interleaved(self.names)

    def close(self, connection: BareConnection, session: Session | None) -> None:
        self.names.pop(connection, None)
        self.frames.pop(connection, None)
        self.turns = interleaved(self.names)

    def pump(self) -> None:
        loop = asyncio.get_running_loop()
        if self.rate:
            self.send_paced()
            loop.call_later(TICK_S, self.pump)
        else:
            self.flood()
            loop.call_soon(self.pump)

    def flood(self) -> None:
        for connection, frames in list(self.frames.items()):
            if frames and connection.unsent_bytes < ENOUGH_UNSENT:
                connection.send_bytes(frames)

    def send_paced(self) -> None:
        now_s = time.perf_counter()
        self.owed += (now_s - self.last_s) * self.rate
        self.last_s = now_s
        while self.owed >= 1.0:
            self.owed -= 1.0
            if self.turns:
                self.place = (self.place + 1) % len(self.turns)
                connection, name = self.turns[self.place]
                connection.send_bytes(kline_frame(name))


def kline_frame(name: str) -> bytes:
    """Return a kline of this moment, ready to be sent."""
    now_ms = time.time_ns() // 1_000_000
    opens_ms = now_ms - now_ms % MINUTES_5
    symbol = name.upper()
    kline = KLINE % (name, now_ms, symbol, opens_ms, opens_ms + MINUTES_5 - 1, symbol)
    return encode(TEXT, kline.encode())


def interleaved(names: dict[BareConnection, list[str]]) -> list[tuple[BareConnection, str]]:
    """Return all streams in turns over the connections."""
    longest = max((len(own) for own in names.values()), default=0)
    return [
        (connection, own[place]) for place in range(longest) for connection, own in names.items() if place < len(own)
    ]


async def serve(rate: int) -> None:
    """Send to whoever connects, until the parent closes the pipe."""
    venue = NullVenue(rate)
    server = await asyncio.get_running_loop().create_server(lambda: BareConnection(venue), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


class Measured(NamedTuple):
    """Candles and events a second, the share of a core that they took, and how old the oldest candle of an event was.

    age_p99_ms: from being sent by the venue to being taken by the reader, 99 % of all events.
    """

    candles: float
    events: float
    share: float
    age_p99_ms: float


async def measure(port: int, symbols: int, seconds: float, *, has_store: bool) -> Measured:
    """Read for some seconds."""
    settings = Settings(venue=VenueSettings(environment="emulator", ws_url=f"ws://127.0.0.1:{port}"))
    candles = events = 0
    ages_ms: list[int] = []
    names = [f"COIN{number}USDT" for number in range(symbols)]
    store = CandleStore()
    store.reserve(names, (Timeframe.M5,))

    async def count() -> None:
        nonlocal candles, events
        async for event in manager.events():
            if isinstance(event, CandlePushes):
                candles += len(event.pushes)
                events += 1
                if has_store:
                    store.push(event.pushes)
                ages_ms.append(time.time_ns() // 1_000_000 - event.pushes[0].event_ms)

    async with WebSocketManager(settings) as manager, asyncio.TaskGroup() as tasks:
        manager.follow(names)
        tasks.create_task(count())
        await asyncio.sleep(2.0)
        ages_ms.clear()
        before, events_before, cpu_s, begin_s = candles, events, time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        passed_s, spent_s = time.perf_counter() - begin_s, time.process_time() - cpu_s
        found = Measured(
            candles=(candles - before) / passed_s,
            events=(events - events_before) / passed_s,
            share=spent_s / passed_s,
            age_p99_ms=sorted(ages_ms)[len(ages_ms) * 99 // 100],
        )
        await manager.aclose()
    return found


def pin(process_id: int, core: int) -> None:
    """Give a process a core of its own, where the system can."""
    with contextlib.suppress(AttributeError, OSError, IndexError):
        os.sched_setaffinity(process_id, {sorted(os.sched_getaffinity(0))[core]})


def against_null_venue(rate: int, options: argparse.Namespace, *, has_store: bool) -> Measured:
    """Measure with a venue that sends at a rate, or with 0 as fast as it can."""
    import uvloop

    command = [sys.executable, __file__, "--serve", "--rate", str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        cores = os.sched_getaffinity(0)
        pin(server.pid, 0)
        pin(0, 1)
        try:
            return uvloop.run(measure(port, options.symbols, options.seconds, has_store=has_store))
        finally:
            server.kill()
            os.sched_setaffinity(0, cores)


def main() -> None:
    """Measure and print four lines."""
    import uvloop

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--symbols", type=int, default=530)
    parser.add_argument("--rate", type=int, default=6_360)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(serve(options.rate))
        return
    for has_store, reader in ((False, "counted"), (True, "into memory")):
        flood = against_null_venue(0, options, has_store=has_store)
        per_core = f"{flood.candles / flood.share:,.0f} in a second of the processor"
        print(f"flood, {reader}: {flood.candles:,.0f} candles/s, {flood.share:.0%} of a core: {per_core}")
        paced = against_null_venue(options.rate, options, has_store=has_store)
        in_batches = f"{paced.candles:,.0f} candles/s in {paced.events:,.0f} events"
        print(f"paced, {reader}: {in_batches}, {paced.share:.1%} of a core, p99 {paced.age_p99_ms} ms old")


if __name__ == "__main__":
    main()

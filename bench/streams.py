"""What live klines cost: messages a second through sockets, frames, decoding and `WebSocketManager` to its reader.

`python bench/streams.py [--seconds 5] [--symbols 530] [--rate 6360]`

A null venue, a process pinned to one core where the system can do that, acknowledges every subscription and sends
pre-encoded klines: first as fast as they are taken (flood), then `--rate` messages a second one by one, each in a
write of its own, as a busy market brings them. The client has the other core and reads the manager's events, counting
candles. Three timeframes of 530 symbols are at most 6,360 messages a second (4 a second for each stream).
On a machine with other work the flood is a lower bound, the share of a core an upper one.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time

from eliteflow.config import Settings, VenueSettings
from eliteflow.emulator.ws_connection import WsConnection
from eliteflow.emulator.ws_frames import TEXT, Message, encode
from eliteflow.emulator.ws_session import Session
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.model.stream_event import CandlePushes

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
        self.frames: dict[BareConnection, list[bytes]] = {}
        self.turns: list[tuple[BareConnection, bytes]] = []
        self.place, self.owed, self.last_s = 0, 0.0, time.perf_counter()
        self.pump()

    def open(self, connection: BareConnection, target: str) -> Session:
        self.frames[connection] = []
        session = Session(connection.client_ip, "market", True, 0)
        session.number = id(connection)
        return session

    def hear(self, session: Session, message: Message) -> None:
        if message.opcode != TEXT:
            return
        request = json.loads(message.payload)
        connection = next(one for one in self.frames if id(one) == session.number)
        connection.send([b'{"result":null,"id":%d}' % request["id"]])
        names = [name.partition("@")[0] for name in request["params"] if "@kline" in name]
        self.frames[connection] += [encode(TEXT, kline(name)) for name in names]
        self.turns = interleaved(self.frames)

    def close(self, connection: BareConnection, session: Session | None) -> None:
        self.frames.pop(connection, None)
        self.turns = interleaved(self.frames)

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
                connection.send_bytes(b"".join(frames) * ROUNDS)

    def send_paced(self) -> None:
        now_s = time.perf_counter()
        self.owed += (now_s - self.last_s) * self.rate
        self.last_s = now_s
        while self.owed >= 1.0:
            self.owed -= 1.0
            if self.turns:
                self.place = (self.place + 1) % len(self.turns)
                connection, frame = self.turns[self.place]
                connection.send_bytes(frame)


def kline(name: str) -> bytes:
    now_ms = time.time_ns() // 1_000_000
    opens_ms = now_ms - now_ms % MINUTES_5
    symbol = name.upper()
    return (KLINE % (name, now_ms, symbol, opens_ms, opens_ms + MINUTES_5 - 1, symbol)).encode()


def interleaved(frames: dict[BareConnection, list[bytes]]) -> list[tuple[BareConnection, bytes]]:
    """Return all frames in turns over the connections."""
    longest = max((len(own) for own in frames.values()), default=0)
    return [
        (connection, own[place]) for place in range(longest) for connection, own in frames.items() if place < len(own)
    ]


async def serve(rate: int) -> None:
    """Send to whoever connects, until the parent closes the pipe."""
    venue = NullVenue(rate)
    server = await asyncio.get_running_loop().create_server(lambda: BareConnection(venue), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def measure(port: int, symbols: int, seconds: float) -> tuple[float, float, float]:
    """Return candles a second, the share of a core that they took, and events a second."""
    settings = Settings(venue=VenueSettings(environment="emulator", ws_url=f"ws://127.0.0.1:{port}"))
    candles = events = 0

    async def count() -> None:
        nonlocal candles, events
        async for event in manager.events():
            if isinstance(event, CandlePushes):
                candles += len(event.pushes)
                events += 1

    async with WebSocketManager(settings) as manager, asyncio.TaskGroup() as tasks:
        manager.follow(f"COIN{number}USDT" for number in range(symbols))
        tasks.create_task(count())
        await asyncio.sleep(2.0)
        before, events_before, cpu_s, begin_s = candles, events, time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        passed_s = time.perf_counter() - begin_s
        found = (
            (candles - before) / passed_s,
            (time.process_time() - cpu_s) / passed_s,
            (events - events_before) / passed_s,
        )
        await manager.aclose()
    return found


def pin(process_id: int, core: int) -> None:
    """Give a process a core of its own, where the system can."""
    with contextlib.suppress(AttributeError, OSError, IndexError):
        os.sched_setaffinity(process_id, {sorted(os.sched_getaffinity(0))[core]})


def against_null_venue(rate: int, options: argparse.Namespace) -> tuple[float, float, float]:
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
            return uvloop.run(measure(port, options.symbols, options.seconds))
        finally:
            server.kill()
            os.sched_setaffinity(0, cores)


def main() -> None:
    """Measure and print two lines."""
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
    rate, share, events = against_null_venue(0, options)
    per_core = f"{rate / share:,.0f} in a second of the processor"
    print(f"flood: {rate:,.0f} candles/s in {events:,.0f} events/s, {share:.0%} of a core: {per_core}")
    rate, share, events = against_null_venue(options.rate, options)
    print(f"paced: {rate:,.0f} candles/s in {events:,.0f} events/s, {share:.1%} of a core")


if __name__ == "__main__":
    main()

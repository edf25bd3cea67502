"""How many kline messages a second the emulator's stream port sends from one core.

`python bench/emulator_streams.py [--seconds 3] [--connections 8] [--batch 64]`

A process of its own, pinned to one core where the system can do that, sends the same pre-encoded kline messages over
all connections as fast as they are taken, in batches as a busy 20 ms would bring; each message gets its own frame
header for each connection, as in service. The client counts bytes and parses nothing. On a machine with other work the
figure is a lower bound.
"""

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import time

from eliteflow.emulator.ws_connection import WsConnection
from eliteflow.emulator.ws_frames import TEXT, Message, encode
from eliteflow.emulator.ws_session import Session

KLINE = (
    b'{"e":"kline","E":1791382992723,"s":"BTCUSDT","k":{"t":1791382980000,"T":1791383039999,"s":"BTCUSDT","i":"1m",'
    b'"f":8153633367,"L":8153634395,"o":"83084.90","c":"83091.60","h":"83091.70","l":"83051.20","v":"13.551","n":1027,'
    b'"x":false,"q":"1125714.73960","V":"6.426","Q":"533856.66860","B":"0"}}'
)
HANDSHAKE = (
    b"GET /market/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ENOUGH_UNSENT = 256 * 1_024


class Flood:
    """A carrier that sends one message for ever."""

    def __init__(self, batch: int) -> None:
        self.connections: list[WsConnection] = []
        self.batch = [KLINE] * batch

    def open(self, connection: WsConnection, target: str) -> Session:
        self.connections.append(connection)
        if len(self.connections) == 1:
            asyncio.get_running_loop().call_soon(self.pump)
        return Session(connection.client_ip, "market", False, 0)

    def hear(self, session: Session, message: Message) -> None:
        pass

    def close(self, connection: WsConnection, session: Session | None) -> None:
        self.connections.remove(connection)

    def pump(self) -> None:
        for connection in self.connections:
            if connection.unsent_bytes < ENOUGH_UNSENT:
                connection.send(self.batch)
        asyncio.get_running_loop().call_soon(self.pump)


class Sink(asyncio.BufferedProtocol):
    """A client that counts what it gets."""

    def __init__(self, taken: list[int]) -> None:
        self.taken, self.room = taken, bytearray(1 << 20)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.room

    def buffer_updated(self, nbytes: int) -> None:
        self.taken[0] += nbytes


async def serve(batch: int) -> None:
    """Flood whoever connects, until the parent closes the pipe."""
    flood = Flood(batch)
    server = await asyncio.get_running_loop().create_server(lambda: WsConnection(flood), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def measure(port: int, connections: int, seconds: float) -> float:
    """Return messages a second."""
    taken = [0]
    for _ in range(connections):
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: Sink(taken), "127.0.0.1", port)
        transport.write(HANDSHAKE)
    await asyncio.sleep(0.5)
    before, begin = taken[0], time.perf_counter()
    await asyncio.sleep(seconds)
    return (taken[0] - before) / len(encode(TEXT, KLINE)) / (time.perf_counter() - begin)


def pin(process_id: int, core: int) -> None:
    """Give a process a core of its own, where the system can."""
    with contextlib.suppress(AttributeError, OSError, IndexError):
        os.sched_setaffinity(process_id, {sorted(os.sched_getaffinity(0))[core]})


def main() -> None:
    """Measure and print one line."""
    import uvloop

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(serve(options.batch))
        return
    command = [sys.executable, __file__, "--serve", "--batch", str(options.batch)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        pin(server.pid, 0)
        pin(0, 1)
        rate = uvloop.run(measure(port, options.connections, options.seconds))
        server.kill()
    print(f"{rate:,.0f} kline messages/s of {len(KLINE)} bytes over {options.connections} connections")


if __name__ == "__main__":
    main()

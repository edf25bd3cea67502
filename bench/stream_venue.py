"""A venue that streams a known number of klines of each symbol, in order, and nothing else.

`python -m bench.stream_venue --klines 400 [--rate 6360]` prints two ports: of the streams, and one on which a
`p` has the messages made ready, and an `s` sent. A kline's place in its symbol's sequence is its
number of trades and its volume, so a client's newest one tells whether it has followed to the end. Sent as fast as they
are taken, or at a rate.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

from eliteflow.emulator.ws_connection import WsConnection
from eliteflow.emulator.ws_frames import PING, TEXT, Message, encode
from eliteflow.emulator.ws_session import Pong, Session

KLINE = (
    '{"stream":"%s@kline_5m","data":{"e":"kline","E":%d,"s":"%s","k":{"t":%d,"T":%d,"s":"%s","i":"5m","f":1,"L":2,'
    '"o":"83084.90","c":"83091.60","h":"83091.70","l":"83051.20","v":"%d.5","n":%d,"x":false,"q":"1125714.73960",'
    '"V":"6.426","Q":"533856.66860","B":"0"}}}'
)
BAR_MS = 300_000
ENOUGH_UNSENT = 256 * 1_024
TICK_S = 0.001


class Connection(WsConnection):
    """A connection that also sends bytes that are frames already. streams: names in the order of their subscription."""

    def __init__(self, venue: "StreamVenue") -> None:
        super().__init__(venue)
        self.streams: list[str] = []
        self.frames: list[bytes] = []
        self.place = 0

    def send_some(self, count: int) -> None:
        """Send the next frames, as far as there are any."""
        self._transport.write(b"".join(self.frames[self.place : self.place + count]))
        self.place += count


class StreamVenue:
    """Carries the connections."""

    def __init__(self, klines: int, rate: int) -> None:
        self.klines, self.rate = klines, rate
        self.connections: dict[int, Connection] = {}

    def open(self, connection: WsConnection, target: str) -> Session:
        """Take a connection, and the streams that its address names."""
        assert isinstance(connection, Connection)
        session = Session(connection.client_ip, "market", True, 0, number=id(connection))
        self.connections[session.number] = connection
        names = parse_qs(urlsplit(target).query).get("streams", [""])[0]
        connection.streams += [name for name in names.split("/") if "@kline" in name]
        return session

    def hear(self, session: Session, message: Message) -> None:
        """Answer pings, and acknowledge whatever is asked for."""
        connection = self.connections[session.number]
        if message.opcode == PING:
            connection.send([Pong(message.payload)])
        elif message.opcode == TEXT:
            request = json.loads(message.payload)
            connection.streams += [name for name in request.get("params", ()) if "@kline" in str(name)]
            connection.send([json.dumps({"result": None, "id": request.get("id")}).encode()])

    def close(self, connection: WsConnection, session: Session | None) -> None:
        """Forget a connection."""
        if session is not None:
            self.connections.pop(session.number, None)

    def prepare(self) -> None:
        """Encode every kline of every stream that is subscribed now."""
        now_ms = time.time_ns() // 1_000_000
        for connection in self.connections.values():
            names = [name.partition("@")[0] for name in connection.streams]
            connection.frames = [frame(name, number, now_ms) for number in range(1, self.klines + 1) for name in names]
            connection.place = 0

    async def send_all(self) -> None:
        """Send what was prepared."""
        await (self._send_at_rate() if self.rate else self._flood())

    async def _flood(self) -> None:
        while waiting := [one for one in self.connections.values() if one.place < len(one.frames)]:
            for connection in waiting:
                if connection.unsent_bytes < ENOUGH_UNSENT:
                    connection.send_some(500)
            await asyncio.sleep(0)

    async def _send_at_rate(self) -> None:
        begun_s, sent = time.perf_counter(), 0
        while waiting := [one for one in self.connections.values() if one.place < len(one.frames)]:
            due = int((time.perf_counter() - begun_s) * self.rate)
            while sent < due:
                waiting[sent % len(waiting)].send_some(1)
                sent += 1
            await asyncio.sleep(TICK_S)


def frame(name: str, number: int, now_ms: int) -> bytes:
    """Return the frame of one kline."""
    symbol, opens_ms = name.upper(), now_ms - now_ms % BAR_MS
    body = KLINE % (name, now_ms + number, symbol, opens_ms, opens_ms + BAR_MS - 1, symbol, number, number)
    return encode(TEXT, body.encode())


async def serve(klines: int, rate: int) -> None:
    """Serve until the parent closes the pipe."""
    venue = StreamVenue(klines, rate)
    sending: list[asyncio.Task[None]] = []

    async def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for task in sending:
            task.cancel()
        if await reader.read(1) == b"p":
            venue.prepare()
        else:
            sending[:] = [asyncio.create_task(venue.send_all())]
        writer.close()

    loop = asyncio.get_running_loop()
    streams = await loop.create_server(lambda: Connection(venue), "127.0.0.1", 0)
    starter = await asyncio.start_server(start, "127.0.0.1", 0)
    ports = [server.sockets[0].getsockname()[1] for server in (streams, starter)]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Read the command line and serve."""
    import uvloop

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--klines", type=int, default=400)
    parser.add_argument("--rate", type=int, default=0)
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(options.klines, options.rate))


if __name__ == "__main__":
    main()

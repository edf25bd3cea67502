"""How many kline requests a second the emulator answers from one core.

`python bench/emulator_throughput.py [--seconds 4] [--connections 32] [--limit 99]`

Starts an emulator with limits and latency off as a process of its own, pinned to one core where the system can do that,
and asks it from another with kept-alive connections, one request under way on each. The client counts bytes and parses
nothing, so the figure is the emulator's; on a machine with other work it is a lower bound.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from typing import cast
from urllib.parse import quote, urlsplit
from urllib.request import urlopen


class Client(asyncio.Protocol):
    """One connection that asks for the next thing as soon as it has the last."""

    def __init__(self, requests: list[bytes], place: int, answered: list[int]) -> None:
        self.requests, self.place, self.answered = requests, place, answered
        self.missing, self.head = 0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.ask()

    def ask(self) -> None:
        self.place = (self.place + 1) % len(self.requests)
        self.head, self.missing = b"", 0
        self.transport.write(self.requests[self.place])

    def data_received(self, data: bytes) -> None:
        if not self.missing:
            self.head += data
            split = self.head.find(b"\r\n\r\n")
            if split < 0:
                return
            if not self.head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(self.head[:200].decode())
            at = self.head.index(b"Content-Length: ") + 16
            self.missing = int(self.head[at : self.head.index(b"\r", at)])
            data = self.head[split + 4 :]
        self.missing -= len(data)
        if not self.missing:
            self.answered[0] += 1
            self.ask()


async def measure(rest_url: str, requests: list[bytes], connections: int, seconds: float) -> float:
    """Return answers a second."""
    loop, url, answered = asyncio.get_running_loop(), urlsplit(rest_url), [0]
    for number in range(connections):
        place = number * len(requests) // connections
        await loop.create_connection(lambda place=place: Client(requests, place, answered), url.hostname, url.port)
    await asyncio.sleep(0.5)
    before, begin = answered[0], time.perf_counter()
    await asyncio.sleep(seconds)
    return (answered[0] - before) / (time.perf_counter() - begin)


def pin(process_id: int, core: int) -> None:
    """Give a process a core of its own, where the system can."""
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setaffinity(process_id, {sorted(os.sched_getaffinity(0))[core]})


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--limit", type=int, default=99)
    options = parser.parse_args()
    command = [sys.executable, "-m", "eliteflow.emulator", "--latency-ms", "0", "--no-limits", "--exit-with-parent"]
    emulator = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert emulator.stdout is not None
        begin = time.perf_counter()
        address = json.loads(emulator.stdout.readline())
        ready_s = time.perf_counter() - begin
        with urlopen(f"{address['rest_url']}/fapi/v1/exchangeInfo") as answer:
            symbols = [entry["symbol"] for entry in json.load(answer)["symbols"]][: address["symbols"]]
        text = "GET /fapi/v1/klines?symbol={}&interval={}&limit={} HTTP/1.1\r\nHost: emulator\r\nAccept: */*\r\n\r\n"
        requests = [
            text.format(quote(symbol), interval, options.limit).encode()
            for interval in ("1h", "15m", "5m")
            for symbol in symbols
        ]
        pin(emulator.pid, 0)
        pin(0, 1) if (os.cpu_count() or 1) > 1 else None
        import uvloop

        rate = uvloop.run(measure(address["rest_url"], requests, options.connections, options.seconds))
        print(
            f"ready after {ready_s:.2f} s; {rate:,.0f} kline requests/s, limit={options.limit}, {len(requests)} series"
        )
        with open(f"/proc/{emulator.pid}/status") as status:
            print("".join(line for line in status if line.startswith(("VmHWM", "VmRSS"))), end="")
    finally:
        emulator.terminate()
        emulator.wait()


if __name__ == "__main__":
    main()

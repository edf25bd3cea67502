"""The local venue of a benchmark: a process on a core of its own, steered and questioned over its control port."""

import contextlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec

PEM = Path(__file__).parent / "loopback.pem"
VENUE_CORE = 0


class Counted(msgspec.Struct, frozen=True):
    """What the venue counted since the last reset. refused: 429 and 418. connections: accepted since its start."""

    requests: int
    weight: int
    refused: int
    connections: int


class Venue:
    """One running emulator."""

    def __init__(self, address: dict[str, object]) -> None:
        self.rest_url, self.ws_url = str(address["rest_url"]), str(address["ws_url"])
        self.control_url = str(address["control_url"])

    def order(self, path: str, **order: object) -> None:
        """Give an order to the control port."""
        urlopen(Request(self.control_url + path, json.dumps(order).encode(), method="POST")).read()

    def counted(self) -> Counted:
        """Return what it counted."""
        with urlopen(f"{self.control_url}/stats") as answer:
            stats = json.load(answer)
        weights = [sum(client["weight_by_minute"].values()) for client in stats["clients"].values()]
        refused = sum(count for status, count in stats["statuses"].items() if status in ("429", "418"))
        return Counted(stats["requests"], sum(weights), refused, stats["accepted_connections"])

    def symbols(self) -> list[str]:
        """Return the trading USDT perpetuals."""
        with urlopen(f"{self.rest_url}/fapi/v1/exchangeInfo", context=_trusting(self.rest_url)) as answer:
            entries = json.load(answer)["symbols"]
        wanted = {"contractType": "PERPETUAL", "status": "TRADING", "quoteAsset": "USDT", "marginAsset": "USDT"}
        return sorted(entry["symbol"] for entry in entries if wanted.items() <= entry.items())


@contextlib.contextmanager
def open_venue(options: Sequence[str] = ()) -> Iterator[Venue]:
    """Run an emulator while the block runs."""
    command = [sys.executable, "-m", "eliteflow.emulator", "--young", "0", "--exit-with-parent", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            address = json.loads(process.stdout.readline())
            pinned(process.pid)
            yield Venue(address)
        finally:
            process.terminate()


class StreamAddress(msgspec.Struct, frozen=True):
    """Where a stream venue is, and how many klines of each symbol it sends once `start_url` is connected to."""

    ws_url: str
    start_url: str
    klines: int


@contextlib.contextmanager
def open_stream_venue(klines: int, rate: int) -> Iterator[StreamAddress]:
    """Run a stream venue while the block runs. rate: messages a second, 0 as fast as they are taken."""
    command = [sys.executable, "-m", "bench.stream_venue", "--klines", str(klines), "--rate", str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            streams, start = json.loads(process.stdout.readline())
            pinned(process.pid)
            yield StreamAddress(f"ws://127.0.0.1:{streams}", f"tcp://127.0.0.1:{start}", klines)
        finally:
            process.terminate()


def pinned(process_id: int) -> None:
    """Keep a venue's process on the core that is not the clients'."""
    with contextlib.suppress(AttributeError, OSError, IndexError):
        os.sched_setaffinity(process_id, {sorted(os.sched_getaffinity(0))[VENUE_CORE]})


def _trusting(url: str) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(PEM)) if url.startswith("https:") else None

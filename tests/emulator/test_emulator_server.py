"""The emulator over real sockets, and as a process of its own."""

import asyncio
import json
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from eliteflow.emulator.opening import EmulatorOptions
from eliteflow.emulator.server import EmulatorServer, EmulatorStartError

PEM = Path(__file__).parent.parent.parent / "bench/loopback.pem"
KLINES = "/fapi/v1/klines?symbol=BTCUSDT&interval=5m&limit=99"


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """An emulator of ten contracts that answers at once."""
    async with EmulatorServer(EmulatorOptions(symbols=10, latency_ms=0)) as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that knows nothing of the emulator."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


async def _get(client: aiohttp.ClientSession, url: str) -> Any:
    async with client.get(url) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_client_reads_the_market_over_loopback(emulator: EmulatorServer, client: aiohttp.ClientSession) -> None:
    """Universe, candles and time come over HTTP, and the truth agrees with them."""
    info = await _get(client, emulator.rest_url + "/fapi/v1/exchangeInfo")
    assert len(info["symbols"]) == 16
    async with client.get(emulator.rest_url + KLINES) as answer:
        assert answer.headers["x-mbx-used-weight-1m"] == "2"
        served = await answer.json()
    truth = await _get(client, emulator.control_url + "/truth?symbol=BTCUSDT&timeframe=5m&limit=99")
    closed = [row for row in truth["rows"] if row[12]]
    assert len(closed) >= 98
    assert {tuple(row) for row in served} >= {tuple(row[:12]) for row in closed[1:]}


async def test_answers_take_the_latency_all_at_once(client: aiohttp.ClientSession) -> None:
    """Fifty requests at 50 ms each take hardly longer than one."""
    async with EmulatorServer(EmulatorOptions(symbols=5, latency_ms=50)) as emulator:
        begin = asyncio.get_running_loop().time()
        await asyncio.gather(*(_get(client, emulator.rest_url + KLINES) for _ in range(50)))
        assert 0.05 <= asyncio.get_running_loop().time() - begin < 1.0


async def test_the_time_is_told_halfway_between_question_and_answer(client: aiohttp.ClientSession) -> None:
    """A client that takes off half the round trip is right, to what a busy machine adds."""
    async with EmulatorServer(EmulatorOptions(symbols=5, latency_ms=1_000)) as emulator:
        await _get(client, emulator.control_url + "/stats")
        sent_ms = emulator.now_ms()
        told = await _get(client, emulator.rest_url + "/fapi/v1/time")
        assert abs(told["serverTime"] - (sent_ms + emulator.now_ms()) / 2) < 250


async def test_with_a_certificate_it_speaks_tls_and_counts_the_handshakes() -> None:
    """Each accepted connection is one; the control port stays plain."""
    trusting = ssl.create_default_context(cafile=str(PEM))
    async with (
        EmulatorServer(EmulatorOptions(symbols=5, latency_ms=0, tls_pem=str(PEM))) as emulator,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as client,
    ):
        assert (emulator.rest_url[:8], emulator.ws_url[:6]) == ("https://", "wss://")
        for _ in range(2):
            await _get(client, emulator.rest_url + KLINES)
        stats = await _get(client, emulator.control_url + "/stats")
    assert (stats["requests"], stats["accepted_connections"]) == (2, 1)


async def test_a_certificate_that_is_not_there_is_one_sentence() -> None:
    """The file is named."""
    with pytest.raises(EmulatorStartError, match=r"the certificate nowhere\.pem cannot be used: No such file"):
        async with EmulatorServer(EmulatorOptions(symbols=5, tls_pem="nowhere.pem")):
            pass


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", aiohttp.ClientConnectionError),
        ("truncated", aiohttp.ClientPayloadError),
        ("hang", TimeoutError),
    ],
)
async def test_broken_connections_look_broken(
    emulator: EmulatorServer, client: aiohttp.ClientSession, kind: str, error: type[Exception]
) -> None:
    """A client sees a reset, a body that ends too soon, or nothing at all; and the next request is served."""
    tries = 2 if kind == "reset" else 1  # aiohttp repeats a GET once by itself when its connection was reset
    rule = {"kind": kind, "path": "/fapi/v1/time", "count": tries}
    async with client.post(emulator.control_url + "/fault", json=rule) as answer:
        assert answer.status == 200
    with pytest.raises(error):
        async with client.get(emulator.rest_url + "/fapi/v1/time", timeout=aiohttp.ClientTimeout(total=0.2)) as answer:
            await answer.read()
    await _get(client, emulator.rest_url + "/fapi/v1/time")


async def test_a_port_in_use_is_one_clear_sentence(emulator: EmulatorServer) -> None:
    """The second emulator does not start and says where it could not listen."""
    port = int(emulator.rest_url.rpartition(":")[2])
    with pytest.raises(EmulatorStartError, match=f"cannot listen on 127.0.0.1:{port}: already in use"):
        async with EmulatorServer(EmulatorOptions(symbols=5, port=port)):
            pass


def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()


async def _start(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "eliteflow.emulator", "--symbols", "10", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.emulator
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_says_where_it_listens_and_stops_when_told(number: signal.Signals) -> None:
    """One JSON line on stdout; then a signal ends it cleanly."""
    process = await _start()
    assert process.stdout is not None
    assert process.stderr is not None
    address = json.loads(await process.stdout.readline())
    assert set(address) == {"rest_url", "ws_url", "control_url", "symbols"}
    assert address["symbols"] == 10
    process.send_signal(number)
    try:
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    finally:
        _stop(process)
    assert await process.stderr.read() == b""


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--market", "/nowhere"), b"/nowhere is no recorded market: 5m.parquet is missing\n"),
        (("--port", "99999"), b"cannot listen on 127.0.0.1:99999"),
        (("--symbols", "0"), b"a market has 1 to"),
    ],
)
async def test_what_cannot_start_says_why_and_exits_with_2(options: tuple[str, ...], words: bytes) -> None:
    """One sentence on stderr, no traceback."""
    process = await _start(*options)
    try:
        async with asyncio.timeout(20):
            output, complaint = await process.communicate()
    finally:
        _stop(process)
    assert (process.returncode, output, complaint.count(b"\n")) == (2, b"", 1)
    assert words in complaint


@pytest.mark.emulator
async def test_the_process_ends_with_its_parent() -> None:
    """A program that dies without stopping its emulator leaves no orphan: its end closes what it held open."""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", _PARENT, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"started\n"
    async with asyncio.timeout(10):
        assert await parent.stdout.read() == b""  # the emulator shares this pipe, so it ends when both have
    assert await parent.wait() == 0


_PARENT = """
import os, subprocess, sys
command = [sys.executable, "-m", "eliteflow.emulator", "--symbols", "5", "--exit-with-parent"]
emulator = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sys.stdout)
emulator.stdout.readline()
print("started", flush=True)
"""

"""Asking a running program, and what is said when there is none."""

import re
import socket

import pytest

from eliteflow.config import TelemetrySettings
from eliteflow.errors import NotRunning
from eliteflow.operations.watch.http_server import telemetry_server
from eliteflow.operations.watch.status_reader import read_status, status_url
from tests.unit.exchange.loopback_server import http, serving
from tests.unit.operations.statuses import WHOLE, FixedSource

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9530"),
        ("0.0.0.0", "http://127.0.0.1:9530"),
        ("::1", "http://[::1]:9530"),
        ("10.0.0.7", "http://10.0.0.7:9530"),
    ],
)
def test_the_settings_say_where_to_ask(host: str, url: str) -> None:
    """A program that listens everywhere is asked on the loopback."""
    assert status_url(TelemetrySettings(host=host)) == url


@pytest.mark.parametrize("path", ["", "/", "/status"])
async def test_a_running_program_is_read_with_its_own_json(path: str) -> None:
    """Typed for the table, and as it came for programs."""
    async with telemetry_server(FixedSource(WHOLE), TelemetrySettings(port=0)) as port:
        document, raw = await read_status(f"http://127.0.0.1:{port}{path}")
    assert (document.venue, document.ready) == ("SIMULATED", True)
    assert '"venue": "SIMULATED"' in raw


async def test_nobody_there_is_one_sentence() -> None:
    """Which says how to start one."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    with pytest.raises(
        NotRunning, match=re.escape(f"No eliteflow answers at http://127.0.0.1:{port}: no answer. Start")
    ):
        await read_status(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "something else answers there"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "no answer"),
    ],
)
async def test_somebody_else_there_is_told_apart(reply: bytes, reason: str) -> None:
    """Another program on the port is not taken for a broken eliteflow."""
    async with serving(http(reply, then_close=True)) as port:
        with pytest.raises(NotRunning, match=reason):
            await read_status(f"http://127.0.0.1:{port}")


async def test_an_address_that_is_none_is_refused() -> None:
    """Not with a traceback."""
    with pytest.raises(NotRunning):
        await read_status("nonsense")

"""What can be asked of a running program over HTTP."""

import logging
import socket
from collections.abc import Iterator
from dataclasses import replace

import aiohttp
import msgspec
import pytest

from eliteflow.clock import Clock
from eliteflow.config import TelemetrySettings
from eliteflow.errors import IPBanned
from eliteflow.exchange.standstill import Refusal
from eliteflow.operations.watch.http_server import PORTS_TRIED, status_command, telemetry_server
from eliteflow.operations.watch.status_reader import read_status
from tests.unit.operations.statuses import CLIENT, NOW_MS, WELL, FixedSource

pytestmark = pytest.mark.loopback

FREE = TelemetrySettings(port=0)
BANNED = replace(
    WELL,
    client=replace(CLIENT, refusal=Refusal(IPBanned("venue", 85, until_ms=NOW_MS + 85_000), NOW_MS + 85_000)),
)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


async def answer(port: int | None, path: str) -> tuple[int, str, bytes]:
    """Status, content type and body of an answer."""
    url = f"http://127.0.0.1:{port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, response.content_type, await response.read()


async def test_health_metrics_and_status_are_served() -> None:
    """Each at its usual address; the root names them."""
    async with telemetry_server(FixedSource(), FREE) as port:
        assert (await answer(port, "/healthz"))[0] == 200
        assert (await answer(port, "/readyz"))[0] == 200
        status, content_type, body = await answer(port, "/metrics")
        assert (status, content_type) == (200, "text/plain")
        assert b"\neliteflow_ready 1.0\n" in body
        status, content_type, body = await answer(port, "/status")
        assert (status, content_type) == (200, "application/json")
        assert msgspec.json.decode(body)["venue"] == "SIMULATED"
        assert b"/status" in (await answer(port, "/"))[2]
        assert (await answer(port, "/nothing"))[0] == 404


async def test_a_program_that_waits_for_the_end_of_a_ban_is_alive_and_not_ready() -> None:
    """Whoever restarts what is not healthy does not restart it into the ban; the answer counts down."""
    async with telemetry_server(FixedSource(BANNED), FREE) as port:
        assert (await answer(port, "/healthz"))[0] == 200
        status, _, body = await answer(port, "/readyz")
    assert status == 503
    document = msgspec.json.decode(body)
    [reason] = document["reasons"]
    assert (document["ready"], reason["reason"], reason["retry_after_s"]) == (False, "banned", 85.0)
    assert "has banned this address until" in reason["message"]


async def test_every_answer_is_of_its_own_moment() -> None:
    """Nothing is kept from one request to the next."""
    source = FixedSource(BANNED)
    async with telemetry_server(source, FREE) as port:
        assert (await answer(port, "/readyz"))[0] == 503
        source.now = WELL
        assert (await answer(port, "/readyz"))[0] == 200


async def test_a_port_in_use_is_passed_over_and_said(taken_port: int, caplog: pytest.LogCaptureFixture) -> None:
    """A second run is watched at the next free port; the line says where."""
    async with telemetry_server(FixedSource(), TelemetrySettings(port=taken_port)) as port:
        assert port is not None
        assert taken_port < port < taken_port + PORTS_TRIED
        assert (await answer(port, "/healthz"))[0] == 200
    [record] = caplog.records
    address = f"http://127.0.0.1:{port}"
    assert f"status and metrics at {address} instead (`eliteflow status {address}`)" in record.getMessage()


async def test_the_first_line_names_a_command_that_finds_the_status(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the port; an address that nobody can ask becomes one that somebody can."""
    anywhere = TelemetrySettings(host="0.0.0.0", port=0)
    caplog.set_level(logging.INFO, "eliteflow")
    async with telemetry_server(FixedSource(), anywhere) as port:
        [record] = caplog.records
        assert f"(`eliteflow status http://127.0.0.1:{port}`)" in record.getMessage()
        document, _ = await read_status(f"http://127.0.0.1:{port}")
    assert document.venue == "SIMULATED"


@pytest.mark.parametrize(
    ("host", "port", "command"),
    [
        ("127.0.0.1", 9530, "eliteflow status"),
        ("0.0.0.0", 9530, "eliteflow status"),
        ("127.0.0.1", 9700, "eliteflow status http://127.0.0.1:9700"),
        ("::1", 9530, "eliteflow status http://[::1]:9530"),
    ],
)
def test_only_the_usual_address_needs_no_words(host: str, port: int, command: str) -> None:
    """Any shell of the machine finds the program by it."""
    assert status_command(TelemetrySettings(host=host), port) == command


async def test_an_address_that_is_not_ours_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The run goes on unwatched, and one line says what to do."""
    async with telemetry_server(FixedSource(), TelemetrySettings(host="192.0.2.1", port=0)) as port:
        assert port is None
    [record] = caplog.records
    assert record.getMessage().startswith("no status and metrics: 192.0.2.1:0 cannot be listened on (")


async def test_it_closes_within_a_second() -> None:
    """Also while somebody keeps a connection open."""
    clock = Clock()
    async with aiohttp.ClientSession() as session:
        async with telemetry_server(FixedSource(), FREE) as port:
            async with session.get(f"http://127.0.0.1:{port}/healthz") as response:
                await response.read()
            started_s = clock.steady_s()
        assert clock.steady_s() - started_s < 1

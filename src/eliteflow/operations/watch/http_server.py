"""What can be asked of a running program over HTTP: `/metrics`, `/healthz`, `/readyz`, `/status`."""

import contextlib
import errno
from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

from eliteflow.config import TelemetrySettings
from eliteflow.operations.tables.documents import json_of
from eliteflow.operations.watch.exposition import exposition
from eliteflow.operations.watch.ports import StatusSource
from eliteflow.operations.watch.status_document import reason_documents, status_document
from eliteflow.operations.watch.status_reader import status_url
from eliteflow.operations.watch.troubles import is_ready, troubles
from eliteflow.telemetry.log import EventLog

PORTS_TRIED = 10
CLOSE_S = 0.5
INDEX = "eliteflow\n\n/status\n/metrics\n/readyz\n/healthz\n"


@contextlib.asynccontextmanager
async def telemetry_server(source: StatusSource, settings: TelemetrySettings) -> AsyncIterator[int | None]:
    """Serve while the block runs; yield the port in use, None where nothing could be served.

    A port that another program has is passed over for the next free one of ten. Whatever happens, it is said in one
    line, and the block runs.
    """
    log = EventLog("Telemetry")
    runner = web.AppRunner(_application(source), access_log=None, shutdown_timeout=CLOSE_S, handle_signals=False)
    await runner.setup()
    try:
        port = await _listen(runner, settings)
    except OSError as error:
        log.write("telemetry.off", address=f"{settings.host}:{settings.port}", reason=error.strerror or str(error))
        port = None
    if port is not None:
        is_moved = port != settings.port != 0
        event = "telemetry.moved" if is_moved else "telemetry.listening"
        log.write(
            event, address=f"http://{_in_url(settings.host)}:{port}", port=port, command=status_command(settings, port)
        )
    try:
        yield port
    finally:
        await runner.cleanup()


def status_command(settings: TelemetrySettings, port: int) -> str:
    """Return the command that shows this program's status from any shell of this machine."""
    url = status_url(msgspec.structs.replace(settings, port=port))
    return "eliteflow status" if url == status_url(TelemetrySettings()) else f"eliteflow status {url}"


async def _listen(runner: web.AppRunner, settings: TelemetrySettings) -> int:
    """Listen on the first port that is free, and return it; raise the last OSError where none is."""
    *others, last = _ports(settings.port)
    for port in others:
        with contextlib.suppress(PortTaken):
            return await _listen_on(runner, settings.host, port)
    return await _listen_on(runner, settings.host, last)


class PortTaken(OSError):
    """Another program listens on the port."""


async def _listen_on(runner: web.AppRunner, host: str, port: int) -> int:
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        await site.stop()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(error.errno, error.strerror) from error
        raise
    return int(runner.addresses[0][1])


def _ports(first: int) -> list[int]:
    return [0] if first == 0 else list(range(first, min(first + PORTS_TRIED, 65_536)))


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _application(source: StatusSource) -> web.Application:
    application = web.Application()
    routes = Routes(source)
    application.router.add_get("/", routes.index)
    application.router.add_get("/metrics", routes.metrics)
    application.router.add_get("/healthz", routes.healthz)
    application.router.add_get("/readyz", routes.readyz)
    application.router.add_get("/status", routes.status)
    return application


class Routes:
    """Answers from the status at the moment of the request."""

    def __init__(self, source: StatusSource) -> None:
        self._source = source

    async def index(self, request: web.Request) -> web.Response:
        """Name the addresses there are."""
        return web.Response(text=INDEX)

    async def metrics(self, request: web.Request) -> web.Response:
        """Return all metrics, as Prometheus reads them."""
        body, content_type = exposition(self._source.status(), request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def healthz(self, request: web.Request) -> web.Response:
        """Answer 200: that somebody answers proves that the process lives and its loop turns."""
        lag = self._source.status().loop_lag
        return _json({"alive": True, "loop_lag_p99_s": lag.quantile(0.99)})

    async def readyz(self, request: web.Request) -> web.Response:
        """Answer 200 while the market is complete and current, else 503 with what is amiss and for how long."""
        found = troubles(self._source.status())
        ready = is_ready(found)
        return _json({"ready": ready, "reasons": reason_documents(found)}, status=200 if ready else 503)

    async def status(self, request: web.Request) -> web.Response:
        """Return everything that a person asks first."""
        status = self._source.status()
        return _json(status_document(status, self._source.days(status)))


def _json(document: object, status: int = 200) -> web.Response:
    return web.json_response(text=json_of(document) + "\n", status=status)

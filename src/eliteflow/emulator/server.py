"""The shell around the venue: sockets, the clock, signals, the line that says where it listens."""

import asyncio
import contextlib
import errno
import gc
import os
import signal
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec

from eliteflow.emulator.control import Control
from eliteflow.emulator.dataset import MarketError
from eliteflow.emulator.http_protocol import Handler, HttpConnection
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.ws_gateway import WsGateway

_PARENT_CHECK_S = 0.5
_BACKLOG = 4_096
_HIGHEST_PORT = 65_535
_LOOPBACK = "127.0.0.1"  # whoever may change the venue's behaviour sits at this machine


class EmulatorStartError(Exception):
    """The emulator cannot start; the message is one sentence that says why."""


class PortUnavailable(EmulatorStartError):
    """A port is taken or forbidden; raised on entry of EmulatorServer."""

    def __init__(self, host: str, port: int, reason: str, *, is_in_use: bool = False) -> None:
        super().__init__(f"the emulator cannot listen on {host}:{port}: {reason}")
        self.host, self.port, self.is_in_use = host, port, is_in_use


class EmulatorServer:
    """A venue on three loopback ports, open while its block runs.

    now_ms: the venue's clock, the machine's by default. Raises EmulatorStartError on entry.
    """

    def __init__(self, options: EmulatorOptions | None = None, *, now_ms: Callable[[], int] | None = None) -> None:
        self.options = options or EmulatorOptions()
        self.now_ms = now_ms or _machine_clock
        self._connections: tuple[set[HttpConnection], ...] = (set(), set())
        self._servers: list[asyncio.Server] = []
        self._accepted = 0

    async def __aenter__(self) -> Self:
        try:
            self.venue = open_venue(self.options, self.now_ms())
        except MarketError as error:
            raise EmulatorStartError(str(error)) from error
        self.venue.market.warm(self.now_ms())
        self._tls = _tls(self.options.tls_pem)
        control = Control(self.venue, self._open_connections, lambda: self._accepted)
        self._gateway = WsGateway(self.venue.desk, self.now_ms)
        host, (rest, steering) = self.options.host, self._connections
        answer = self._counted(_http(lambda request: self.venue.handle(request, self.now_ms()), rest, self._way_s))
        steer = _http(lambda request: control.handle(request, self.now_ms()), steering)
        ports: tuple[tuple[str, int, Callable[[], asyncio.Protocol], ssl.SSLContext | None], ...] = (
            (host, self.options.port, answer, self._tls),
            (host, self.options.ws_port, self._gateway.connection, self._tls),
            (_LOOPBACK, self.options.control_port, steer, None),
        )
        try:
            for port in ports:
                self._servers.append(await self._listen(*port))
        except EmulatorStartError:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._close()

    @property
    def rest_url(self) -> str:
        """Where REST requests go."""
        return self._url("https" if self._tls else "http", 0)

    @property
    def ws_url(self) -> str:
        """Where streams are; a route, `/public`, `/market` or `/private`, follows."""
        return self._url("wss" if self._tls else "ws", 1)

    @property
    def control_url(self) -> str:
        """Where `/stats`, `/truth`, `/limits`, `/fault` and `/reset` are."""
        return self._url("http", 2)

    @property
    def symbols(self) -> int:
        """How many trading USDT perpetuals the market has."""
        return sum(instrument.is_usdt_perpetual for instrument in self.venue.market.instruments)

    def ready_line(self) -> bytes:
        """Return the JSON line that tells a parent process where to find everything."""
        urls = {"rest_url": self.rest_url, "ws_url": self.ws_url, "control_url": self.control_url}
        return msgspec.json.encode(urls | {"symbols": self.symbols}) + b"\n"

    def _way_s(self) -> float:
        """Return how long a request travels: half the latency, so that a client that halves it learns the time."""
        return self.venue.latency_s / 2

    async def _listen(
        self, host: str, port: int, protocol: Callable[[], asyncio.Protocol], tls: ssl.SSLContext | None
    ) -> asyncio.Server:
        if not 0 <= port <= _HIGHEST_PORT:  # uvloop would quietly take another one
            raise PortUnavailable(host, port, f"a port is a number from 0 to {_HIGHEST_PORT}")
        try:
            return await asyncio.get_running_loop().create_server(protocol, host, port, backlog=_BACKLOG, ssl=tls)
        except OSError as error:
            is_in_use = error.errno == errno.EADDRINUSE
            reason = "already in use" if is_in_use else error.strerror or str(error)
            raise PortUnavailable(host, port, reason, is_in_use=is_in_use) from error

    def _url(self, scheme: str, index: int) -> str:
        host, port = self._servers[index].sockets[0].getsockname()[:2]
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def _counted(self, protocol: Callable[[], HttpConnection]) -> Callable[[], HttpConnection]:
        def accept() -> HttpConnection:
            self._accepted += 1
            return protocol()

        return accept

    def _open_connections(self) -> Counter[str]:
        return Counter(connection.client_ip for connection in self._connections[0])

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        self._gateway.stop()
        for connection in [open_one for port in self._connections for open_one in port]:
            connection.close()
        for server in self._servers:
            await server.wait_closed()


def run(options: EmulatorOptions, complain: Callable[[EmulatorStartError], None] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the parent's end; return the exit status: 0, or 2 if it could not start.

    complain: what to do with the reason for 2; by default it goes to stderr as one line.
    """
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(options))
    except EmulatorStartError as error:
        (complain or _to_stderr)(error)
        return 2
    return 0


def _to_stderr(error: EmulatorStartError) -> None:
    sys.stderr.write(f"{error}\n")


async def serve(options: EmulatorOptions) -> None:
    """Serve, print the ready line, and return when told to stop; raises EmulatorStartError."""
    parent = os.getppid()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with EmulatorServer(options) as server:
        gc.freeze()  # the market never becomes garbage; looking through it would cost pauses
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.buffer.write(server.ready_line())
            sys.stdout.buffer.flush()
        while not stop.is_set() and not (options.exit_with_parent and os.getppid() != parent):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PARENT_CHECK_S if options.exit_with_parent else None):
                    await stop.wait()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _tls(pem: str) -> ssl.SSLContext | None:
    if not pem:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(pem)
    except OSError as error:  # ssl.SSLError is one
        raise EmulatorStartError(f"the certificate {pem} cannot be used: {error.strerror or error}") from error
    return context


def _machine_clock() -> int:
    return time.time_ns() // 1_000_000  # noqa: TID251 - the emulator's shell is the venue's clock


def _http(
    handler: Handler, connections: set[HttpConnection], way_s: Callable[[], float] = lambda: 0.0
) -> Callable[[], HttpConnection]:
    return lambda: HttpConnection(handler, connections, way_s)

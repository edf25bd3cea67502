"""An HttpTransport without a proxy, over connections of our own: a third less processor time than aiohttp's."""

import asyncio
import os
import socket
import ssl
import sys
import warnings
from collections import deque
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from aiohappyeyeballs import AddrInfoType, start_connection

from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.endpoints import checked_rest_url
from eliteflow.exchange.http_connection import BrokenAnswer, HttpConnection, StaleConnection
from eliteflow.exchange.proxies import choose_proxy, is_loopback
from eliteflow.exchange.transport import (
    KEEP_ALIVE_S,
    AiohttpTransport,
    HttpRequest,
    HttpResponse,
    HttpTransport,
)
from eliteflow.exchange.unreachable import unreachable_reason
from eliteflow.messages import text

ADDRESS_LIFE_S = 300.0
# RFC 8305: how long IPv6 is waited for before IPv4 is tried beside it.
SECOND_ADDRESS_AFTER_S = 0.25
DEFAULT_PORTS = {"http": 80, "https": 443}


def open_transport(
    base_url: str, *, max_connections: int, proxy: str | None = None, environment: Mapping[str, str] | None = None
) -> HttpTransport:
    """Return the transport for `base_url`: aiohttp's through a proxy, else our own. Arguments as AiohttpTransport's."""
    variables = os.environ if environment is None else environment
    checked_rest_url(base_url)
    if choose_proxy(base_url, proxy, variables) is None:
        return DirectTransport(base_url, max_connections=max_connections)
    return AiohttpTransport(base_url, max_connections=max_connections, proxy=proxy, environment=variables)


class DirectTransport:
    """One pool of kept-alive connections straight to one host.

    base_url: `http://` or `https://` and a host. max_connections: size of the pool.

    The pool is opened by the first request inside the loop that runs then, and it follows to another loop. Left
    unclosed it goes without a warning. Raises ConfigError for a bad URL. Answers are asked for compressed, except on
    the loopback, as AiohttpTransport does.
    """

    def __init__(self, base_url: str, *, max_connections: int) -> None:
        self._base_url, self._host = checked_rest_url(base_url)
        self._max_connections = max_connections
        url = urlsplit(self._base_url)
        encoding = "identity" if is_loopback(url.hostname or "") else "gzip"
        self._prefix = url.path
        self._headers = f" HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: {encoding}\r\nUser-Agent: eliteflow\r\n"
        self._pool: _Pool | None = None

    def __repr__(self) -> str:
        return f"<DirectTransport {self._base_url}, at most {self._max_connections} connections>"

    @property
    def host(self) -> str:
        """The host (and port) that requests go to."""
        return self._host

    async def send(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        """Return the answer; raise ExchangeUnreachable when there is none, or a part of one, within `timeout_s`."""
        pool = self._pool
        if pool is None or pool.loop is not asyncio.get_running_loop():
            pool = self._pool = _Pool(self._base_url, self._max_connections)
        try:
            async with asyncio.timeout(timeout_s), pool.room:
                return await pool.exchange(self._head(request), may_repeat=request.method == "GET")
        except BrokenAnswer as error:
            raise ExchangeUnreachable(self._host, text("unreachable.truncated")) from error
        except OSError as error:
            raise ExchangeUnreachable(self._host, unreachable_reason(error, timeout_s)) from error

    async def aclose(self) -> None:
        """Close every connection."""
        pool, self._pool = self._pool, None
        if pool is not None and not pool.loop.is_closed():
            pool.close()
            await asyncio.sleep(0)  # the loop tells the connections

    def _head(self, request: HttpRequest) -> bytes:
        query = f"?{request.query}" if request.query else ""
        further = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        return f"{request.method} {self._prefix}{request.path}{query}{self._headers}{further}\r\n".encode()


class _Pool:
    """Connections to one host, bound to the loop they were opened in. room: one place for each that may be open."""

    def __init__(self, base_url: str, max_connections: int) -> None:
        url = urlsplit(base_url)
        self.loop = asyncio.get_running_loop()
        self.room = asyncio.Semaphore(max_connections)
        self._host = url.hostname or ""
        self._port = url.port or DEFAULT_PORTS[url.scheme]
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._open: set[HttpConnection] = set()
        self._kept: deque[HttpConnection] = deque()
        self._resolving = asyncio.Lock()
        self._addresses: Sequence[AddrInfoType] = ()
        self._resolved_s = 0.0

    def __del__(self) -> None:
        if not self.loop.is_closed():
            self.close()
        elif not sys.is_finalizing():
            self._forget()

    def _forget(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the sockets are closed here, by the collector
            for connection in self._open:
                connection.forget()

    async def exchange(self, request: bytes, *, may_repeat: bool) -> HttpResponse:
        """Send over the connection used last, else over another one; whoever calls holds a place in `room`."""
        while (connection := self._take_kept()) is not None:
            try:
                return await self._exchange(connection, request)
            except StaleConnection:
                if not may_repeat:
                    raise
        return await self._exchange(await self._connect(), request)

    def close(self) -> None:
        """Close every connection."""
        for connection in self._open:
            if connection.is_open:
                connection.close()
        self._open.clear()
        self._kept.clear()

    async def _exchange(self, connection: HttpConnection, request: bytes) -> HttpResponse:
        try:
            answer = await connection.exchange(request)
        except BaseException:  # cancelled too: the connection may still bring an answer that nobody waits for
            self._open.discard(connection)
            raise
        if connection.is_open:
            connection.kept_s = self.loop.time()
            self._kept.append(connection)
        else:
            self._open.discard(connection)
        return answer

    def _take_kept(self) -> HttpConnection | None:
        """Return the connection used last, if it can still be used; those used longest ago end by their age."""
        too_old_s = self.loop.time() - KEEP_ALIVE_S
        while self._kept:
            connection = self._kept.pop()
            if connection.is_open and connection.kept_s > too_old_s:
                return connection
            self._open.discard(connection)
            if connection.is_open:
                connection.close()
        return None

    async def _connect(self) -> HttpConnection:
        try:
            addresses = await self._resolve()
            sock = await start_connection(addresses, happy_eyeballs_delay=SECOND_ADDRESS_AFTER_S, loop=self.loop)
        except OSError:
            self._addresses = ()  # the venue may have moved
            raise
        _, connection = await self.loop.create_connection(
            HttpConnection, sock=sock, ssl=self._tls, server_hostname=self._host if self._tls else None
        )
        self._open.add(connection)
        return connection

    async def _resolve(self) -> Sequence[AddrInfoType]:
        """Return the host's addresses, asked for once however many connections are opened."""
        async with self._resolving:
            if not self._addresses or self.loop.time() - self._resolved_s > ADDRESS_LIFE_S:
                self._addresses = await self.loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                self._resolved_s = self.loop.time()
            return self._addresses

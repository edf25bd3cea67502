"""How bytes reach the venue: a small protocol, and what stands behind it in real life."""

import asyncio
import os
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError, ProxyType
from yarl import URL

from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.endpoints import checked_rest_url
from eliteflow.exchange.proxies import Proxy, choose_proxy, is_loopback
from eliteflow.exchange.unreachable import system_reason, unreachable_reason
from eliteflow.messages import text

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class HttpRequest(NamedTuple):
    """One REST request. query: already encoded, without the question mark."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = NO_HEADERS

    def __repr__(self) -> str:
        # Headers carry keys, a query its signature.
        query = f"?{self.query.partition('&signature=')[0]}" if self.query else ""
        return f"<HttpRequest {self.method} {self.path}{query}>"


class HttpResponse(NamedTuple):
    """One REST answer. headers: asked by names in lower case. body: decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpTransport(Protocol):
    """Sends a request to one host and returns its answer, whatever its status."""

    @property
    def host(self) -> str:
        """The host (and port) that requests go to."""

    async def send(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        """Return the answer; raise ExchangeUnreachable when there is none, or a part of one, within `timeout_s`."""

    async def aclose(self) -> None:
        """Close every connection."""


# Everything that aiohttp and aiohttp-socks raise when there is no answer; OSError holds TimeoutError.
_FAILURES = (aiohttp.ClientError, ProxyConnectionError, ProxyTimeoutError, ProxyError, OSError)


class FrameConnection(Protocol):
    """One open stream connection.

    Frames wait in the connection until they are taken, all at once, so a busy one costs a wake-up a batch and never a
    task a message. A connection whose reader falls behind stops reading its socket: nothing is dropped here.
    """

    async def receive(self) -> list[bytes]:
        """Return every text frame that came since the last call, waiting for the first; nothing once it is closed."""

    async def send(self, text: str) -> None:
        """Send a text frame; raise ExchangeUnreachable if the connection is closed."""

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it; frames not taken yet can still be taken."""

    @property
    def close_code(self) -> int | None:
        """Why it is closed, as in RFC 6455 (1006: it broke without a word), or None while it is open."""

    @property
    def close_reason(self) -> str:
        """What the venue said when it closed it."""


class FrameSource(Protocol):
    """Opens stream connections to one host. Pings are answered inside."""

    @property
    def host(self) -> str:
        """The host (and port) that connections go to."""

    async def connect(self, path: str, *, timeout_s: float) -> FrameConnection:
        """Open the route, form and streams of `path`, as `/market/stream?streams=btcusdt@kline_5m`.

        Raises ExchangeUnreachable when there is no connection within `timeout_s`.
        """


# Longer than the pause between a bar's close and its repair, shorter than the idle limit of common front ends.
KEEP_ALIVE_S = 60.0


class AiohttpTransport:
    """One pool of kept-alive connections to one host, by aiohttp.

    base_url: `http://` or `https://` and a host. max_connections: size of the pool.
    proxy: as `[venue] proxy`; None asks the environment (`exchange/proxies.py`), an empty text means none.
    environment: for tests; the process's own by default.

    The pool is opened by the first request inside the loop that runs then, so it can be built anywhere, and
    it follows to another loop. Left unclosed it goes without a warning. Raises ConfigError for a bad URL or proxy.

    Answers are asked for compressed, except on the loopback: unpacking 99 candles costs about 0.05 ms and saves 9 kB,
    which a line slower than about 1.3 Gbit/s cannot send in that time.
    """

    def __init__(
        self,
        base_url: str,
        *,
        max_connections: int,
        proxy: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._base_url, self._host = checked_rest_url(base_url)
        self._max_connections = max_connections
        self._proxy = choose_proxy(base_url, proxy, os.environ if environment is None else environment)
        self._encoding = "identity" if is_loopback(urlsplit(base_url).hostname or "") else "gzip"
        self._pool: _Pool | None = None

    def __repr__(self) -> str:
        through = f" through {self._proxy}" if self._proxy else ""
        return f"<AiohttpTransport {self._base_url}{through}, at most {self._max_connections} connections>"

    @property
    def host(self) -> str:
        """The host (and port) that requests go to."""
        return self._host

    @property
    def proxy(self) -> Proxy | None:
        """The proxy that requests go through, None for a direct connection."""
        return self._proxy

    async def send(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        """Return the answer; raise ExchangeUnreachable when there is none, or a part of one, within `timeout_s`."""
        pool = self._pool
        if pool is None or pool.loop is not asyncio.get_running_loop():
            pool = self._pool = self._open()
        target = f"{self._base_url}{request.path}?{request.query}" if request.query else self._base_url + request.path
        try:
            async with pool.session.request(
                request.method,
                URL(target, encoded=True),
                headers=request.headers or None,
                timeout=_timeout(timeout_s),
                allow_redirects=False,
                proxy=pool.proxy_url,
                proxy_headers=pool.proxy_headers,
            ) as response:
                return HttpResponse(response.status, response.headers, await response.read())
        except _FAILURES as error:
            # Not `from error`: aiohttp's errors carry the request's headers, so keys and the proxy's password.
            raise ExchangeUnreachable(self._host, self._reason(error, timeout_s)) from None

    async def aclose(self) -> None:
        """Close every connection."""
        pool, self._pool = self._pool, None
        if pool is not None and not pool.loop.is_closed():
            await pool.session.close()

    def _open(self) -> "_Pool":
        tunnelled = self._proxy is not None and self._proxy.is_socks
        connector = self._socks_connector() if tunnelled else self._connector()
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": self._encoding, "User-Agent": "eliteflow"} | self._plain_authorization(),
        )
        return _Pool(session, connector, None if tunnelled else self._proxy)

    def _connector(self) -> aiohttp.TCPConnector:
        # asyncio and uvloop set TCP_NODELAY on every connection themselves.
        return aiohttp.TCPConnector(limit=self._max_connections, keepalive_timeout=KEEP_ALIVE_S, ttl_dns_cache=300)

    def _socks_connector(self) -> aiohttp.TCPConnector:
        assert self._proxy is not None
        return ProxyConnector(
            self._proxy.host,
            self._proxy.port,
            ProxyType.SOCKS4 if self._proxy.scheme == "socks4" else ProxyType.SOCKS5,
            self._proxy.username,
            self._proxy.password,
            rdns=True,
            limit=self._max_connections,
            keepalive_timeout=KEEP_ALIVE_S,
        )

    def _plain_authorization(self) -> dict[str, str]:
        """Return the proxy's credentials for the request itself: without TLS there is no CONNECT to carry them."""
        if self._proxy is None or self._proxy.is_socks or self._base_url.startswith("https:"):
            return {}
        return self._proxy.authorization()

    def _reason(self, error: Exception, timeout_s: float) -> str:
        """Return in a few words why there is no answer; names the proxy without its credentials."""
        match error:
            case aiohttp.ClientHttpProxyError():
                return text("unreachable.proxy", proxy=self._proxy, reason=f"{error.status} {error.message}")
            case aiohttp.ClientProxyConnectionError() | ProxyConnectionError() | ProxyTimeoutError() | ProxyError():
                return text("unreachable.proxy", proxy=self._proxy, reason=system_reason(error))
            case aiohttp.ClientConnectorDNSError():
                return text("unreachable.unresolved")
            case aiohttp.ClientSSLError() | aiohttp.ClientConnectorCertificateError():
                return text("unreachable.tls", reason=system_reason(error))
            case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
                return text("unreachable.refused")
            case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
                return text("unreachable.truncated")
            case aiohttp.ServerDisconnectedError():
                return text("unreachable.reset")
            case _:
                return unreachable_reason(error, timeout_s)


class _Pool:
    """An aiohttp session, bound to the loop it was opened in, that can be forgotten without aiohttp's complaint."""

    def __init__(
        self, session: aiohttp.ClientSession, connector: aiohttp.TCPConnector, proxy: Proxy | None = None
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.session = session
        self.connector = connector
        self.proxy_url = URL(proxy.address) if proxy else None
        self.proxy_headers = proxy.authorization() if proxy else None

    def __del__(self) -> None:
        if self.session.closed:
            return
        self.session.detach()
        closing = self.connector.close()
        try:
            closing.send(None)  # closes the sockets before its first wait, which nobody is left for
        except StopIteration:
            return
        closing.close()


@lru_cache(maxsize=8)
def _timeout(timeout_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeout_s)

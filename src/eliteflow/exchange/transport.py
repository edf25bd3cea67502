"""How bytes reach the venue: two small protocols, and what stands behind them in real life."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class HttpRequest(NamedTuple):
    """One REST request. query: already encoded, without the question mark."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}


class HttpResponse(NamedTuple):
    """One REST answer. headers: names in lower case. body: decompressed."""

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

"""The emulator's REST side without a socket, in the time of the running loop: real or virtual."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Protocol

from eliteflow.emulator.messages import Ending, Request, Response
from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.transport import HttpRequest, HttpResponse
from eliteflow.messages import text


class AnsweringVenue(Protocol):
    """What answers requests without input and output; `emulator.opening.open_venue` makes one."""

    def handle(self, request: Request, now_ms: int) -> Response:
        """Answer a request that arrives at `now_ms` of venue time."""


class EmulatedHttp:
    """An HttpTransport in front of an emulated venue.

    now_ms: the venue's clock. client_ip: whom the venue takes the requests for. way_s: from sending to the venue; the
    rest of the answer's own delay is the way back. sent_ms: when each request left, by the venue's clock.
    """

    def __init__(
        self,
        venue: AnsweringVenue,
        now_ms: Callable[[], int],
        *,
        client_ip: str = "127.0.0.1",
        way_s: float = 0.0,
        host: str = "emulator",
    ) -> None:
        self.sent_ms: list[int] = []
        self._venue = venue
        self._now_ms = now_ms
        self._client_ip = client_ip
        self._way_s = way_s
        self._host = host

    def __repr__(self) -> str:
        return f"<EmulatedHttp {self._host}, {len(self.sent_ms)} sent>"

    @property
    def host(self) -> str:
        """What stands for a host in messages."""
        return self._host

    async def send(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        """Return the venue's answer; raise ExchangeUnreachable for one that does not come, or not as a whole."""
        self.sent_ms.append(self._now_ms())
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(request)
        except TimeoutError:
            raise ExchangeUnreachable(self._host, text("unreachable.timed_out", timeout_s=timeout_s)) from None

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""

    async def _exchange(self, request: HttpRequest) -> HttpResponse:
        if self._way_s:
            await asyncio.sleep(self._way_s)
        now_ms = self._now_ms()
        response = self._venue.handle(self._as_it_arrives(request), now_ms)
        await asyncio.sleep(response.delay_s + response.dribble_s - self._way_s)
        match response.ending:
            case Ending.HANG:
                await asyncio.get_running_loop().create_future()
            case Ending.RESET:
                raise ExchangeUnreachable(self._host, text("unreachable.reset"))
            case Ending.TRUNCATE:
                raise ExchangeUnreachable(self._host, text("unreachable.truncated"))
        return HttpResponse(response.status, _headers(response, now_ms), response.body)

    def _as_it_arrives(self, request: HttpRequest) -> Request:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Request(request.method, request.path, request.query, self._client_ip, headers)


def _headers(response: Response, now_ms: int) -> dict[str, str]:
    headers = {name.lower(): value for name, value in response.headers}
    headers["server"] = "eliteflow-emulator"
    headers["date"] = format_datetime(datetime.fromtimestamp(now_ms // 1000, UTC), usegmt=True)
    if response.used_weight is not None:
        headers["x-mbx-used-weight-1m"] = str(response.used_weight)
    return headers

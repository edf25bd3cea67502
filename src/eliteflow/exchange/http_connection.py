"""One HTTP/1.1 connection: a request out, its answer in, nothing pipelined."""

import asyncio
import zlib
from typing import cast

import httptools

from eliteflow.exchange.transport import HttpResponse

FIRST_FINAL_STATUS = 200
ANY_ZLIB_HEADER = 47  # zlib's code for "gzip or zlib, whichever the header says"


class BrokenAnswer(Exception):
    """An answer that broke off or is no HTTP. The transport makes it an ExchangeUnreachable."""


class StaleConnection(ConnectionError):
    """A kept connection was closed before a byte of the answer came: most likely the venue never saw the request."""


class HttpConnection(asyncio.Protocol):
    """A client's connection, used for one request at a time; `is_open` says whether it can take another."""

    __slots__ = (
        "_answer",
        "_body",
        "_came",
        "_has_head",
        "_headers",
        "_is_reused",
        "_parser",
        "_transport",
        "is_open",
        "kept_s",
    )

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[HttpResponse] | None = None
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._came = self._has_head = self._is_reused = False
        self.is_open = False
        self.kept_s = 0.0

    async def exchange(self, request: bytes) -> HttpResponse:
        """Send a request and return its answer; left in any other way, the connection is closed.

        Raises StaleConnection, ConnectionError, BrokenAnswer.
        """
        answer = self._answer = asyncio.get_running_loop().create_future()
        self._came = self._has_head = False
        try:
            self._transport.write(request)
            return await answer
        except BaseException:  # cancelled too: what is still to come would be taken for the next answer
            self.close()
            raise
        finally:
            self._answer = None
            self._is_reused = True

    def close(self) -> None:
        """Close at once; nothing that is still to come matters."""
        self.is_open = False
        self._transport.abort()

    def forget(self) -> None:
        """Let go of a connection whose loop is closed already."""
        del self._transport

    # the loop calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what comes without having been asked for ends the connection."""
        if self._answer is None:
            self.close()
            return
        self._came = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(BrokenAnswer(str(error)))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say what the end means for the answer that is waited for."""
        self.is_open = False
        if self._answer is None or self._answer.done():
            return
        if not self._came:
            self._fail(StaleConnection() if self._is_reused else ConnectionResetError())
        elif self._has_head and self._ends_with_connection():
            self._complete()
        else:
            self._fail(BrokenAnswer("the connection ended inside the answer"))

    # httptools calls these while it parses

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header."""
        self._headers[name.lower().decode("latin-1")] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Note that the head is whole."""
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        """Collect the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over; an interim one (1xx) is passed by."""
        if self._parser.get_status_code() < FIRST_FINAL_STATUS:
            self._headers, self._has_head = {}, False
            return
        is_kept = self._parser.should_keep_alive()
        self._complete()
        if not is_kept:
            self.close()

    def _complete(self) -> None:
        headers, body = self._headers, b"".join(self._body)
        self._headers, self._body = {}, []
        if "content-encoding" in headers and headers["content-encoding"] != "identity":
            try:
                body = zlib.decompress(body, ANY_ZLIB_HEADER)
            except zlib.error as error:
                self._fail(BrokenAnswer(str(error)))
                return
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(HttpResponse(self._parser.get_status_code(), headers, body))

    def _ends_with_connection(self) -> bool:
        return "content-length" not in self._headers and "transfer-encoding" not in self._headers

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

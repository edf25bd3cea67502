"""One stream connection over a real socket, by picows: frames in batches, pings answered, close codes kept."""

import asyncio
from contextlib import suppress

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSProtocolError, WSTransport

from eliteflow.errors import ExchangeUnreachable

MOST_UNREAD = 4_096
"""Frames that wait for a reader before the socket is no longer read."""
REST_S, RESTED_FRAMES = 0.02, 256
"""After fewer frames the socket is left alone for a moment: what comes in it costs one wake-up of the loop instead of
one each, which halves the cost of a busy market (6,360 messages a second: 11 % of a core, 5 % with rests; 2026-11-24).
"""

_TEXT = WSMsgType.TEXT
_NO_STATUS, _BROKEN = 1005, 1006


class PicowsConnection(WSListener):
    """A FrameConnection; picows calls it for each frame, its reader takes all that wait."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._frames: list[bytes] = []
        self._parts: list[bytes] = []
        self._reader: asyncio.Future[None] | None = None
        self._transport: WSTransport | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._is_paused = False
        self._code: int | None = None
        self._reason = ""

    @property
    def close_code(self) -> int | None:
        """Why it is closed, as in RFC 6455, or None while it is open."""
        return self._code

    @property
    def close_reason(self) -> str:
        """What the venue said when it closed it."""
        return self._reason

    async def receive(self) -> list[bytes]:
        """Return every text frame that came since the last call, waiting for the first; nothing once it is closed."""
        if not self._frames and self._code is None:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        frames, self._frames = self._frames, []
        if self._transport is not None and self._code is None:
            if len(frames) < RESTED_FRAMES:
                self._pause(self._transport)
                self._rest = asyncio.get_running_loop().call_later(REST_S, self._resume, self._transport)
            else:
                self._resume(self._transport)
        return frames

    async def send(self, text: str) -> None:
        """Send a text frame; raise ExchangeUnreachable if the connection is closed."""
        if self._code is not None or self._transport is None:
            raise ExchangeUnreachable(self._host, f"closed: {self._code} {self._reason}".rstrip())
        self._transport.send(WSMsgType.TEXT, text)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it, which every connection needs in the end; frames not taken yet can still be taken."""
        if self._transport is None:
            return
        if self._code is None:
            self._end(code, reason)
            _leave(self._transport, WSCloseCode(code), reason)
            await asyncio.sleep(0)  # the socket is closed in the loop's next round
        elif self._transport.is_disconnected:
            with suppress(WSProtocolError):  # the close code has told it; unasked, asyncio would complain
                await self._transport.wait_disconnected()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Remember what to send over."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Keep a text frame for the reader; stop reading when too many wait."""
        if frame.msg_type is not _TEXT or not frame.fin:
            self._take_other(transport, frame)
            return
        self._keep(transport, frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note why, unless the venue has said it: what picows found wrong, else that it broke."""
        # Whatever its stub says, there is no handshake unless somebody said something.
        found = getattr(transport.close_handshake, "sent", None)
        if found is None:
            self._end(_BROKEN)
        else:
            self._end(found.code.value, found.reason)

    def _keep(self, transport: WSTransport, text: bytes) -> None:
        self._frames.append(text)
        if self._reader is not None:
            self._wake()  # it runs when the whole buffer has been gone through
        elif len(self._frames) == MOST_UNREAD:
            self._pause(transport)

    def _pause(self, transport: WSTransport) -> None:
        if not self._is_paused:
            self._is_paused = True
            transport.underlying_transport.pause_reading()

    def _resume(self, transport: WSTransport) -> None:
        if self._is_paused and self._code is None:
            self._is_paused = False
            transport.underlying_transport.resume_reading()

    def _take_other(self, transport: WSTransport, frame: WSFrame) -> None:
        """Join a message that comes in parts; answer a close. Pings have been answered, and the rest means nothing."""
        if frame.msg_type is WSMsgType.CLOSE:
            payload = frame.get_payload_as_bytes()
            code = int.from_bytes(payload[:2], "big") if payload else _NO_STATUS
            self._end(code, payload[2:].decode("utf-8", "replace"))
            _leave(transport, WSCloseCode.OK)
        elif frame.msg_type in (_TEXT, WSMsgType.CONTINUATION):
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                whole, self._parts = b"".join(self._parts), []
                self._keep(transport, whole)

    def _end(self, code: int, reason: str = "") -> None:
        if self._code is None:
            self._code, self._reason = code, reason
            self._wake()
            if self._rest is not None:
                self._rest.cancel()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
        self._reader = None


def _leave(transport: WSTransport, code: WSCloseCode, reason: str = "") -> None:
    transport.send_close(code, reason)
    # A polite end would wait for the other side, which may be gone: over TLS always, else while something is unsent.
    is_sent = transport.underlying_transport.get_write_buffer_size() == 0
    transport.disconnect(graceful=is_sent and not transport.is_secure)

"""The log lines of the streams: one for each change of a connection's state, none for each symbol."""

from eliteflow.exchange.streams.stream_slot import Loss, StreamSlot
from eliteflow.exchange.streams.stream_wire import Malformed, Refused
from eliteflow.telemetry.log import EventLog

MARKET = "market"
QUIET_S = 60.0
"""A malformed frame is news again after so long without one."""


class StreamLog:
    """Writes for `WebSocketManager`. host: whose streams they are."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._log = EventLog("WebSocketManager")
        self._malformed_s: dict[int, float] = {}

    def connected(self, slot: StreamSlot) -> None:
        """A connection brings frames, the first or after a break."""
        self._write("stream.connected", slot, streams=_streams(slot))

    def rolled_over(self, slot: StreamSlot) -> None:
        """A connection has been replaced before its day was over."""
        self._write("stream.rolled_over", slot, streams=_streams(slot))

    def reconnecting(self, slot: StreamSlot, loss: Loss, detail: str) -> None:
        """A connection is gone, or could not be opened at all."""
        reason = f"{loss.reason}: {detail}" if detail else loss.reason
        self._write(
            "stream.reconnecting", slot, streams=len(loss.topics), reason=reason, pause_s=round(loss.pause_s, 1)
        )

    def stale(self, slot: StreamSlot, streams: int, reason: str) -> None:
        """Streams that should bring something bring nothing: asked for again, or on another connection."""
        self._write("stream.stale", slot, streams=streams, reason=reason)

    def malformed(self, slot: StreamSlot, fault: Malformed, now_s: float) -> None:
        """A frame could not be read; said again only after a while without one."""
        last_s = self._malformed_s.get(slot.number)
        self._malformed_s[slot.number] = now_s
        if last_s is None or now_s - last_s > QUIET_S:
            self._write("stream.malformed", slot, reason=fault.reason, excerpt=fault.excerpt)

    def refused(self, slot: StreamSlot, refusal: Refused) -> None:
        """The venue did not do what it was asked for."""
        self._write("stream.refused", slot, code=refusal.code, reason=refusal.reason)

    def _write(self, event: str, slot: StreamSlot, **fields: object) -> None:
        self._log.write(event, host=self._host, connection=slot_name(slot), **fields)


def slot_name(slot: StreamSlot) -> str:
    """Return how people see a connection: `market` for the whole market's streams, else its number."""
    return str(slot.number or MARKET)


def _streams(slot: StreamSlot) -> int:
    return slot.current.streams if slot.current else 0

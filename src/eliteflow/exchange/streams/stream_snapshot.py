"""The streams at one instant, for people and metrics."""

from dataclasses import dataclass

from eliteflow.exchange.streams.stream_log import slot_name
from eliteflow.exchange.streams.stream_plan import symbols_among
from eliteflow.exchange.streams.stream_session import SessionState
from eliteflow.exchange.streams.stream_slot import StreamSlot


@dataclass(frozen=True, slots=True)
class ConnectionSnapshot:
    """One connection of the plan; the counters go on when it is replaced.

    name: `market` for the whole market's streams, else its number. streams: how many it carries.
    newest_event_ms: venue time of the newest event. lag_ms: how old the newest candle was when it came.
    """

    name: str
    state: SessionState
    streams: int
    symbols: int
    messages: int
    malformed: int
    reconnects: int
    newest_event_ms: int
    lag_ms: int


@dataclass(frozen=True, slots=True)
class StreamsSnapshot:
    """All connections. waiting: events that wait for their reader. symbols, live: followed, and without a gap now."""

    host: str
    symbols: int
    live: int
    waiting: int
    connections: tuple[ConnectionSnapshot, ...]

    @property
    def messages(self) -> int:
        """Messages received over all connections."""
        return sum(connection.messages for connection in self.connections)

    @property
    def malformed(self) -> int:
        """Messages among them that were not what the venue documents."""
        return sum(connection.malformed for connection in self.connections)

    @property
    def reconnects(self) -> int:
        """Connections lost and opened again."""
        return sum(connection.reconnects for connection in self.connections)


def connection_snapshot(slot: StreamSlot) -> ConnectionSnapshot:
    """Return how it goes at one place of the plan."""
    session = slot.current
    return ConnectionSnapshot(
        name=slot_name(slot),
        state=SessionState.CLOSED if session is None else session.state,
        streams=0 if session is None else session.streams,
        symbols=len(symbols_among(slot.topics)),
        messages=slot.messages,
        malformed=slot.malformed,
        reconnects=slot.reconnects,
        newest_event_ms=0 if session is None else session.newest_event_ms,
        lag_ms=slot.lag_ms,
    )

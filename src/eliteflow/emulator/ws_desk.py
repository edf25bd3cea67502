"""The venue's stream side: connections come, ask, listen and go. Time in, messages out; no socket."""

from itertools import count
from urllib.parse import unquote

from eliteflow.emulator.agenda import Agenda
from eliteflow.emulator.broadcast import Broadcast
from eliteflow.emulator.delivery import Delivery
from eliteflow.emulator.faults import FaultPlan
from eliteflow.emulator.intervals import SECOND
from eliteflow.emulator.market import Market
from eliteflow.emulator.stream_faults import StreamFaults
from eliteflow.emulator.stream_names import ROUTES, find_stream
from eliteflow.emulator.stream_settings import StreamSettings
from eliteflow.emulator.ws_requests import BadRequest, ControlRequest, read_request, result
from eliteflow.emulator.ws_session import Abort, Close, Ping, Pong, Session

POLICY, GOING_AWAY = 1008, 1001
_TOO_MANY_STREAMS = b'{"error":{"code":4,"msg":"Too many subscriptions"}}'


class WsDesk:
    """All WebSocket connections of a venue.

    After every call, `take_ready()` names the sessions whose outbox has something to send.
    """

    def __init__(self, market: Market, faults: FaultPlan, agenda: Agenda) -> None:
        """agenda: what else happens at the venue, as listings; done in the order of time with what is pushed."""
        self.settings = StreamSettings()
        self._agenda = agenda
        self.sessions: dict[int, Session] = {}
        self._market = market
        self._faults = StreamFaults(faults)
        self._delivery = Delivery(self._faults)
        self.broadcast = Broadcast(market, self._delivery, lambda: self.settings)
        self.take_ready = self._delivery.take_ready
        self._numbers = count(1)
        self._next_look_ms = 0

    def connect(self, client_ip: str, target: str, now_ms: int) -> Session | None:
        """Open a connection at a path with its query; None for a path that no WebSocket lives at."""
        where = _read_target(target)
        if where is None:
            return None
        route, is_combined, names = where
        session = Session(client_ip, route, is_combined, now_ms, next(self._numbers))
        self.sessions[session.number] = session
        self._next_look_ms = min(self._next_look_ms, now_ms + SECOND)
        self._subscribe(session, names, now_ms)
        return session

    def leave(self, session: Session) -> None:
        """Forget a connection that has ended."""
        session.is_open = False
        if self.sessions.pop(session.number, None):
            for stream in session.streams.values():
                if stream is not None and session.serves(stream):
                    self.broadcast.leave(stream, session)
            session.streams.clear()

    def hear(self, session: Session, text: bytes, now_ms: int) -> None:
        """Answer a text message of a client."""
        if not self._may_speak(session, now_ms):
            return
        try:
            request = read_request(text)
        except BadRequest as error:
            self._delivery.put(session, error.body)
            return
        self._answer(session, request, now_ms)

    def hear_ping(self, session: Session, payload: bytes, now_ms: int) -> None:
        """Answer a client's ping; it counts as a message."""
        if self._may_speak(session, now_ms):
            self._delivery.put(session, Pong(payload))

    def hear_pong(self, session: Session, now_ms: int) -> None:
        """Note that the client lives; a pong counts as a message too."""
        session.heard_ms = now_ms
        self._may_speak(session, now_ms)

    def end(self, session: Session, code: int, reason: str = "") -> None:
        """Close a connection as the venue does."""
        if session.is_open:
            self._delivery.put(session, Close(code, reason))
            self.leave(session)

    def advance(self, now_ms: int) -> None:
        """Do everything that is due by now."""
        self._catch_up(now_ms)
        if now_ms >= self._next_look_ms or self._next_look_ms > now_ms + SECOND:
            self._look_after(now_ms)
            self._next_look_ms = now_ms - now_ms % SECOND + SECOND

    @property
    def next_ms(self) -> int:
        """When `advance` has something to do again."""
        return min(self.broadcast.next_ms, self._next_look_ms, self._agenda.next_ms)

    def _catch_up(self, now_ms: int) -> None:
        while (due_ms := self._agenda.next_ms) <= now_ms:
            self.broadcast.advance(due_ms)
            self._agenda.run(due_ms)
        self.broadcast.advance(now_ms)

    def _look_after(self, now_ms: int) -> None:
        """Ping, and end what is too old, dead, too slow or told to break."""
        rules = self.settings
        for session in self._faults.breaking(list(self.sessions.values()), now_ms):
            self._break(session)
        for session in list(self.sessions.values()):
            if len(session.outbox) > rules.most_unsent:
                self._break(session)
            elif now_ms - session.opened_ms >= rules.life_ms or now_ms - session.heard_ms >= rules.pong_within_ms:
                self.end(session, GOING_AWAY)
            elif now_ms - session.pinged_ms >= rules.ping_every_ms:
                session.pinged_ms = now_ms
                self._delivery.put(session, Ping(b"%d" % now_ms))

    def _break(self, session: Session) -> None:
        self._delivery.put(session, Abort())
        self.leave(session)

    def _may_speak(self, session: Session, now_ms: int) -> bool:
        if not session.is_open:
            return False
        if session.may_speak(now_ms, self.settings.messages_at_once, self.settings.messages_a_second):
            return True
        self.end(session, POLICY, "Too many requests")
        return False

    def _answer(self, session: Session, request: ControlRequest, now_ms: int) -> None:
        value: object = None
        match request.method:
            case "SUBSCRIBE":
                if not self._subscribe(session, request.names, now_ms):
                    return
            case "UNSUBSCRIBE":
                self._unsubscribe(session, request.names)
            case "LIST_SUBSCRIPTIONS":
                value = list(session.streams)
            case "SET_PROPERTY":
                session.is_combined = bool(request.params[1])
            case _:
                value = session.is_combined
        self._delivery.put(session, result(request.id, value))

    def _subscribe(self, session: Session, names: tuple[str, ...], now_ms: int) -> bool:
        """Add streams, known or not; one too many ends the connection with all it had."""
        self._catch_up(now_ms)
        for name in names:
            if name in session.streams:
                continue
            if len(session.streams) >= self.settings.most_streams:
                self._delivery.put(session, _TOO_MANY_STREAMS)
                self.end(session, POLICY, "Invalid request")
                return False
            stream = session.streams[name] = find_stream(name, self._market)
            if stream is not None and session.serves(stream):
                self.broadcast.listen(stream, session)
        return True

    def _unsubscribe(self, session: Session, names: tuple[str, ...]) -> None:
        for name in names:
            stream = session.streams.pop(name, None)
            if stream is not None and session.serves(stream):
                self.broadcast.leave(stream, session)


def _read_target(target: str) -> tuple[str | None, bool, tuple[str, ...]] | None:
    """Return (route or None, combined form, stream names) of a request target; None if it is no stream path."""
    path, _, query = target.partition("?")
    parts = [unquote(part) for part in path.split("/") if part]
    route = parts.pop(0) if parts and parts[0] in ROUTES else None
    if parts[:1] == ["stream"]:
        named = [value for key, _, value in (pair.partition("=") for pair in query.split("&")) if key == "streams"]
        return route, True, tuple(name for name in unquote("/".join(named)).split("/") if name)
    if parts[:1] == ["ws"]:
        return route, False, tuple(parts[1:])
    return None

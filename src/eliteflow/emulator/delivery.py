"""The last step of a message: in the form its connection asked for, and through whatever fault is in force."""

from collections.abc import Iterable
from functools import partial

from eliteflow.emulator.agenda import Agenda
from eliteflow.emulator.stream_faults import StreamFaults
from eliteflow.emulator.stream_names import Stream
from eliteflow.emulator.ws_session import Output, Session


class Delivery:
    """Puts messages into outboxes, now or later. ready: the sessions whose outbox has something in it."""

    def __init__(self, faults: StreamFaults) -> None:
        self.ready: list[Session] = []
        self._faults = faults
        self._late = Agenda()

    def put(self, session: Session, output: Output) -> None:
        """Send something of the connection's own, as an answer or a ping."""
        if session.is_open:
            if not session.outbox:
                self.ready.append(session)
            session.outbox.append(output)

    def send(self, stream: Stream, listeners: list[Session], body: bytes, due_ms: int) -> None:
        """Send a message of a stream to those who listen."""
        wrapped = b""
        has_faults = self._faults.are_active(due_ms)
        for session in listeners:
            text = body
            if session.is_combined:
                text = wrapped = wrapped or b'{"stream":"%b","data":%b}' % (stream.name.encode(), body)
            if has_faults or session.delay_until_ms > due_ms:
                self._suffer(stream, session, text, due_ms)
                continue
            outbox = session.outbox
            if not outbox:
                self.ready.append(session)
            outbox.append(text)

    def fates_of_final(self, stream: Stream, due_ms: int) -> Iterable[tuple[int, bool]]:
        """Return, for each time a final kline is sent, (how many ms late, whether it is an old state instead)."""
        return self._faults.fates_of_final(stream, due_ms)

    def release(self, now_ms: int) -> None:
        """Send what was held back until now."""
        self._late.run(now_ms)

    @property
    def next_ms(self) -> int:
        """When something held back is due."""
        return self._late.next_ms

    def take_ready(self) -> list[Session]:
        """Return the sessions with something to send, and forget them: the caller empties their outboxes."""
        ready, self.ready = self.ready, []
        return ready

    def _suffer(self, stream: Stream, session: Session, text: bytes, due_ms: int) -> None:
        """Deliver as the faults in force have it; a connection's messages keep their order."""
        outputs, delay_ms = self._faults.strike(stream, session, text, due_ms)
        at_ms = max(due_ms + delay_ms, session.delay_until_ms)
        for output in outputs:
            if at_ms <= due_ms:
                self.put(session, output)
            else:
                session.delay_until_ms = at_ms
                self._late.at(at_ms, partial(self._put_late, session, output))

    def _put_late(self, session: Session, output: Output, _due_ms: int) -> None:
        self.put(session, output)

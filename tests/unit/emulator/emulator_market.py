"""Small markets and requests for the emulator's tests."""

import json
from typing import Any

from eliteflow.emulator.intervals import INTERVALS
from eliteflow.emulator.market import KlineQuery, Market
from eliteflow.emulator.messages import Request, Response
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.stream_settings import StreamSettings
from eliteflow.emulator.venue import Venue
from eliteflow.emulator.ws_desk import WsDesk
from eliteflow.emulator.ws_session import Output, Ping, Session

NOW_MS = 1_795_422_158_684  # 2026-11-23 08:22:38
MINUTE = 60_000

Row = list[Any]


def a_venue(symbols: int = 6, now_ms: int = NOW_MS, **options: Any) -> Venue:
    """Return a venue of few contracts without latency."""
    return open_venue(EmulatorOptions(symbols=symbols, latency_ms=0, **options), now_ms)


def a_market(symbols: int = 6, now_ms: int = NOW_MS, **options: Any) -> Market:
    """Return the market of such a venue."""
    return a_venue(symbols, now_ms, **options).market


def rows(
    market: Market,
    interval: str,
    now_ms: int = NOW_MS,
    symbol: str = "BTCUSDT",
    limit: int = 50,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> list[Row]:
    """Return decoded rows."""
    query = KlineQuery(symbol, INTERVALS[interval], start_ms, end_ms, limit)
    found: list[Row] = json.loads(market.klines(query, now_ms))
    return found


def get(
    venue: Venue,
    target: str,
    now_ms: int = NOW_MS,
    client_ip: str = "127.0.0.1",
    headers: dict[str, str] | None = None,
) -> Response:
    """Ask the venue for a path with its query."""
    path, _, query = target.partition("?")
    return venue.handle(Request("GET", path, query, client_ip, headers or {}), now_ms)


def a_desk(symbols: int = 6, now_ms: int = NOW_MS, **settings: Any) -> WsDesk:
    """Return the stream side of such a venue."""
    desk = a_venue(symbols, now_ms).desk
    desk.settings = StreamSettings(**settings)
    return desk


def a_session(desk: WsDesk, target: str, now_ms: int = NOW_MS) -> Session:
    """Connect to a path."""
    session = desk.connect("127.0.0.1", target, now_ms)
    assert session is not None
    return session


def say(desk: WsDesk, session: Session, now_ms: int = NOW_MS, **request: Any) -> list[Output]:
    """Send a request and return everything that the venue has put out for this session."""
    desk.hear(session, json.dumps(request).encode(), now_ms)
    return take(session)


def take(session: Session) -> list[Output]:
    """Empty a session's outbox."""
    outputs, session.outbox = session.outbox, []
    return outputs


def play(desk: WsDesk, session: Session, begin_ms: int, end_ms: int, step_ms: int = 0) -> list[Output]:
    """Let time pass, event by event or in steps, answering pings; return what was put out for this session."""
    now_ms, outputs = begin_ms, []
    while now_ms < end_ms:
        now_ms = min(end_ms, now_ms + step_ms if step_ms else max(desk.next_ms, now_ms + 1))
        desk.advance(now_ms)
        outputs += take(session)
        desk.hear_pong(session, now_ms)
    return [output for output in outputs if not isinstance(output, Ping)]


def events(outputs: list[Output]) -> list[Any]:
    """Decode text messages."""
    return [json.loads(output) for output in outputs if isinstance(output, bytes)]

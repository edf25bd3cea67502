"""The rules of the venue's stream connections (reference A.2, A.3)."""

import json

import pytest

from eliteflow.emulator.ws_session import Close, Output, Ping, Pong
from tests.unit.emulator.emulator_market import NOW_MS, a_desk, a_session, events, play, say, take

KLINE = "btcusdt@kline_5m"
MINUTE = 60_000


def _names(first: int, count: int) -> list[str]:
    return [f"unknown{number}@kline_5m" for number in range(first, first + count)]


@pytest.mark.parametrize(
    "target", ["/market/ws", "/market/stream", "/ws", "/public/stream", "/private/ws", "/other/ws"]
)
def test_every_subscription_is_acknowledged(target: str) -> None:
    """Known or not, on the right route or not."""
    if target == "/other/ws":
        assert a_desk().connect("127.0.0.1", target, NOW_MS) is None
        return
    desk = a_desk()
    session = a_session(desk, target)
    names = [KLINE, "BTCUSDT@kline_5m", "nope@kline_5m", "btcusdt@nothing"]
    assert say(desk, session, method="SUBSCRIBE", params=names, id=1) == [b'{"result":null,"id":1}']
    assert events(say(desk, session, method="LIST_SUBSCRIPTIONS", id=2)) == [{"result": names, "id": 2}]
    assert say(desk, session, method="UNSUBSCRIBE", params=[KLINE, "never@seen"], id="x") == [
        b'{"result":null,"id":"x"}'
    ]
    assert events(say(desk, session, method="LIST_SUBSCRIPTIONS", id=4)) == [{"result": names[1:], "id": 4}]


@pytest.mark.parametrize(
    ("target", "is_served"),
    [
        (f"/market/ws/{KLINE}", True),
        (f"/market/stream?streams={KLINE}", True),
        (f"/public/ws/{KLINE}", False),
        (f"/private/ws/{KLINE}", False),
        (f"/ws/{KLINE}", False),
        (f"/stream?streams={KLINE}", False),
        ("/market/ws/BTCUSDT@kline_5m", False),
        ("/public/ws/btcusdt@bookTicker", True),
        ("/market/ws/btcusdt@bookTicker", False),
    ],
)
def test_a_wrong_route_stays_silent(target: str, is_served: bool) -> None:
    """A stream is delivered on its own route alone, and only under its lower-case name."""
    desk = a_desk()
    session = a_session(desk, target)
    assert bool(play(desk, session, NOW_MS, NOW_MS + 3_000)) is is_served


def test_combined_connections_wrap_what_raw_ones_get_bare() -> None:
    """The same event in both forms; SET_PROPERTY changes from one to the other."""
    desk = a_desk()
    raw, combined = a_session(desk, f"/market/ws/{KLINE}"), a_session(desk, f"/market/stream?streams={KLINE}")
    desk.advance(NOW_MS + 3_000)
    bare = events(take(raw))
    assert bare
    assert events(take(combined)) == [{"stream": KLINE, "data": event} for event in bare]
    assert events(say(desk, combined, method="GET_PROPERTY", params=["combined"], id=1))[0]["result"] is True
    say(desk, combined, method="SET_PROPERTY", params=["combined", False], id=2)
    assert events(say(desk, combined, method="GET_PROPERTY", params=["combined"], id=3))[0]["result"] is False


def test_several_streams_fit_into_a_path() -> None:
    """Both forms take any number, encoded or not."""
    desk = a_desk()
    raw = a_session(desk, f"/market/ws/{KLINE}/ethusdt@kline_1h")
    combined = a_session(desk, f"/market/stream?streams={KLINE}%2Fethusdt@kline_1h/!contractInfo")
    assert list(raw.streams) == [KLINE, "ethusdt@kline_1h"]
    assert list(combined.streams) == [KLINE, "ethusdt@kline_1h", "!contractInfo"]


def test_the_1025th_stream_ends_the_connection() -> None:
    """Error code 4, then close 1008, and all streams are lost; repeated names do not count."""
    desk = a_desk()
    session = a_session(desk, f"/market/ws/{KLINE}")
    for place in range(5):
        say(desk, session, method="SUBSCRIBE", params=_names(place * 200, 200), id=place)
    last = say(desk, session, method="SUBSCRIBE", params=[KLINE, *_names(990, 33)], id=6)
    assert last == [b'{"result":null,"id":6}']
    assert len(session.streams) == 1_024
    assert say(desk, session, method="SUBSCRIBE", params=["one@more"], id=7) == [
        b'{"error":{"code":4,"msg":"Too many subscriptions"}}',
        Close(1008, "Invalid request"),
    ]
    assert not session.is_open
    assert play(desk, session, NOW_MS, NOW_MS + 3_000) == []


def test_of_forty_messages_at_once_fifteen_are_answered() -> None:
    """Then close 1008, as measured; ten a second are fine for ever."""
    desk = a_desk()
    session = a_session(desk, "/market/ws")
    found: list[Output] = []
    for number in range(40):
        found += say(desk, session, method="LIST_SUBSCRIPTIONS", id=number)
    assert len(events(found)) == 15
    assert found[-1] == Close(1008, "Too many requests")
    patient = a_session(desk, "/market/ws")
    for number in range(200):
        assert len(say(desk, patient, NOW_MS + number * 100, method="LIST_SUBSCRIPTIONS", id=number)) == 1


def test_pings_and_pongs_count_as_messages() -> None:
    """A client's ping is answered with its payload, until there are too many."""
    desk = a_desk()
    session = a_session(desk, "/market/ws")
    for _ in range(15):
        desk.hear_ping(session, b"hello", NOW_MS)
    assert take(session) == [Pong(b"hello")] * 15
    desk.hear_pong(session, NOW_MS)
    assert take(session) == [Close(1008, "Too many requests")]


def test_the_venue_pings_every_three_minutes_and_closes_who_is_silent_for_ten() -> None:
    """The payload is the time in ms."""
    desk = a_desk()
    session = a_session(desk, "/market/ws")
    found = []
    for minute in range(12):
        desk.advance(NOW_MS + minute * MINUTE)
        found.append(take(session))
    assert [place for place, outputs in enumerate(found) if outputs] == [3, 6, 9, 10]
    assert found[3] == [Ping(b"%d" % (NOW_MS + 3 * MINUTE))]
    assert found[10] == [Close(1001)]


def test_a_connection_lives_a_day_and_that_can_be_scaled() -> None:
    """Whoever answers pings is ended all the same."""
    desk = a_desk(life_ms=20 * MINUTE)
    session = a_session(desk, "/market/ws")
    assert play(desk, session, NOW_MS, NOW_MS + 20 * MINUTE - 1_000) == []
    assert play(desk, session, NOW_MS + 20 * MINUTE - 1_000, NOW_MS + 20 * MINUTE + 1_000) == [Close(1001)]
    assert a_desk().settings.life_ms == 24 * 60 * MINUTE


def test_a_malformed_message_is_answered_and_the_connection_kept() -> None:
    """The documented shape, with the id."""
    desk = a_desk()
    session = a_session(desk, "/market/ws")
    answer = events(say(desk, session, method="SHOUT", id=9))[0]
    assert (answer["code"], answer["id"]) == (2, 9)
    assert answer["msg"].startswith("Invalid request: ")
    desk.hear(session, b"\x00nonsense", NOW_MS)
    assert events(take(session))[0]["code"] == 3
    assert session.is_open


def test_a_connection_that_is_not_read_is_broken() -> None:
    """Its outbox does not grow for ever."""
    desk = a_desk(most_unsent=50)
    session = a_session(desk, f"/market/ws/{KLINE}")
    for second in range(60):
        desk.advance(NOW_MS + second * 1_000)
    assert not session.is_open
    assert len(session.outbox) < 60


def test_leaving_ends_every_stream() -> None:
    """Nothing is made for nobody."""
    desk = a_desk()
    session = a_session(desk, f"/market/ws/{KLINE}/btcusdt@aggTrade/!miniTicker@arr")
    desk.advance(NOW_MS + 1_000)
    take(session)
    desk.leave(session)
    desk.advance(NOW_MS + 5_000)
    assert (desk.sessions, session.outbox) == ({}, [])
    assert json.dumps(desk.broadcast._klines) == json.dumps(desk.broadcast._trades) == "{}"

"""One connection's state, from its opening to its end."""

import pytest

from eliteflow.exchange.streams.stream_plan import stream_names
from eliteflow.exchange.streams.stream_session import SessionRules, SessionState, StreamSession
from eliteflow.model.timeframe import Timeframe

NOW_MS = 1_795_420_800_000
RULES = SessionRules(first_frame_s=10.0, stale_s=30.0, rollover_s=3_600.0)


def session(*topics: str) -> StreamSession:
    """A session that wants some topics, not opened yet."""
    made = StreamSession(RULES, lambda topic: stream_names(topic, (Timeframe.M5,)))
    made.want(topics or ("AUSDT", "BUSDT"))
    return made


def opened(*topics: str) -> StreamSession:
    """One that was opened at second 100 and has asked for everything."""
    made = session(*topics)
    made.opened(100.0, NOW_MS)
    assert made.next_request(100.0) is not None
    return made


def live(*topics: str) -> StreamSession:
    """One that has been live since second 101."""
    made = opened(*topics)
    made.answered(1)
    made.brought(NOW_MS + 500, 101.0)
    made.went_live(101.0)
    return made


def test_a_connection_comes_from_opening_to_live() -> None:
    """Each state has its proof."""
    made = session()
    states = [made.state]
    made.opened(100.0, NOW_MS)
    states.append(made.state)
    request = made.next_request(100.0)
    assert request is not None
    assert (request.method, request.names) == ("SUBSCRIBE", ("ausdt@kline_5m", "busdt@kline_5m"))
    assert made.answered(request.id) == ("AUSDT", "BUSDT")
    states.append(made.state)
    assert not made.is_proven(100.5, is_quiet=False)
    made.brought(NOW_MS + 500, 101.0)
    assert made.is_proven(101.0, is_quiet=False)
    made.went_live(101.0)
    states.append(made.state)
    made.ended()
    states.append(made.state)
    assert [str(state) for state in states] == ["connecting", "subscribing", "acknowledged", "live", "closed"]


def test_nothing_is_said_before_the_connection_stands() -> None:
    """Nor after its end."""
    made = session()
    assert (made.next_request(0.0), made.speaks_in_s(0.0)) == (None, None)
    made.opened(100.0, NOW_MS)
    made.ended()
    assert made.next_request(100.0) is None


def test_messages_are_paced() -> None:
    """200 names each, four a second: the venue ends a connection that says more than ten, pongs included."""
    made = session(*(f"COIN{number}" for number in range(530)))
    made.opened(100.0, NOW_MS)
    sent = []
    now_s = 100.0
    while (wait_s := made.speaks_in_s(now_s)) is not None:
        now_s += wait_s
        request = made.next_request(now_s)
        assert request is not None
        assert made.next_request(now_s) is None
        sent.append((now_s, len(request.names)))
    assert sent == [(100.0, 200), (100.25, 200), (100.5, 130)]


def test_frames_before_the_last_acknowledgement_count() -> None:
    """The first streams begin while the last are still asked for."""
    made = session(*(f"COIN{number}" for number in range(201)))
    made.opened(100.0, NOW_MS)
    first, second = made.next_request(100.0), made.next_request(100.25)
    assert first is not None
    assert second is not None
    made.answered(first.id)
    made.brought(NOW_MS, 100.3)
    assert not made.is_proven(100.3, is_quiet=False)
    assert made.answered(second.id) == ("COIN200",)
    assert made.is_proven(100.3, is_quiet=False)


@pytest.mark.parametrize("now_s", [105.0, 110.0])
def test_a_heartbeat_alone_is_no_first_frame(now_s: float) -> None:
    """The klines may be dead; only where nobody trades, and a frame has been waited for, it has to do."""
    made = opened()
    made.answered(1)
    made.beat(NOW_MS + 3_000)
    assert not made.is_proven(now_s, is_quiet=False)
    assert made.is_proven(now_s, is_quiet=True) is (now_s >= 110.0)


def test_acknowledged_and_silent_is_a_fault() -> None:
    """As on a wrong route: ten seconds without a first frame."""
    made = opened()
    made.answered(1)
    assert made.fault(109.9) is None
    assert made.fault(110.0) == "silent"


def test_no_acknowledgement_is_a_fault() -> None:
    """Later ones too, on a connection that has long been live."""
    assert opened().fault(110.0) == "silent"
    made = live()
    made.want(["AUSDT", "BUSDT", "CUSDT"])
    assert made.next_request(200.0) is not None
    made.heard(209.0)
    assert made.fault(209.9) is None
    assert made.fault(210.0) == "silent"


def test_nothing_at_all_for_long_is_a_fault() -> None:
    """A heartbeat is something."""
    made = live()
    made.heard(120.0)
    assert made.fault(149.9) is None
    assert made.is_heard(149.9)
    assert made.fault(150.0) == "stale"
    assert not made.is_heard(150.0)


def test_nothing_but_heartbeats_is_noticed() -> None:
    """Whether it is a fault depends on whether anybody trades."""
    made = live()
    made.heard(130.0)
    assert not made.lacks_frames(130.9)
    assert made.lacks_frames(131.0)
    made.brought(NOW_MS + 32_000, 131.0)
    assert not made.lacks_frames(131.0)


def test_who_was_held_up_by_its_reader_is_excused() -> None:
    """What came has waited: all deadlines count from then."""
    made = opened()
    made.excuse(200.0)
    assert made.fault(209.9) is None
    made = live()
    made.excuse(200.0)
    assert made.fault(229.9) is None
    assert not made.lacks_frames(229.9)


def test_the_newest_events_are_remembered() -> None:
    """With heartbeats, how far the connection has come; without, how far its candles have."""
    made = opened()
    assert (made.newest_event_ms, made.newest_frame_ms) == (0, NOW_MS)
    made.brought(NOW_MS - 20, 100.1)
    made.brought(NOW_MS - 30, 100.2)
    assert (made.newest_event_ms, made.newest_frame_ms) == (NOW_MS - 20, NOW_MS - 20)
    made.beat(NOW_MS + 3_000)
    assert (made.newest_event_ms, made.newest_frame_ms) == (NOW_MS + 3_000, NOW_MS - 20)


def test_wishes_that_change_are_said() -> None:
    """What left is given up first, so that the venue's limit is never passed on the way."""
    made = live()
    made.want(["BUSDT", "CUSDT"])
    given_up, asked_for = made.next_request(200.0), made.next_request(200.25)
    assert given_up is not None
    assert asked_for is not None
    assert (given_up.method, given_up.topics) == ("UNSUBSCRIBE", ("AUSDT",))
    assert (asked_for.method, asked_for.topics) == ("SUBSCRIBE", ("CUSDT",))
    assert made.answered(given_up.id) == ()
    assert made.answered(asked_for.id) == ("CUSDT",)
    assert list(made.acknowledged) == ["BUSDT", "CUSDT"]
    assert made.streams == 2


def test_who_left_before_its_acknowledgement_is_not_confirmed() -> None:
    """Nobody waits for it any more."""
    made = opened()
    made.want(["BUSDT"])
    assert made.answered(1) == ("BUSDT",)


def test_an_answer_that_nobody_asked_for_means_nothing() -> None:
    """The venue may repeat itself."""
    made = opened()
    assert made.answered(99) == ()
    made.refused(99)
    made.refused(None)
    assert made.state is SessionState.SUBSCRIBING


def test_silent_topics_are_asked_for_again() -> None:
    """Given up first: the venue would take a second subscription for the first."""
    made = live()
    made.renew(["AUSDT", "GONE"])
    requests = made.next_request(200.0), made.next_request(200.25)
    assert [request and (request.method, request.topics) for request in requests] == [
        ("UNSUBSCRIBE", ("AUSDT",)),
        ("SUBSCRIBE", ("AUSDT",)),
    ]


def test_a_refusal_costs_only_the_topic_that_cannot_be_had() -> None:
    """It is found by asking in halves; the others go live."""
    made = session("AUSDT", "BUSDT", "BADUSDT", "CUSDT", "DUSDT")
    made.opened(100.0, NOW_MS)
    now_s = 100.0
    while (wait_s := made.speaks_in_s(now_s)) is not None:
        now_s += wait_s
        request = made.next_request(now_s)
        assert request is not None
        if "BADUSDT" in request.topics:
            made.refused(request.id)
        else:
            made.answered(request.id)
    assert sorted(made.acknowledged) == ["AUSDT", "BUSDT", "CUSDT", "DUSDT"]
    assert made.state is SessionState.ACKNOWLEDGED


def test_roll_over_is_due_with_age() -> None:
    """Counted from the opening, earlier for some so that not all roll over at once; only what lives is replaced."""
    made = live()
    assert not made.is_roll_over_due(3_699.9)
    assert made.is_roll_over_due(3_700.0)
    assert made.is_roll_over_due(3_600.0, sooner_s=100.0)
    assert made.live_for_s(3_700.0) == 3_599.0
    assert not opened().is_roll_over_due(9_999.0)
    assert opened().live_for_s(9_999.0) == 0.0

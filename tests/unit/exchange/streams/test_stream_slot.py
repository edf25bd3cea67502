"""One place in the plan, whatever connection fills it."""

from random import Random

import pytest

from eliteflow.exchange.streams.stream_plan import stream_names
from eliteflow.exchange.streams.stream_session import SessionRules, StreamSession
from eliteflow.exchange.streams.stream_slot import StreamSlot
from eliteflow.model.timeframe import Timeframe

NOW_MS = 1_795_420_800_000
STALE_S = 30.0
HOUR_S = 3_600.0


def slot(*topics: str) -> StreamSlot:
    """A place that carries some topics, empty."""
    made = StreamSlot(1, stale_s=STALE_S, early_s=60.0, dice=Random(1))
    made.carry(topics or ("AUSDT", "BUSDT"))
    return made


def session() -> StreamSession:
    """A session that begins."""
    rules = SessionRules(first_frame_s=10.0, stale_s=STALE_S, rollover_s=HOUR_S)
    return StreamSession(rules, lambda topic: stream_names(topic, (Timeframe.M5,)))


def go_live(made: StreamSlot, at_s: float) -> StreamSession:
    """Fill the place with a session that goes live at once."""
    begun = session()
    made.filled(begun)
    begun.opened(at_s, NOW_MS)
    begun.brought(NOW_MS + 700, at_s)
    begun.went_live(at_s)
    made.promoted(begun)
    made.announce(made.topics)
    return begun


def test_an_empty_place_wants_a_connection() -> None:
    """One, and no second while that one is young."""
    made = slot()
    assert made.is_wanting(0.0)
    go_live(made, 0.0)
    assert not made.is_wanting(100.0)


def test_the_end_of_a_connection_is_a_loss() -> None:
    """Of what was announced, since its last candle; the next attempt waits a little."""
    made = slot()
    begun = go_live(made, 0.0)
    loss = made.ended(begun, "closed", 100.0, NOW_MS + 100_000)
    assert loss is not None
    assert (loss.topics, loss.since_ms, loss.reason, loss.is_news) == (("AUSDT", "BUSDT"), NOW_MS + 700, "closed", True)
    assert 0.25 <= loss.pause_s <= 0.5
    assert (made.is_wanting(100.2), made.is_wanting(100.5)) == (False, True)
    assert made.opens_in_s(100.0) == pytest.approx(loss.pause_s)
    assert (made.announced, made.current, made.reconnects, made.is_down) == ({}, None, 1, True)


def test_a_first_attempt_that_fails_is_a_loss_from_then_on() -> None:
    """Nothing was announced, so all that is wanted may be missing."""
    made = slot()
    begun = session()
    made.filled(begun)
    loss = made.ended(begun, "unreachable", 1.0, NOW_MS + 1_000)
    assert loss is not None
    assert (loss.topics, loss.since_ms, loss.is_news) == (("AUSDT", "BUSDT"), NOW_MS + 1_000, True)


def test_failures_in_a_row_are_one_piece_of_news() -> None:
    """With ever longer pauses; a connection that lived for a while begins anew."""
    made = slot()
    losses = []
    now_s = 0.0
    for _ in range(4):
        begun = session()
        made.filled(begun)
        loss = made.ended(begun, "unreachable", now_s, NOW_MS)
        assert loss is not None
        losses.append(loss)
        now_s += loss.pause_s
    assert [loss.is_news for loss in losses] == [True, False, False, False]
    assert 2.0 <= losses[-1].pause_s <= 4.0
    loss = made.ended(go_live(made, now_s), "closed", now_s + STALE_S, NOW_MS)
    assert loss is not None
    assert loss.is_news
    assert loss.pause_s <= 0.5


def test_a_connection_that_dies_young_does_not_reset_the_pauses() -> None:
    """Else a venue that lets in and throws out would be asked without end."""
    made = slot()
    now_s = pause_s = 0.0
    for _ in range(5):
        loss = made.ended(go_live(made, now_s), "closed", now_s + 1.0, NOW_MS)
        assert loss is not None
        pause_s = loss.pause_s
        now_s += 1.0 + pause_s
    assert pause_s >= 4.0


def test_an_old_connection_is_replaced_before_its_end() -> None:
    """The successor takes over when it is live; then nothing is lost by the old one's end."""
    made = slot()
    old = go_live(made, 0.0)
    assert not made.is_wanting(HOUR_S - 61.0)
    assert made.is_wanting(HOUR_S - 60.0)
    begun = session()
    made.filled(begun)
    assert (made.current, made.successor) == (old, begun)
    assert not made.is_wanting(HOUR_S)
    begun.opened(HOUR_S, NOW_MS)
    begun.went_live(HOUR_S)
    assert made.promoted(begun) is old
    assert made.ended(old, "closed", HOUR_S + 1.0, NOW_MS) is None
    assert (made.current, made.successor, made.reconnects) == (begun, None, 0)
    assert list(made.announced) == ["AUSDT", "BUSDT"]


def test_a_successor_that_fails_costs_nothing() -> None:
    """The old one goes on, and another is tried after a pause."""
    made = slot()
    old = go_live(made, 0.0)
    begun = session()
    made.filled(begun)
    assert made.ended(begun, "unreachable", HOUR_S, NOW_MS) is None
    assert (made.current, made.successor, made.is_down) == (old, None, False)
    assert not made.is_wanting(HOUR_S)
    assert made.is_wanting(HOUR_S + 1.0)


def test_an_end_during_the_roll_over_is_a_loss() -> None:
    """Until the successor, which is current now, is live."""
    made = slot()
    old = go_live(made, 0.0)
    begun = session()
    made.filled(begun)
    loss = made.ended(old, "closed", HOUR_S, NOW_MS)
    assert loss is not None
    assert loss.topics == ("AUSDT", "BUSDT")
    assert (made.current, made.successor) == (begun, None)
    assert made.promoted(begun) is None
    assert not made.is_down


def test_topics_come_and_go() -> None:
    """On both sessions; what left is not announced any more, what came not yet."""
    made = slot()
    old = go_live(made, 0.0)
    begun = session()
    made.filled(begun)
    made.fell_silent(["AUSDT"], 1.0)
    made.carry(("BUSDT", "CUSDT"))
    assert (old.streams, begun.streams) == (2, 2)
    assert (list(made.announced), made.silent) == (["BUSDT"], {})
    assert made.announce(["BUSDT", "CUSDT", "GONE"]) == ("CUSDT",)


@pytest.mark.parametrize(("tries", "pause_s"), [(1, 30.0), (2, 60.0), (3, 120.0), (9, 960.0)])
def test_silent_topics_are_asked_for_ever_more_seldom(tries: int, pause_s: float) -> None:
    """Until a candle of theirs comes."""
    made = slot()
    go_live(made, 0.0)
    now_s = 1.0
    made.fell_silent(["AUSDT"], now_s)
    for _ in range(tries - 1):
        now_s = made.silent["AUSDT"].next_s
        assert made.silent_again(now_s) == ("AUSDT",)
    assert made.silent["AUSDT"].next_s - now_s == pause_s
    assert made.silent_again(now_s) == ()
    assert made.announce(["AUSDT"]) == ("AUSDT",)
    assert made.silent == {}

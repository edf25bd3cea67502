"""Misbehaving streams on command."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.venue import Venue
from eliteflow.emulator.ws_session import Abort, Output, Spoiled
from tests.unit.emulator.emulator_market import NOW_MS, a_session, a_venue, events, play

CLOSE_MS = NOW_MS // BASE_MS * BASE_MS + BASE_MS
BEGIN_MS = CLOSE_MS - 5_000
STREAMS = "btcusdt@kline_5m/ethusdt@kline_5m/!miniTicker@arr"


def _run(rules: list[dict[str, Any]], end_ms: int = CLOSE_MS + 40_000, venue: Venue | None = None) -> list[Output]:
    venue = venue or a_venue(symbols=3)
    for rule in rules:
        venue.faults.add(FaultRule(**rule), BEGIN_MS)
    session = a_session(venue.desk, f"/market/ws/{STREAMS}", BEGIN_MS)
    return play(venue.desk, session, BEGIN_MS, end_ms)


def _of_bar(outputs: list[Output], symbol: str) -> list[tuple[int, bool]]:
    """Return (ms after the close, is final) of every push of the closed bar that came after its close."""
    klines = [event for event in events(outputs) if isinstance(event, dict) and event["s"] == symbol]
    return [
        (event["E"] - CLOSE_MS, event["k"]["x"])
        for event in klines
        if event["k"]["T"] == CLOSE_MS - 1 and event["E"] >= CLOSE_MS
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"kind": "final_late", "delay_s": 28.0}, [(30_000, True)]),
        ({"kind": "final_lost"}, []),
        ({"kind": "final_duplicated", "delay_s": 3.0}, [(2_000, True), (5_000, True)]),
        ({"kind": "final_disordered", "delay_s": 3.0}, [(2_000, True), (5_000, False)]),
    ],
)
def test_a_final_kline_goes_wrong_as_told(rule: dict[str, Any], expected: list[tuple[int, bool]]) -> None:
    """Late, lost, twice, or followed by an older state; the other contract's comes as usual."""
    outputs = _run([rule | {"symbol": "BTCUSDT"}])
    assert _of_bar(outputs, "BTCUSDT") == expected
    assert _of_bar(outputs, "ETHUSDT") == [(2_000, True)]


def test_a_silent_stream_leaves_its_connection_alive() -> None:
    """Others go on: the mini ticker shows that the market is traded."""
    found = events(_run([{"kind": "silent", "stream": "btcusdt@kline_5m"}]))
    assert {event["s"] for event in found if isinstance(event, dict)} == {"ETHUSDT"}
    assert any("BTCUSDT" in {row["s"] for row in event} for event in found if isinstance(event, list))


def test_a_connection_drops_in_the_middle_of_a_bar() -> None:
    """At the time that was set, without a close frame, and nothing follows."""
    venue = a_venue(symbols=6)
    other = a_session(venue.desk, "/market/ws/xrpusdt@kline_5m", BEGIN_MS)
    outputs = _run([{"kind": "drop", "symbol": "BTCUSDT", "begin_s": 2.0}], venue=venue)
    assert outputs[-1] == Abort()
    assert max(_times(outputs)) <= BEGIN_MS + 3_000
    assert other.is_open


def _times(outputs: list[Output]) -> list[int]:
    return [event["E"] if isinstance(event, dict) else event[0]["E"] for event in events(outputs)]


def test_delays_keep_the_order_and_lose_nothing() -> None:
    """With latency and jitter the same messages come in the same order, only later."""
    plain = _run([], CLOSE_MS)
    late = _run([{"kind": "stream_delay", "delay_s": 0.2, "jitter_s": 1.0}], CLOSE_MS + 5_000)
    assert late[: len(plain)] == plain != []
    assert _run([{"kind": "stream_delay", "delay_s": 30.0}], CLOSE_MS) == []


def test_frames_are_spoiled_as_told() -> None:
    """Half a JSON, or a frame that the shell sends wrongly; each so often as set."""
    outputs = _run([{"kind": "frame_malformed", "symbol": "BTCUSDT", "count": 1}])
    broken = [output for output in outputs if isinstance(output, bytes) and not _is_json(output)]
    assert len(broken) == 1
    for how in ("invalid", "truncated", "slow"):
        outputs = _run([{"kind": f"frame_{how}", "symbol": "BTCUSDT", "count": 2, "delay_s": 0.5}])
        spoiled = [output for output in outputs if isinstance(output, Spoiled)]
        assert [(one.how, one.delay_s) for one in spoiled] == [(how, 0.5)] * 2
        assert all(_is_json(one.payload) for one in spoiled)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("schedule", "is_struck"),
    [
        ({"begin_s": 5.0}, lambda ms: ms >= BEGIN_MS + 5_000),
        ({"end_s": 5.0}, lambda ms: ms < BEGIN_MS + 5_000),
        ({"begin_ms": CLOSE_MS + 10_000, "end_ms": CLOSE_MS + 20_000}, lambda ms: 10_000 <= ms - CLOSE_MS < 20_000),
        ({"second_from": 10.0, "second_to": 20.0}, lambda ms: 10_000 <= ms % 60_000 < 20_000),
    ],
)
def test_a_rule_holds_at_its_times(schedule: dict[str, Any], is_struck: Callable[[int], bool]) -> None:
    """By its age, by venue time, or in a part of every minute."""
    plain = _run([])
    struck = _run([{"kind": "silent"} | schedule])
    assert _times(struck) == [ms for ms in _times(plain) if not is_struck(ms)]
    assert 0 < len(struck) < len(plain)


def test_an_interval_is_spared_by_a_rule_about_another() -> None:
    """A rule names what it is about."""
    outputs = _run([{"kind": "final_lost", "interval": "15m"}])
    assert _of_bar(outputs, "BTCUSDT") == [(2_000, True)]

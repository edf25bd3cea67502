"""Streams against the truth of REST."""

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.intervals import BASE_MS, INTERVALS
from eliteflow.emulator.ws_desk import WsDesk
from tests.unit.emulator.emulator_market import (
    MINUTE,
    NOW_MS,
    Row,
    a_desk,
    a_session,
    a_venue,
    events,
    play,
    rows,
    take,
)

BEGIN_MS = NOW_MS // BASE_MS * BASE_MS + 2 * BASE_MS  # 08:30, where a 5m, a 15m but no 1h bar begins
LISTEN_MS = BEGIN_MS + 2_500  # the final pushes of what closed there are out
END_MS = BEGIN_MS + 5 * BASE_MS + 10_000


def _kline_row(event: Any) -> Row:
    """Return the REST row that a kline event stands for."""
    k = event["k"]
    return [k["t"], k["o"], k["h"], k["l"], k["c"], k["v"], k["T"], k["q"], k["n"], k["V"], k["Q"], k["B"]]


def _listen(*names: str, begin_ms: int = LISTEN_MS, end_ms: int = END_MS, **settings: Any) -> tuple[WsDesk, list[Any]]:
    desk = a_desk(**settings)
    session = a_session(desk, "/market/ws/" + "/".join(names), begin_ms)
    return desk, events(play(desk, session, begin_ms, end_ms))


NAMES = [f"{pair}@kline_{name}" for pair in ("btcusdt", "xrpusdt") for name in ("1m", "3m", "5m", "15m", "1h")]


@pytest.fixture(scope="module")
def played() -> tuple[WsDesk, list[Any]]:
    """Twenty-five minutes of two contracts, a push every 4 s at most."""
    return _listen(*NAMES, kline_push_ms=4_000)


def test_every_push_is_what_rest_shows_at_that_instant(played: tuple[WsDesk, list[Any]]) -> None:
    """All values of all timeframes, so 15m and 1h agree with their 5m parts at each instant."""
    desk, found = played
    pushes = [event for event in found if not event["k"]["x"]]
    assert len(pushes) > 1_000
    for event in pushes[:: len(pushes) // 150]:
        shown = rows(desk._market, event["k"]["i"], event["E"], event["s"], limit=1)[0]
        assert _kline_row(event) == shown


def test_a_bar_ends_in_exactly_its_final_values(played: tuple[WsDesk, list[Any]]) -> None:
    """One final push a bar, 2 s after the close, equal to the closed row."""
    desk, found = played
    finals = [event for event in found if event["k"]["x"]]
    for name, count in (("1m", 25), ("3m", 8), ("5m", 5), ("15m", 1), ("1h", 0)):
        own = [event for event in finals if event["k"]["i"] == name and event["s"] == "BTCUSDT"]
        assert len(own) == count
        assert len({event["k"]["t"] for event in own}) == count
    for event in finals:
        assert event["E"] == event["k"]["T"] + 1 + 2_000
        until_ms = event["k"]["T"]
        closed = rows(desk._market, event["k"]["i"], END_MS, event["s"], limit=1, end_ms=until_ms)[0]
        assert _kline_row(event) == closed


def test_a_bar_only_grows(played: tuple[WsDesk, list[Any]]) -> None:
    """From push to push volume and trades never fall, the range never narrows, and the last id follows the first."""
    seen: dict[tuple[str, str, int], Any] = {}
    for event in played[1]:
        k = event["k"]
        key = (event["s"], k["i"], k["t"])
        if before := seen.get(key):
            assert before["n"] <= k["n"]
            assert Decimal(before["v"]) <= Decimal(k["v"])
            assert Decimal(before["h"]) <= Decimal(k["h"])
            assert Decimal(before["l"]) >= Decimal(k["l"])
            assert (before["o"], before["f"]) == (k["o"], k["f"])
        assert k["L"] == k["f"] + k["n"] - 1
        seen[key] = k


def test_klines_are_pushed_when_traded_and_at_most_every_250_ms() -> None:
    """A busy contract comes twice a second, a calm one every few seconds, none more often than allowed."""
    _, found = _listen("btcusdt@kline_5m", "solusdt@kline_5m", end_ms=BEGIN_MS + 60_000)
    times = [event["E"] for event in found if event["s"] == "BTCUSDT"]
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) >= 250
    assert 80 <= len(times) <= 240
    assert len(found) > len(times)


@pytest.mark.parametrize("pushes_empty", [True, False])
def test_bars_without_trades_are_pushed_or_not_by_setting(pushes_empty: bool) -> None:
    """What the venue does is unverified; either way a client must get along."""
    venue = a_venue()
    source: Any = venue.market.base._source
    source.traits.activity[venue.market.rows["BTCUSDT"]] = 0.0
    venue.desk.settings = type(venue.desk.settings)(push_empty_bars=pushes_empty)
    session = a_session(venue.desk, "/market/ws/btcusdt@kline_5m", LISTEN_MS)
    found = events(play(venue.desk, session, LISTEN_MS, END_MS))
    assert len(found) == (5 if pushes_empty else 0)
    for event in found:
        k = event["k"]
        assert (k["x"], k["n"], k["v"], k["q"], k["f"], k["L"]) == (True, 0, "0", "0", -1, -1)
        assert k["o"] == k["h"] == k["l"] == k["c"]


def test_trades_sum_to_the_kline() -> None:
    """Volumes, taker volumes and trade ids of a minute's aggTrades are those of its 1m candle, without a hole."""
    desk, found = _listen("btcusdt@aggTrade", begin_ms=BEGIN_MS, end_ms=BEGIN_MS + MINUTE - 1)
    row = rows(desk._market, "1m", BEGIN_MS + MINUTE - 1, limit=1)[0]
    assert sum(Decimal(event["q"]) for event in found) == Decimal(row[5])
    assert sum(Decimal(event["q"]) for event in found if not event["m"]) == Decimal(row[9])
    assert found[-1]["l"] - found[0]["f"] + 1 == row[8]
    assert found[-1]["p"] == row[4]
    for before, after in pairwise(found):
        assert (after["a"], after["f"]) == (before["a"] + 1, before["l"] + 1)
        assert after["l"] >= after["f"]


def test_a_late_client_gets_what_the_others_get() -> None:
    """A kline is cumulative, so joining in the middle of a bar loses nothing."""
    desk = a_desk()
    first = a_session(desk, "/market/ws/btcusdt@kline_5m", BEGIN_MS)
    play(desk, first, BEGIN_MS, BEGIN_MS + MINUTE)
    second = a_session(desk, "/market/ws/btcusdt@kline_5m", BEGIN_MS + MINUTE)
    later = play(desk, first, BEGIN_MS + MINUTE, BEGIN_MS + 2 * MINUTE)
    assert take(second) == later != []


def test_how_often_the_venue_is_called_changes_nothing() -> None:
    """In one leap, every 100 ms or event by event: the same messages in the same order."""

    def run(step_ms: int) -> list[Any]:
        desk = a_desk()
        names = "btcusdt@kline_5m/xrpusdt@kline_15m/btcusdt@aggTrade/!miniTicker@arr/btcusdt@markPrice@1s"
        session = a_session(desk, f"/market/stream?streams={names}", BEGIN_MS)
        return play(desk, session, BEGIN_MS, BEGIN_MS + 20_000, step_ms)

    assert run(0) == run(100) == run(20_000) != []


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Two venues, two runs, one stream of bytes; another seed, another stream."""

    def run(seed: int) -> bytes:
        venue = a_venue(seed=seed)
        session = a_session(venue.desk, "/market/stream?streams=btcusdt@kline_5m/!markPrice@arr", BEGIN_MS)
        for kind in ("final_lost", "stream_delay"):
            venue.faults.add(FaultRule(kind, probability=0.5, jitter_s=1.0), BEGIN_MS)
        return b"\n".join(o for o in play(venue.desk, session, BEGIN_MS, BEGIN_MS + BASE_MS) if isinstance(o, bytes))

    assert run(7) == run(7) != run(8)


def test_after_a_long_sleep_nothing_is_replayed() -> None:
    """A machine that was suspended for an hour goes on with the present."""
    desk = a_desk()
    session = a_session(desk, "/market/ws/btcusdt@kline_5m", BEGIN_MS)
    play(desk, session, BEGIN_MS, BEGIN_MS + 5_000)
    later_ms = BEGIN_MS + 60 * MINUTE
    desk.hear_pong(session, later_ms)
    assert play(desk, session, later_ms, later_ms + 1, 1) == []
    found = events(play(desk, session, later_ms + 1, later_ms + 5_000))
    assert found
    assert all(event["E"] > later_ms for event in found)


def test_a_clock_that_steps_back_does_not_stop_the_streams() -> None:
    """They go on from where the clock is now."""
    desk = a_desk()
    session = a_session(desk, "/market/ws/btcusdt@kline_5m", BEGIN_MS)
    play(desk, session, BEGIN_MS, BEGIN_MS + 5_000)
    found = events(play(desk, session, BEGIN_MS - 60_000, BEGIN_MS - 50_000, 100))
    assert found
    assert {json.dumps(event["E"] // 10_000) for event in found} <= {json.dumps((BEGIN_MS - 60_000) // 10_000)}


def test_settled_contracts_are_silent() -> None:
    """Their streams are acknowledged and have nothing to say, final klines of empty bars included."""
    _, found = _listen("omgusdt@kline_5m", push_empty_bars=True)
    assert found == []


@pytest.mark.parametrize("name", ["1d", "1w", "1M"])
def test_long_bars_close_too(name: str) -> None:
    """A bar of a month gets its final push at the month's end."""
    interval = INTERVALS[name]
    end_ms = interval.opens_at(interval.index_at(NOW_MS) + 1)
    desk = a_desk(kline_push_ms=60_000)
    session = a_session(desk, f"/market/ws/btcusdt@kline_{name}", end_ms - 30_000)
    finals = [e for e in events(play(desk, session, end_ms - 30_000, end_ms + 5_000)) if e["k"]["x"]]
    assert [(event["k"]["T"], event["E"]) for event in finals] == [(end_ms - 1, end_ms + 2_000)]

"""Scenarios: what a file can order, and what comes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from eliteflow.emulator.control import Control
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.messages import Ending, Request
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.scenario import ScenarioError, parse_scenario
from eliteflow.emulator.venue import Venue
from tests.unit.emulator.emulator_market import (
    MINUTE,
    NOW_MS,
    a_session,
    a_venue,
    events,
    get,
    play,
    rows,
)

KLINES = "/fapi/v1/klines?symbol=BTCUSDT&interval={}&limit=3"
OPEN_MS = NOW_MS // BASE_MS * BASE_MS

FILE = """
[limits]
latency_ms = 80
jitter_ms = 40

[streams]
final_delay_ms = 3000
push_empty_bars = true

[[fault]]
kind = "final_late"
delay_s = 28
probability = 0.05

[[fault]]
kind = "500"
path = "/fapi/v1/klines"
second_from = 0
second_to = 5

[[listing]]
list_in_s = 60

[[listing]]
symbol = "ETHUSDT"
delist_in_s = 120

[[revision]]
symbol = "BTCUSDT"
in_s = 30

[[neighbour]]
weight_a_minute = 720
bursts = 3
"""


def _order(venue: Venue, path: str, body: object, now_ms: int = NOW_MS, status: int = 200) -> Any:
    text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    answer = Control(venue, dict).handle(Request("POST", path, body=text), now_ms)
    assert answer.status == status, answer.body
    return json.loads(answer.body)


def _entry(venue: Venue, symbol: str, now_ms: int) -> Any:
    listed = json.loads(get(venue, "/fapi/v1/exchangeInfo", now_ms).body)["symbols"]
    return next((entry for entry in listed if entry["symbol"] == symbol), None)


def test_a_file_sets_everything(tmp_path: Path) -> None:
    """Limits, streams, faults, listings, revisions and neighbours are in force from the start."""
    path = tmp_path / "bad_day.toml"
    path.write_text(FILE, "utf-8")
    venue = open_venue(EmulatorOptions(symbols=6, scenario=str(path)), NOW_MS)
    assert (venue.latency_s, venue.jitter_s) == (0.08, 0.04)
    assert (venue.desk.settings.final_delay_ms, venue.desk.settings.push_empty_bars) == (3_000, True)
    assert [rule.kind for rule in venue.faults.rules] == ["final_late", "500"]
    assert {rule.made_ms for rule in venue.faults.rules} == {NOW_MS}
    assert _entry(venue, "ETHUSDT", NOW_MS)["deliveryDate"] == NOW_MS + 120_000
    assert len(venue.neighbours) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limits", "Expected"),
        ("[colours]", "colours"),
        ("[[fault]]\nkind = 'boom'", r"\$\.fault\[0\]\.kind"),
        ("[[neighbour]]\nweight_a_minute = 'much'", r"\$\.neighbour\[0\]\.weight_a_minute"),
        ("[streams]\nping_every_ms = 1.5", r"\$\.streams"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, words: str) -> None:
    """The sentence names the file and the key."""
    with pytest.raises(ScenarioError, match=words):
        parse_scenario(text)
    path = tmp_path / "wrong.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match=r"wrong\.toml"):
        open_venue(EmulatorOptions(symbols=2, scenario=str(path)), NOW_MS)


def test_a_missing_file_or_impossible_order_is_refused(tmp_path: Path) -> None:
    """One sentence each."""
    with pytest.raises(ScenarioError, match=r"none\.toml: No such file"):
        open_venue(EmulatorOptions(symbols=2, scenario=str(tmp_path / "none.toml")), NOW_MS)
    (tmp_path / "nope.toml").write_text("[[listing]]\nsymbol = 'NOPE'\ndelist_in_s = 1\n", "utf-8")
    with pytest.raises(ScenarioError, match="NOPE"):
        open_venue(EmulatorOptions(symbols=2, scenario=str(tmp_path / "nope.toml")), NOW_MS)


def test_a_listing_shows_in_exchange_info_streams_and_klines() -> None:
    """PENDING_TRADING with its onboardDate, then TRADING with bars from exactly there on."""
    venue = a_venue()
    session = a_session(venue.desk, "/market/ws/!contractInfo", NOW_MS)
    symbol = _order(venue, "/listing", {"list_in_s": 60})["symbol"]
    assert _entry(venue, symbol, NOW_MS)["status"] == "PENDING_TRADING"
    opens_ms = _entry(venue, symbol, NOW_MS)["onboardDate"]
    assert opens_ms == OPEN_MS + BASE_MS
    venue.desk.hear(
        session, json.dumps({"method": "SUBSCRIBE", "params": [f"{symbol.lower()}@kline_5m"]}).encode(), NOW_MS
    )
    found = events(play(venue.desk, session, NOW_MS, opens_ms + 2 * BASE_MS + 5_000))
    told = [(event["s"], event["cs"], event["ot"]) for event in found if event.get("e") == "contractInfo"]
    assert told == [(symbol, "PENDING_TRADING", opens_ms), (symbol, "TRADING", opens_ms)]
    klines = [event for event in found if event.get("e") == "kline"]
    assert [event["k"]["t"] for event in klines if event["k"]["x"]] == [opens_ms, opens_ms + BASE_MS]
    assert min(event["E"] for event in klines) > opens_ms
    bars = rows(venue.market, "5m", opens_ms + 2 * BASE_MS + 5_000, symbol)
    assert [bar[0] for bar in bars] == [opens_ms, opens_ms + BASE_MS, opens_ms + 2 * BASE_MS]
    assert _entry(venue, symbol, opens_ms)["status"] == "TRADING"


def test_a_listing_happens_even_if_nobody_listens() -> None:
    """REST alone brings it about."""
    venue = a_venue()
    symbol = _order(venue, "/listing", {"list_in_s": 0})["symbol"]
    assert _entry(venue, symbol, NOW_MS + BASE_MS)["status"] == "TRADING"
    assert symbol in {t["symbol"] for t in json.loads(get(venue, "/fapi/v1/ticker/24hr", NOW_MS + BASE_MS).body)}


def test_a_delisting_is_announced_and_ends_the_contract() -> None:
    """deliveryDate first, SETTLING at its time; then neither pushes nor new bars."""
    venue = a_venue()
    session = a_session(venue.desk, "/market/ws/!contractInfo/ethusdt@kline_5m", NOW_MS)
    _order(venue, "/listing", {"symbol": "ethusdt", "delist_in_s": 120})
    ends_ms = NOW_MS + 120_000
    found = events(play(venue.desk, session, NOW_MS, ends_ms + BASE_MS))
    told = [(event["cs"], event["dt"]) for event in found if event["e"] == "contractInfo"]
    assert told == [("TRADING", ends_ms), ("SETTLING", ends_ms)]
    assert max(event["E"] for event in found if event["e"] == "kline") < ends_ms
    assert rows(venue.market, "5m", ends_ms + BASE_MS, "ETHUSDT", limit=2)[-1][0] <= ends_ms
    assert "ETHUSDT" not in {t["symbol"] for t in json.loads(get(venue, "/fapi/v1/ticker/24hr", ends_ms).body)}


def test_a_revised_bar_changes_rest_and_its_longer_bars() -> None:
    """Close and volume differ from what was shown before, and 5m, 15m and 1h agree again."""
    venue, plain = a_venue(), a_venue()
    later_ms = OPEN_MS + 4 * BASE_MS  # 08:40
    before = rows(venue.market, "5m", later_ms, limit=3)
    _order(venue, "/revision", {"symbol": "btcusdt", "bars_ago": 2, "ticks": 3}, later_ms)
    after = rows(venue.market, "5m", later_ms, limit=3)
    assert (after[1], after[2]) == (before[1], before[2])
    assert after[0][0] == before[0][0]
    assert round(float(after[0][4]) - float(before[0][4]), 2) == 0.3
    assert float(after[0][5]) > float(before[0][5])
    assert after[0][8] == before[0][8]
    for name in ("15m", "1h", "1m"):
        assert rows(venue.market, name, later_ms, limit=30) != rows(plain.market, name, later_ms, limit=30)
    assert rows(venue.market, "5m", later_ms, "ETHUSDT") == rows(plain.market, "5m", later_ms, "ETHUSDT")


def test_a_revised_bar_without_trades_keeps_one_price() -> None:
    """As every bar that nobody traded in."""
    venue = open_venue(EmulatorOptions(symbols=130), NOW_MS)
    silent = (
        (instrument.symbol, bars_ago)
        for instrument in venue.market.instruments
        if instrument.is_usdt_perpetual
        for bars_ago, row in enumerate(reversed(rows(venue.market, "5m", OPEN_MS, instrument.symbol, limit=50)))
        if bars_ago and not row[8]
    )
    symbol, bars_ago = next(silent)
    before = rows(venue.market, "5m", OPEN_MS, symbol, limit=50)[-1 - bars_ago]
    _order(venue, "/revision", {"symbol": symbol, "bars_ago": bars_ago, "ticks": 3}, OPEN_MS)
    after = rows(venue.market, "5m", OPEN_MS, symbol, limit=50)[-1 - bars_ago]
    assert len(set(after[1:5])) == 1
    assert float(after[4]) > float(before[4])
    assert after[5:] == before[5:]


def test_a_revision_can_come_later() -> None:
    """It waits for its time, whoever asks."""
    venue, plain = a_venue(), a_venue()
    _order(venue, "/revision", {"symbol": "BTCUSDT", "in_s": 30})
    target = KLINES.format("5m")
    assert get(venue, target, NOW_MS + 29_000).body == get(plain, target, NOW_MS + 29_000).body
    assert get(venue, target, NOW_MS + 30_000).body != get(plain, target, NOW_MS + 30_000).body


def test_a_neighbour_spends_every_minute_in_bursts() -> None:
    """The header of our own requests shows it."""
    venue = a_venue()
    _order(venue, "/neighbour", {"weight_a_minute": 720, "bursts": 3, "first_second": 1})
    minute_ms = NOW_MS // MINUTE * MINUTE + MINUTE
    used = [get(venue, "/fapi/v1/ping", minute_ms + second * 1_000).used_weight for second in (0, 2, 22, 42, 59)]
    assert used == [1, 242, 483, 724, 725]
    assert get(venue, "/fapi/v1/ping", minute_ms + 10 * MINUTE).used_weight == 1
    assert get(venue, "/fapi/v1/ping", minute_ms + 10 * MINUTE + 59_000).used_weight == 722
    Control(venue, dict).handle(Request("POST", "/reset"), minute_ms)
    assert get(venue, "/fapi/v1/ping", minute_ms + 12 * MINUTE + 59_000).used_weight == 1


def test_a_neighbour_can_be_kept_for_some_minutes() -> None:
    """Then it is gone."""
    venue = a_venue()
    _order(venue, "/neighbour", {"weight_a_minute": 100, "minutes": 2})
    minute_ms = NOW_MS // MINUTE * MINUTE + MINUTE
    used = [get(venue, "/fapi/v1/ping", minute_ms + minute * MINUTE + 59_000).used_weight for minute in range(3)]
    assert used == [101, 101, 1]


@pytest.mark.parametrize("name", ["5m", "15m"])
def test_a_rest_bar_is_not_final_right_at_its_close(name: str) -> None:
    """For the time that was set the newest closed bar lacks its last trades; then it is right."""
    venue = a_venue()
    close_ms = OPEN_MS + 2 * BASE_MS  # 08:30
    _order(venue, "/fault", {"kind": "unfinal", "delay_s": 1.5})
    plain = json.loads(get(a_venue(), KLINES.format(name), close_ms + 1_000).body)
    early = json.loads(get(venue, KLINES.format(name), close_ms + 1_000).body)
    late = json.loads(get(venue, KLINES.format(name), close_ms + 2_000).body)
    assert (early[0], early[2], early[1][0]) == (plain[0], plain[2], plain[1][0])
    assert early[1][8] < plain[1][8]
    assert late[:2] == plain[:2]


def test_a_slow_answer_is_a_dribble() -> None:
    """It begins in time and ends late."""
    venue = a_venue()
    _order(venue, "/fault", {"kind": "slow", "delay_s": 4.0})
    answer = get(venue, KLINES.format("5m"))
    assert (answer.ending, answer.dribble_s, answer.delay_s) == (Ending.DRIBBLE, 4.0, 0.0)


def test_latency_has_jitter_and_the_jitter_a_seed() -> None:
    """Between the latency and the latency plus the jitter, the same each time."""

    def delays() -> list[float]:
        venue = a_venue()
        _order(venue, "/limits", {"latency_ms": 100, "jitter_ms": 50})
        return [get(venue, "/fapi/v1/ping").delay_s for _ in range(20)]

    assert delays() == delays()
    assert min(delays()) >= 0.1
    assert max(delays()) < 0.15
    assert len(set(delays())) > 10


def test_the_control_port_takes_a_whole_scenario() -> None:
    """The same TOML, from now on; and single stream settings."""
    venue = a_venue()
    assert _order(venue, "/scenario", FILE)["fault"][0]["kind"] == "final_late"
    assert len(venue.faults.rules) == 2
    assert _order(venue, "/streams", {"kline_push_ms": 1_000})["final_delay_ms"] == 3_000
    assert venue.desk.settings.kline_push_ms == 1_000


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/listing", {"symbol": "ETHUSDT"}, "either list_in_s or delist_in_s"),
        ("/listing", {"symbol": "ETHUSDT", "list_in_s": 1}, "not in reserve"),
        ("/listing", {"symbol": "NOPE", "delist_in_s": 1}, "not trading"),
        ("/revision", {"symbol": "NOPE"}, "no closed bar"),
        ("/revision", {"symbol": "BTCUSDT", "bars_ago": 0}, "no closed bar"),
        ("/streams", {"colour": 1}, "colour"),
        ("/scenario", "[colours]", "colours"),
        ("/neighbour", {"bursts": "many"}, "bursts"),
        ("/neighbour", {"bursts": 0}, "bursts"),
        ("/streams", {"kline_push_ms": 0}, "kline_push_ms"),
        ("/streams", {"messages_a_second": 0}, "messages_a_second"),
    ],
)
def test_an_impossible_order_is_explained(path: str, body: object, words: str) -> None:
    """The message says what is wrong."""
    assert words in _order(a_venue(), path, body, status=400)["msg"]


def test_a_venue_that_is_pushed_gets_slower_by_order_and_quick_again_by_another() -> None:
    """The control port turns it on and off."""
    venue = a_venue()
    _order(venue, "/limits", {"latency_ms": 100, "slow_above": 2})
    delays_s = [get(venue, "/fapi/v1/ping").delay_s for _ in range(4)]
    assert delays_s[:2] == [0.1, 0.1]
    assert delays_s[3] > 0.2
    _order(venue, "/limits", {"slow_above": 0})
    assert get(venue, "/fapi/v1/ping").delay_s == 0.1

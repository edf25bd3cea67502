"""The shapes of stream events, against messages recorded from the venue."""

import gzip
import json
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest

from eliteflow.emulator.exchange_info import Document, ExchangeInfo
from eliteflow.emulator.paths import SLOTS
from tests.unit.emulator.emulator_market import NOW_MS, a_desk, a_session, events, play

STREAMS = (
    *("btcusdt@kline_1m", "btcusdt_perpetual@continuousKline_1m", "btcusdt@aggTrade", "btcusdt@markPrice@1s"),
    *("!miniTicker@arr", "!markPrice@arr@1s", "btcusdt@miniTicker"),
)
# Recorded in 2021 and 2026-02; the venue has added fields since (reference A.7).
ADDED = {"markPriceUpdate": {"ap": "str", "st": "int"}, "aggTrade": {"nq": "str"}, "bookTicker": {}, "kline": {}}


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    return type(value).__name__


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    """One message of each stream."""
    desk, found = a_desk(), {}
    for target in (f"/market/stream?streams={'/'.join(STREAMS)}", "/public/stream?streams=btcusdt@bookTicker"):
        for message in events(play(desk, a_session(desk, target), NOW_MS, NOW_MS + 4_000)):
            found[message["stream"]] = message["data"]
    return found


def test_every_stream_delivers(served: dict[str, Any]) -> None:
    """None is acknowledged and forgotten."""
    assert set(served) == {*STREAMS, "btcusdt@bookTicker"}


@pytest.mark.recorded
def test_events_have_the_shape_of_the_recorded_ones(served: dict[str, Any], recorded_data: Path) -> None:
    """The same keys in the same order with the same types, and what was added since."""
    lines = (recorded_data / "ws" / "um_market_messages_20260216.jsonl").read_text().split()
    recorded = [json.loads(line) for line in lines]
    with gzip.open(recorded_data / "ws" / "cryptofeed_BINANCE_FUTURES.ws.txt.gz", "rt") as file:
        klines = (json.loads(line.partition(": ")[2]) for line in file if "@kline_1m" in line and ": {" in line)
        recorded += islice(klines, 3)
    compared = set()
    for message in recorded:
        name, data = message["stream"], message["data"]
        kind = data["e"]
        if kind not in ADDED:
            continue
        ours = served[name] if name in served else served["btcusdt@kline_1m"]
        expected = _shape(data) | {key: kind for key, kind in ADDED[kind].items() if key not in data}
        assert _shape(ours) == expected
        assert set(message) == {"stream", "data"}
        compared.add(kind)
    assert compared == set(ADDED)


@pytest.mark.recorded
def test_a_continuous_kline_has_the_shape_of_the_recorded_one(served: dict[str, Any], recorded_data: Path) -> None:
    """Pair and contract type instead of the symbol."""
    recorded = json.loads((recorded_data / "ws" / "continuous_kline_single.jsonl").read_text())
    ours = served["btcusdt_perpetual@continuousKline_1m"]
    assert _shape(ours) == _shape(recorded)
    assert list(ours["k"]) == list(recorded["k"])


def test_whole_market_streams_carry_coin_m_rows_too(served: dict[str, Any]) -> None:
    """Told apart by `st`; TradFi mark prices come in a frame of their own."""
    tickers = served["!miniTicker@arr"]
    assert [row["s"] for row in tickers if row["st"] == 2] == ["BTCUSD_PERP"]
    assert list(tickers[0]) == ["e", "E", "s", "c", "o", "h", "l", "v", "q", "ps", "st"]
    assert {row["s"] for row in served["!markPrice@arr@1s"]} == {"XAUUSDT", "TSLAUSDT"}
    assert list(served["btcusdt@markPrice@1s"]) == ["e", "E", "s", "p", "ap", "i", "P", "r", "T", "st"]


def test_only_what_was_traded_is_in_the_mini_ticker() -> None:
    """A contract without trades is absent, every second."""
    desk = a_desk()
    source: Any = desk._market.base._source
    source.traits.activity[desk._market.rows["ETHUSDT"]] = 0.0
    found = events(play(desk, a_session(desk, "/market/ws/!miniTicker@arr"), NOW_MS, NOW_MS + 3_000))
    assert len(found) == 3
    for event in found:
        assert "ETHUSDT" not in {row["s"] for row in event}
        assert "BTCUSDT" in {row["s"] for row in event}


def test_the_mini_ticker_of_a_second_is_about_that_second() -> None:
    """Contracts that are traded every five seconds are in about one of five messages each."""
    desk = a_desk()
    desk._market.base.slots_a_bar[:] = SLOTS
    found = events(play(desk, a_session(desk, "/market/ws/!miniTicker@arr"), NOW_MS, NOW_MS + 50_000))
    shown = [row["s"] for event in found for row in event if row["st"] == 1]
    assert 8 <= shown.count("BTCUSDT") <= 12
    assert max(len(event) for event in found) < 12


@pytest.mark.recorded
def test_the_recorded_exchange_info_is_served_as_it_is(recorded_data: Path) -> None:
    """Every entry of the mainnet answer comes out unchanged."""
    path = next((recorded_data / "exchangeInfo").glob("*mainnet*"))
    raw = gzip.decompress(path.read_bytes())
    document = msgspec.json.decode(raw, type=Document)
    info = ExchangeInfo([bytes(entry) for entry in document.symbols], bytes(document.assets))
    served = json.loads(info.plain(1, 2_400))
    recorded = json.loads(raw)
    assert served | {"serverTime": 0} == recorded | {"serverTime": 0}

"""The statistics of a second: whose they are, and that they are those of `/fapi/v1/ticker/24hr`."""

import json

import pytest

from eliteflow.emulator.bars import VOLUME
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.mini_tickers import MiniTickers
from eliteflow.emulator.ticker import tickers
from tests.unit.emulator.emulator_market import NOW_MS, a_market

SECOND_MS = 1_000
BAR_MS = NOW_MS - NOW_MS % BASE_MS
NAMES = {"c": "lastPrice", "o": "openPrice", "h": "highPrice", "l": "lowPrice", "v": "volume", "q": "quoteVolume"}


@pytest.mark.parametrize("after_ms", [0, 1_000, 7_000, 150_000, 299_000])
def test_the_numbers_are_those_of_the_24_hour_statistics(after_ms: int) -> None:
    """Of everybody in the message and of one alone, in the middle of a bar and at its first moment."""
    market, now_ms = a_market(40), BAR_MS + after_ms
    written = MiniTickers(market)
    written.of_everyone(now_ms - SECOND_MS)  # texts of the second before must not remain
    events = [event for event in json.loads(written.of_everyone(now_ms)) if event["st"] == 1]
    rows = [market.rows[event["s"]] for event in events]
    assert len(rows) > 3
    for event, row, expected in zip(events, rows, tickers(market, rows, now_ms), strict=True):
        assert {name: event[name] for name in NAMES} == {name: expected[full] for name, full in NAMES.items()}
        assert json.loads(written.of_one(row, now_ms)) == event


@pytest.mark.parametrize("after_ms", [0, 1_000, 7_000, 299_000])
def test_a_contract_is_in_the_message_exactly_if_it_was_traded_in_the_second(after_ms: int) -> None:
    """A trade at the very moment of the message belongs to the next one."""
    market, now_ms = a_market(40), BAR_MS + after_ms
    bar, last_ms = divmod(now_ms - 1, BASE_MS)
    pulse = market.base.pulse(bar)
    traded = set()
    for group in pulse.groups:
        for place, row in enumerate(group.rows.tolist()):
            times = group.when_ms[place][group.slots[VOLUME, place] > 0]
            if market.is_live(row, now_ms) and ((times > last_ms - SECOND_MS) & (times <= last_ms)).any():
                traded.add(market.instruments[row].symbol)
    events = json.loads(MiniTickers(market).of_everyone(now_ms))
    assert {event["s"] for event in events if event["st"] == 1} == traded

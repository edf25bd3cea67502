"""The market as rows of candles at any instant."""

from itertools import pairwise

import pytest

from eliteflow.emulator.intervals import BASE_MS, DAY, HOUR, INTERVALS
from eliteflow.emulator.paths import SLOTS
from tests.unit.emulator.emulator_market import MINUTE, NOW_MS, a_market, rows

SYMBOLS_LISTED = 77  # the last of them is the first quiet one
MARKET = a_market(symbols=SYMBOLS_LISTED, young=2)
MARKET.base.slots_a_bar[5:] = SLOTS  # fine steps for the first few are enough, and the others' are not looked at
QUIET = next(
    instrument.symbol
    for row, instrument in enumerate(MARKET.instruments)
    if instrument.is_usdt_perpetual and not MARKET.base.of(row, NOW_MS // BASE_MS - 200, 200)[4].all()
)
SYMBOLS = ("BTCUSDT", "DOGEUSDT", "1000SATSUSDT", QUIET)


def test_the_last_row_is_the_bar_in_progress() -> None:
    """Without endTime the newest row has not closed yet; with the last close as endTime it has."""
    for name, interval in INTERVALS.items():
        newest = rows(MARKET, name, limit=3)
        assert newest[-1][0] <= NOW_MS <= newest[-1][6]
        until_closed = rows(MARKET, name, limit=2, end_ms=newest[-1][0] - 1)
        assert until_closed == newest[:2], interval


def test_rows_are_contiguous_and_carry_the_venues_types() -> None:
    """Each row opens 1 ms after the one before closes; prices have the contract's decimals."""
    for name in ("1m", "5m", "1h", "1d", "1M"):
        found = rows(MARKET, name, limit=30)
        assert len(found) == 30
        assert all(after[0] == before[6] + 1 for before, after in pairwise(found))
        for row in found:
            kinds = [int, str, str, str, str, str, int, str, int, str, str, str]
            assert [type(value) for value in row] == kinds
            assert all(len(row[column].partition(".")[2]) == 2 for column in (1, 2, 3, 4))
            assert row[11] == "0"


@pytest.mark.parametrize("name", ["5m", "15m", "1h"])
def test_fifteen_hundred_bars_back(name: str) -> None:
    """The history of an old contract is as long as a request can ask for."""
    found = rows(MARKET, name, limit=1_500)
    assert len(found) == 1_500
    assert found[-1][0] - found[0][0] == 1_499 * INTERVALS[name].length_ms


OPEN_MS = NOW_MS // BASE_MS * BASE_MS


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "limit", "first_ms", "count"),
    [
        (OPEN_MS - HOUR, None, 3, OPEN_MS - HOUR, 3),
        (OPEN_MS - HOUR + 1, None, 3, OPEN_MS - HOUR + BASE_MS, 3),
        (OPEN_MS - HOUR, None, 500, OPEN_MS - HOUR, 13),
        (None, OPEN_MS - 1, 3, OPEN_MS - 3 * BASE_MS, 3),
        (None, OPEN_MS, 3, OPEN_MS - 2 * BASE_MS, 3),
        (None, OPEN_MS + DAY, 3, OPEN_MS - 2 * BASE_MS, 3),
        (OPEN_MS - HOUR, OPEN_MS - HOUR + 2 * BASE_MS, 500, OPEN_MS - HOUR, 3),
        (OPEN_MS - DAY, OPEN_MS, 4, OPEN_MS - DAY, 4),
        (OPEN_MS + DAY, None, 4, None, 0),
        (None, 1_000, 4, None, 0),
    ],
)
def test_start_end_and_limit_select_as_the_venue_does(
    start_ms: int | None, end_ms: int | None, limit: int, first_ms: int | None, count: int
) -> None:
    """From startTime upwards; without it the last ones up to endTime; both compare with open times."""
    found = rows(MARKET, "5m", limit=limit, start_ms=start_ms, end_ms=end_ms)
    assert len(found) == count
    assert [row[0] for row in found[:1]] == ([] if first_ms is None else [first_ms])


def test_the_beginning_of_time_is_the_listing() -> None:
    """startTime=0 gives the first bars there ever were."""
    listed = MARKET.instruments[0].onboard_date
    assert rows(MARKET, "1d", start_ms=0, limit=2)[0][0] == listed // DAY * DAY


def test_a_young_contract_has_a_short_history() -> None:
    """Two were listed lately; they answer with what there is."""
    young = [i for i in MARKET.instruments if i.onboard_date > NOW_MS - 5 * DAY]
    assert len(young) == 2
    for instrument in young:
        found = rows(MARKET, "1h", symbol=instrument.symbol, limit=99)
        assert 3 <= len(found) < 99
        assert found[0][0] == instrument.onboard_date


def test_a_settled_contract_stopped_at_its_delivery() -> None:
    """Its last bar ends where it was delivered, and none is in progress."""
    omg = MARKET.instruments[MARKET.rows["OMGUSDT"]]
    found = rows(MARKET, "5m", symbol="OMGUSDT", limit=3)
    assert found[-1][6] + 1 == omg.delivery_date


def test_restarted_the_market_is_the_same() -> None:
    """Another process with the same seed, started at another time, shows the same candles for the same instants."""
    later = a_market(symbols=SYMBOLS_LISTED, young=2, now_ms=NOW_MS + 7 * HOUR)
    later.base.slots_a_bar[5:] = SLOTS
    later.warm(NOW_MS + 7 * HOUR)
    for symbol in SYMBOLS:
        for name in ("1m", "5m", "1h"):
            assert rows(later, name, NOW_MS + 9 * HOUR, symbol) == rows(MARKET, name, NOW_MS + 9 * HOUR, symbol)


def test_warm_and_cold_answers_are_equal() -> None:
    """What is made in bulk at the start equals what is made for one request."""
    warm, cold = a_market(symbols=SYMBOLS_LISTED, young=2), a_market(symbols=SYMBOLS_LISTED, young=2)
    warm.warm(NOW_MS)
    for symbol in list(warm.rows)[::9]:
        for name in ("5m", "15m", "1h"):
            assert rows(warm, name, symbol=symbol, limit=120) == rows(cold, name, symbol=symbol, limit=120)


def test_bars_keep_closing() -> None:
    """A series asked for again and again, over days, equals one asked for once at the end."""
    often, once = a_market(), a_market()
    now_ms = NOW_MS
    while now_ms < NOW_MS + 2 * DAY:
        rows(often, "5m", now_ms, limit=2)
        now_ms += 97 * MINUTE
    assert rows(often, "5m", now_ms, limit=700) == rows(once, "5m", now_ms, limit=700)

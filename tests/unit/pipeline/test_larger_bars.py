"""Larger timeframes follow their parts."""

import numpy as np
import pytest

from eliteflow.model.series import Series
from eliteflow.pipeline.bar_close import WATCH_MS
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.merge import rest_version, stream_version
from eliteflow.testing.instruments import make_instrument
from tests.unit.pipeline.live_bars import H1, HOUR_MS, M5, M15, push_of, rolled

SYMBOLS = ["AUSDT", "BUSDT"]


@pytest.fixture
def store() -> CandleStore:
    """A memory in which 15m and 1h follow the 5m of two contracts."""
    store = CandleStore(64)
    larger = LargerBars(store, M5, (H1, M15, M5))
    larger.use([make_instrument(symbol, step_size="1") for symbol in SYMBOLS])
    store.observers.append(larger)
    store.reserve([*SYMBOLS, "XUSDT"], (H1, M15, M5))
    return store


def larger_of(store: CandleStore) -> LargerBars:
    """Return what follows the store."""
    (larger,) = store.observers
    assert isinstance(larger, LargerBars)
    return larger


def closed(store: CandleStore, timeframe: str, symbol: str, open_ms: int = HOUR_MS) -> list[float]:
    """Return all fields of a closed bar, nothing if it is not there."""
    block = store.block(M15 if timeframe == "15m" else H1, [symbol], open_ms, 1)
    return block.values[:, 0, :].T.flatten().tolist() if block.known[0] else []


def test_a_bar_is_rolled_up_with_its_last_part(store: CandleStore) -> None:
    """For all symbols at once, in every larger timeframe, and not before all parts are there."""
    for bar in range(12):
        store.push([push_of(symbol, bar) for symbol in SYMBOLS])
        assert bool(closed(store, "15m", "AUSDT")) is (bar >= 2)
        assert bool(closed(store, "1h", "AUSDT")) is (bar == 11)
    for symbol in SYMBOLS:
        assert closed(store, "15m", symbol) == rolled(symbol, range(3)).tolist()
        assert closed(store, "1h", symbol) == rolled(symbol, range(12)).tolist()


def test_parts_may_come_in_any_order(store: CandleStore) -> None:
    """The one that was missing completes the bar, whichever it is."""
    for bar in (2, 0, 1):
        store.push([push_of("AUSDT", bar)])
    assert closed(store, "15m", "AUSDT") == rolled("AUSDT", range(3)).tolist()


def test_a_revised_part_revises_what_it_belongs_to(store: CandleStore) -> None:
    """An answer of REST about one part corrects 15m and 1h, with its own version."""
    for bar in range(12):
        store.push([push_of("AUSDT", bar)])
    values = np.array([push_of("AUSDT", 1).candle.values()]).T
    values[1] *= 2
    requested_ms = HOUR_MS + H1.ms + 60_000
    store.write("AUSDT", M5, Series(np.array([HOUR_MS + M5.ms]), values), requested_ms=requested_ms)
    for timeframe in (M15, H1):
        assert closed(store, timeframe, "AUSDT")[1] == values[1, 0]
        assert store.revision("AUSDT", timeframe) == 1
        assert store.versions(timeframe, ["AUSDT"], HOUR_MS, 1).tolist() == [[rest_version(requested_ms)]]


def test_a_part_that_shows_more_trades_than_an_answer_of_rest_revises_what_it_belongs_to(store: CandleStore) -> None:
    """REST lacked the bar's last trades when it was asked, and the stream's final push came after that."""
    for bar in (0, 2):
        store.push([push_of("AUSDT", bar)])
    early, final = (push_of("AUSDT", 1, trades=trades).candle.values() for trades in (5, 9))
    series = Series(np.array([HOUR_MS + M5.ms]), np.array([early]).T)
    store.write("AUSDT", M5, series, requested_ms=HOUR_MS + 2 * M5.ms + 3_000)
    store.push([push_of("AUSDT", 1, trades=9)])
    assert closed(store, "15m", "AUSDT")[6] == rolled("AUSDT", [0, 2])[6] + final[6]
    store.write("AUSDT", M5, series, requested_ms=HOUR_MS + 2 * M5.ms + 3_100)  # REST still lacks them
    assert closed(store, "15m", "AUSDT")[6] == rolled("AUSDT", [0, 2])[6] + final[6]


@pytest.mark.parametrize("part_asked_s", [None, -60, 20])
@pytest.mark.parametrize(("asked_s", "is_replaced"), [(3, True), (60, False)])
def test_a_bar_that_was_asked_for_too_early_is_replaced_once_its_parts_are_there(
    store: CandleStore, part_asked_s: int | None, asked_s: int, is_replaced: bool
) -> None:
    """Three seconds after its close REST may have lacked trades; a minute later its word stands.

    The last part comes by a stream, or over REST, whose answer may have waited since before the close.
    """
    store.push([push_of("AUSDT", bar) for bar in (0, 2)])
    values = rolled("AUSDT", range(3))
    values[3] += 1
    values[6] -= 5 * is_replaced
    end_ms = HOUR_MS + M15.ms
    early = Series(np.array([HOUR_MS]), values[:, None])
    store.write("AUSDT", M15, early, requested_ms=end_ms + asked_s * 1000)
    part = push_of("AUSDT", 1)
    if part_asked_s is None:
        store.push([part])
    else:
        series = Series(np.array([HOUR_MS + M5.ms]), np.array([part.candle.values()]).T)
        store.write("AUSDT", M5, series, requested_ms=end_ms + part_asked_s * 1000)
    expected = rolled("AUSDT", range(3)) if is_replaced else values
    assert closed(store, "15m", "AUSDT") == expected.tolist()


def test_a_rolled_up_bar_gives_way_to_one_asked_for_later(store: CandleStore) -> None:
    """Its version is the newest of its parts."""
    for bar in range(3):
        store.push([push_of("AUSDT", bar)])
    assert store.versions(M15, ["AUSDT"], HOUR_MS, 1).tolist() == [[stream_version(push_of("AUSDT", 2).event_ms)]]


def test_a_young_listing_begins_with_its_first_part(store: CandleStore) -> None:
    """Once that is proven: before, a part might be missing."""
    for bar in (8, 9, 10, 11):
        store.push([push_of("AUSDT", bar), push_of("BUSDT", bar)])
    assert closed(store, "1h", "AUSDT") == []
    store.note_first_bar("BUSDT", M5, HOUR_MS + 8 * M5.ms)
    store.push([push_of("BUSDT", 11, late_ms=60_000, trades=200.0)])
    assert closed(store, "1h", "BUSDT")[:3] == rolled("BUSDT", range(8, 12))[:3].tolist()


class Changes:
    """A StoreObserver that counts the bars of 15m by how it was told of them."""

    def __init__(self) -> None:
        self.runs: list[int] = []
        self.single = 0

    def series_changed(self, change: SeriesChange) -> None:
        """Remember how many bars came together."""
        if change.timeframe is M15:
            self.runs.append(len(change.added_ms))

    def bar_changed(self, change: BarChange) -> None:
        """Count a bar that came alone."""
        self.single += change.timeframe is M15


@pytest.mark.parametrize(("first", "last", "run"), [(3, 31, 9), (4, 32, 10), (3, 5, 1)])
def test_a_fetched_tail_is_rolled_up_at_once(store: CandleStore, first: int, last: int, run: int) -> None:
    """As after a restart: one write for all bars whose parts are there, whether or not the tail ends inside one."""
    for bar in range(first):
        store.push([push_of("AUSDT", bar)])
    changes = Changes()
    store.observers.append(changes)
    bars = range(first, last + 1)
    times = HOUR_MS + np.array(bars) * M5.ms
    values = np.array([push_of("AUSDT", bar).candle.values() for bar in bars]).T
    store.write("AUSDT", M5, Series(times, values), requested_ms=HOUR_MS + 100 * M5.ms)
    assert (changes.runs, changes.single) == ([run], 0)
    for number in range((last + 1) // 3):
        open_ms = HOUR_MS + number * M15.ms
        assert closed(store, "15m", "AUSDT", open_ms) == rolled("AUSDT", range(3 * number, 3 * number + 3)).tolist()
    assert closed(store, "15m", "AUSDT", HOUR_MS + (last + 1) // 3 * M15.ms) == []


def test_a_listings_first_larger_bar_follows_from_parts_that_rest_gave(store: CandleStore) -> None:
    """Nothing is known of the larger series but that it begins here: REST need not be asked, least of all too early."""
    requested_ms = HOUR_MS + M15.ms + 3_000
    store.note_first_bar("AUSDT", M5, HOUR_MS)
    for bar in range(3):
        values = np.array([push_of("AUSDT", bar).candle.values()]).T
        store.write("AUSDT", M5, Series(np.array([HOUR_MS + bar * M5.ms]), values), requested_ms=requested_ms)
    assert closed(store, "15m", "AUSDT") == rolled("AUSDT", range(3)).tolist()


def test_symbols_without_known_units_are_left_to_rest(store: CandleStore) -> None:
    """Nobody could prove their sums."""
    for bar in range(3):
        store.push([push_of("XUSDT", bar)])
    assert closed(store, "15m", "XUSDT") == []


def test_the_bar_in_progress_is_its_parts_together(store: CandleStore) -> None:
    """Closed parts and the one in progress; nothing where a closed part is missing or none is in progress."""
    larger = larger_of(store)
    assert np.isnan(larger.forming(M15, SYMBOLS, HOUR_MS)).all()
    store.push([push_of("AUSDT", 0), push_of("AUSDT", 1, is_final=False), push_of("BUSDT", 1, is_final=False)])
    forming = larger.forming(M15, ["XUSDT", *SYMBOLS], HOUR_MS)
    assert forming[:, 1].tolist() == rolled("AUSDT", range(2)).tolist()
    assert np.isnan(forming[:, [0, 2]]).all()
    store.push([push_of("BUSDT", 3, is_final=False)])
    assert larger.forming(M15, ["BUSDT"], HOUR_MS + M15.ms)[:, 0].tolist() == rolled("BUSDT", [3]).tolist()


def test_a_bar_whose_sums_cannot_be_proved_is_named(store: CandleStore) -> None:
    """It has to be fetched, and what REST has of it is looked after once it has settled."""
    named: list[tuple[list[str], int, str]] = []
    larger_of(store).unproved = lambda symbols, from_ms, timeframe: named.append(([*symbols], from_ms, timeframe))
    store.push([push_of(symbol, bar) for symbol in SYMBOLS for bar in (0, 1)])
    odd = push_of("BUSDT", 2)
    odd.candle.volume = 1 / 3
    store.push([push_of("AUSDT", 2), odd])
    assert closed(store, "15m", "AUSDT") == rolled("AUSDT", range(3)).tolist()
    assert closed(store, "15m", "BUSDT") == []
    assert named == [(["BUSDT"], HOUR_MS + M15.ms + WATCH_MS, "15m")]


def test_a_bar_is_named_too_where_its_last_part_came_over_rest(store: CandleStore) -> None:
    """Whole runs of bars are rolled up at once then; one whose sums cannot be proved holds up none of them."""
    named: list[int] = []
    larger_of(store).unproved = lambda symbols, from_ms, timeframe: named.append(from_ms)
    before = Series(np.array([HOUR_MS - M15.ms]), rolled("BUSDT", range(3))[:, None])
    store.write("BUSDT", M15, before, requested_ms=HOUR_MS + 60_000)
    parts = np.array([push_of("BUSDT", bar).candle.values() for bar in range(6)]).T
    parts[4, 2] = 1 / 3
    times = HOUR_MS + np.arange(6) * M5.ms
    store.write("BUSDT", M5, Series(times, parts), requested_ms=HOUR_MS + H1.ms)
    assert closed(store, "15m", "BUSDT") == []
    assert closed(store, "15m", "BUSDT", HOUR_MS + M15.ms) == rolled("BUSDT", range(3, 6)).tolist()
    assert named == [HOUR_MS + M15.ms + WATCH_MS]


def test_a_bar_that_follows_is_not_named_although_rest_was_asked_for_it_after_its_parts(store: CandleStore) -> None:
    """Which of the two is right the number of trades decides, and no request has to."""
    named: list[str] = []
    larger_of(store).unproved = lambda symbols, from_ms, timeframe: named.extend(symbols)
    store.push([push_of("AUSDT", bar) for bar in (0, 2)])
    early = rolled("AUSDT", range(3))
    early[6] -= 5
    end_ms = HOUR_MS + M15.ms
    store.write("AUSDT", M15, Series(np.array([HOUR_MS]), early[:, None]), requested_ms=end_ms + 3_000)
    part = Series(np.array([HOUR_MS + M5.ms]), np.array([push_of("AUSDT", 1).candle.values()]).T)
    store.write("AUSDT", M5, part, requested_ms=end_ms - 60_000)
    assert closed(store, "15m", "AUSDT") == rolled("AUSDT", range(3)).tolist()
    assert named == []

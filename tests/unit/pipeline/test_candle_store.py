"""L1: writes, holes, young listings, the ring's wrap and what readers get."""

import numpy as np
import pytest

from eliteflow.model.candle import FIELDS
from eliteflow.model.candle_push import CandlePush, PushedCandle
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import ROWS_AT_ONCE, CandleStore
from eliteflow.pipeline.candle_views import BarChange, SeriesChange, StoredSeries
from eliteflow.pipeline.merge import inferred_version, is_inferred
from eliteflow.testing.series import HEAD_MS, make_series

M5, H1 = Timeframe.M5, Timeframe.H1
LATER_MS = HEAD_MS + 100 * M5.ms
CLOSE, TRADES = FIELDS.index("close"), FIELDS.index("trades")


def filled(bars: int = 50, capacity: int = 64, *, head_ms: int = HEAD_MS, symbol: str = "BTCUSDT") -> CandleStore:
    """Return a store with one series."""
    store = CandleStore(capacity)
    write(store, make_series(symbol, bars=bars, head_ms=head_ms), symbol=symbol)
    return store


def write(
    store: CandleStore, series: Series, *, symbol: str = "BTCUSDT", requested_ms: int = LATER_MS
) -> tuple[int, int]:
    """Write 5m candles and return how many were added and revised."""
    written = store.write(symbol, M5, series, requested_ms=requested_ms)
    return written.added, written.revised


def with_close(series: Series, close: float) -> Series:
    """Return a copy whose last bar closes at `close`."""
    values = series.values.copy()
    values[CLOSE, -1] = close
    return Series(series.open_time_ms, values)


def test_a_series_is_read_back_as_it_was_written() -> None:
    """All nine fields and the times come back to the bit."""
    series = make_series(bars=50)
    block = filled().block(M5, ["BTCUSDT"], HEAD_MS, 50)
    np.testing.assert_array_equal(block.values[:, 0], series.values)
    np.testing.assert_array_equal(block.open_time_ms, series.open_time_ms)
    assert block.known.tolist() == [50]


@pytest.mark.parametrize("shift", range(0, 64, 7))
def test_reading_across_the_wrap_of_the_ring_keeps_time_order(shift: int) -> None:
    """Wherever the head lies in the ring, the bars come back oldest first."""
    head_ms = HEAD_MS + shift * M5.ms
    store = filled(64, head_ms=head_ms)
    block = store.block(M5, ["BTCUSDT"], head_ms, 64)
    np.testing.assert_array_equal(block.values[:, 0], make_series(bars=64, head_ms=head_ms).values)


def test_only_the_newest_bars_are_kept() -> None:
    """A series longer than the ring leaves as many bars as the ring holds."""
    store = filled(bars=200)
    assert store.block(M5, ["BTCUSDT"], HEAD_MS, 200).known.tolist() == [64]


def test_bars_older_than_the_ring_do_not_push_out_newer_ones() -> None:
    """A page of old history changes nothing."""
    store = filled(64)
    assert write(store, make_series(bars=64, head_ms=HEAD_MS - 64 * M5.ms)) == (0, 0)
    assert store.coverage(M5, ["BTCUSDT"], HEAD_MS, 64).missing.tolist() == [0]


def test_coverage_names_the_outermost_missing_bars() -> None:
    """A hole and a missing tail are counted and bounded."""
    store = filled(20)
    write(store, make_series(bars=3, head_ms=HEAD_MS + 5 * M5.ms))
    coverage = store.coverage(M5, ["BTCUSDT"], HEAD_MS + 6 * M5.ms, 20)
    assert coverage.missing.tolist() == [3]
    assert coverage.oldest_missing_ms.tolist() == [HEAD_MS + M5.ms]
    assert coverage.newest_missing_ms.tolist() == [HEAD_MS + 6 * M5.ms]
    assert coverage.is_empty.tolist() == [False]


def test_coverage_of_unknown_symbols_is_empty() -> None:
    """A symbol that was never seen lacks the whole window."""
    coverage = CandleStore(64).coverage(M5, ["NEWUSDT"], HEAD_MS, 10)
    assert coverage.missing.tolist() == [10]
    assert coverage.is_empty.tolist() == [True]


def test_nothing_is_missing_before_a_symbols_first_bar() -> None:
    """A young listing with all its bars is complete."""
    store = filled(5)
    store.note_first_bar("BTCUSDT", M5, HEAD_MS - 4 * M5.ms)
    assert store.coverage(M5, ["BTCUSDT"], HEAD_MS, 50).missing.tolist() == [0]


def test_a_first_bar_is_not_believed_when_an_older_one_is_held() -> None:
    """An answer that is too short does not make known history vanish."""
    store = filled(5)
    store.note_first_bar("BTCUSDT", M5, HEAD_MS)
    assert store.coverage(M5, ["BTCUSDT"], HEAD_MS, 6).missing.tolist() == [1]


def test_a_panel_leaves_out_stale_symbols_and_pads_young_ones() -> None:
    """Symbols without the newest bar are gone, bars before the first one are NaN."""
    store = filled(30)
    write(store, make_series("YOUNGUSDT", bars=4), symbol="YOUNGUSDT")
    write(store, make_series("STALEUSDT", bars=30, head_ms=HEAD_MS - M5.ms), symbol="STALEUSDT")
    panel = store.panel(M5, ["STALEUSDT", "YOUNGUSDT", "NEVERUSDT", "BTCUSDT"], HEAD_MS, 50)
    assert panel.symbols == ("YOUNGUSDT", "BTCUSDT")
    assert panel.known_bars().tolist() == [4, 30]
    assert panel.values.shape == (5, 2, 30)
    assert panel.values.flags.c_contiguous
    assert not np.isnan(panel.values[:, 0, -4:]).any()


def test_a_panel_shows_nothing_from_before_a_hole() -> None:
    """Only the run of bars that ends at the head is delivered."""
    store = filled(10)
    write(store, make_series(bars=3, head_ms=HEAD_MS + 5 * M5.ms))
    assert store.panel(M5, ["BTCUSDT"], HEAD_MS + 5 * M5.ms, 50).bars == 3


def test_a_panel_without_a_symbol_is_empty() -> None:
    """Nothing known gives no rows and no bars."""
    panel = CandleStore(64).panel(M5, ["BTCUSDT"], HEAD_MS, 50)
    assert (panel.symbols, panel.values.shape) == ((), (5, 0, 0))


def test_readers_get_copies() -> None:
    """Writing to what was read changes nothing in memory."""
    store = filled()
    store.panel(M5, ["BTCUSDT"], HEAD_MS, 50).values[:] = 0
    store.block(M5, ["BTCUSDT"], HEAD_MS, 50).values[:] = 0
    block = store.block(M5, ["BTCUSDT"], HEAD_MS, 50)
    np.testing.assert_array_equal(block.values[:, 0], make_series(bars=50).values)


def test_writes_count_what_was_added_and_what_was_revised() -> None:
    """Only closed bars that were there with other values are revisions."""
    store = filled(10)
    assert store.revision("BTCUSDT", M5) == 0
    assert write(store, make_series(bars=12, head_ms=HEAD_MS + 2 * M5.ms)) == (2, 0)
    assert store.revision("BTCUSDT", M5) == 0
    assert write(store, with_close(make_series(bars=1), 7.0), requested_ms=LATER_MS + 1) == (0, 1)
    assert store.revision("BTCUSDT", M5) == 1


def test_an_overtaken_answer_revises_nothing() -> None:
    """An answer that was requested earlier than what is held loses."""
    store = filled(10)
    assert write(store, with_close(make_series(bars=1), 7.0), requested_ms=LATER_MS - 1) == (0, 0)
    assert store.last_close("BTCUSDT") == make_series(bars=1).values[CLOSE, -1]


def test_a_row_asked_for_too_early_stands_apart() -> None:
    """A bar asked for in its first two seconds after the end is in progress, and the next answer closes it."""
    store = CandleStore(64)
    early_ms = HEAD_MS + M5.ms + 1_999
    assert write(store, make_series(bars=2), requested_ms=early_ms) == (1, 0)
    assert store.newest_closed_ms("BTCUSDT", M5) == HEAD_MS - M5.ms
    np.testing.assert_array_equal(store.forming(M5, ["BTCUSDT"], HEAD_MS)[:, 0], make_series(bars=1).values[:, 0])
    assert write(store, make_series(bars=2), requested_ms=early_ms + 1) == (1, 0)


def test_a_row_with_fewer_trades_than_seen_is_not_closed() -> None:
    """An answer older than what was seen of the bar in progress is asked for again, even two bars later."""
    store = CandleStore(64)
    write(store, make_series(bars=1), requested_ms=HEAD_MS + 1)
    write(store, make_series(bars=1, head_ms=HEAD_MS + M5.ms), requested_ms=HEAD_MS + M5.ms + 1)
    older = make_series(bars=1)
    older.values[TRADES] -= 1
    assert write(store, older) == (0, 0)
    assert write(store, make_series(bars=1)) == (1, 0)


def test_closed_never_returns_to_forming() -> None:
    """A late answer from before the close leaves the closed bar alone and is no bar in progress."""
    store = filled(2)
    assert write(store, make_series(bars=1), requested_ms=HEAD_MS + 5) == (0, 0)
    assert np.isnan(store.forming(M5, ["BTCUSDT"], HEAD_MS)).all()


def test_the_last_close_is_the_one_known_latest() -> None:
    """The bar in progress beats closed bars, and a shorter timeframe the longer one that ended before."""
    store = filled(3, head_ms=HEAD_MS + 3 * M5.ms)
    store.write("BTCUSDT", H1, make_series(timeframe="1h", bars=2, head_ms=HEAD_MS - H1.ms), requested_ms=LATER_MS)
    assert store.last_close("BTCUSDT") == make_series(bars=1, head_ms=HEAD_MS + 3 * M5.ms).values[CLOSE, 0]
    forming = make_series(bars=1, head_ms=HEAD_MS + 4 * M5.ms)
    write(store, forming, requested_ms=HEAD_MS + 4 * M5.ms + 9_000)
    assert store.last_close("BTCUSDT") == forming.values[CLOSE, 0]


def test_the_last_close_of_an_unknown_symbol_is_none() -> None:
    """Nothing known is None, not a number."""
    assert filled().last_close("NEVERUSDT") is None


def test_growth_keeps_what_is_held() -> None:
    """More symbols and timeframes than there was room for change nothing for those before."""
    store = filled()
    store.reserve([f"S{number}" for number in range(3 * ROWS_AT_ONCE)], [M5, H1, Timeframe.M1])
    block = store.block(M5, ["BTCUSDT"], HEAD_MS, 50)
    np.testing.assert_array_equal(block.values[:, 0], make_series(bars=50).values)
    assert len(store.symbols) == 3 * ROWS_AT_ONCE + 1


def test_a_forgotten_symbol_leaves_its_place_clean_for_the_next() -> None:
    """The next new symbol knows nothing of the one before, and others are untouched."""
    store = filled()
    store.note_first_bar("BTCUSDT", M5, HEAD_MS - 49 * M5.ms)
    write(store, make_series("ETHUSDT"), symbol="ETHUSDT")
    store.forget("BTCUSDT")
    store.reserve(["NEWUSDT"], [M5])
    assert store.symbols == ("ETHUSDT", "NEWUSDT")
    assert store.coverage(M5, ["NEWUSDT", "ETHUSDT"], HEAD_MS, 64).missing.tolist() == [64, 14]
    assert store.last_close("NEWUSDT") is None


def test_the_universe_version_counts_changes_of_the_set_of_symbols() -> None:
    """New and forgotten symbols raise it, further candles do not."""
    store = filled()
    before = store.universe_version
    write(store, make_series())
    assert store.universe_version == before
    store.reserve(["ETHUSDT"], [M5])
    store.forget("ETHUSDT")
    assert store.universe_version == before + 2


def test_symbols_read_in_any_order_get_their_own_rows() -> None:
    """Neighbouring and scattered rows give the same numbers."""
    store = CandleStore(64)
    symbols = [f"S{number}" for number in range(6)]
    for symbol in symbols:
        write(store, make_series(symbol), symbol=symbol)
    straight, scattered = (store.panel(M5, order, HEAD_MS, 50) for order in (symbols, symbols[::-1]))
    np.testing.assert_array_equal(straight.values, scattered.values[:, ::-1])


class Changes:
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.bars: list[BarChange] = []
        self.series: list[SeriesChange] = []

    def series_changed(self, change: SeriesChange) -> None:
        """Remember it."""
        self.series.append(change)

    def bar_changed(self, change: BarChange) -> None:
        """Remember it."""
        self.bars.append(change)


def pushed(symbol: str, *, close: float, trades: float = 5.0, event_ms: int = 3_000, final: bool = True) -> CandlePush:
    """Return a push of the bar behind `HEAD_MS`, `event_ms` after its end."""
    open_ms = HEAD_MS + M5.ms
    values = (1.0, 1.0, 1.0, close, 1.0, 1.0, trades, 1.0, 1.0)
    candle = PushedCandle.of(symbol, M5, open_ms, values, is_closed=final)
    return CandlePush(open_ms + M5.ms + event_ms, candle)


def newest_close(store: CandleStore, symbol: str = "BTCUSDT") -> float:
    """Return the close of the bar behind `HEAD_MS`, NaN while it is not closed."""
    return float(store.closed_bar(M5, [symbol], HEAD_MS + M5.ms).values[CLOSE, 0])


def answered(close: float, trades: float) -> Series:
    """Return an answer of REST about the bar behind `HEAD_MS`."""
    series = with_close(make_series(bars=1, head_ms=HEAD_MS + M5.ms), close)
    series.values[TRADES] = trades
    return series


def test_a_final_push_closes_its_bar() -> None:
    """Only symbols that have a place are taken; observers are told once for each bar."""
    store, told = filled(), Changes()
    store.reserve(["ETHUSDT"], ())
    store.observers.append(told)
    store.push([pushed("BTCUSDT", close=2.0), pushed("ETHUSDT", close=3.0), pushed("XUSDT", close=4.0)])
    assert (newest_close(store), newest_close(store, "ETHUSDT")) == (2.0, 3.0)
    assert store.symbols == ("BTCUSDT", "ETHUSDT")
    assert told.bars == [BarChange(M5, HEAD_MS + M5.ms, ("BTCUSDT", "ETHUSDT"), ())]


def test_a_second_final_push_counts_if_it_is_later() -> None:
    """A duplicate changes nothing, an older version neither, a later one revises."""
    store, told = filled(), Changes()
    store.push([pushed("BTCUSDT", close=2.0)])
    store.observers.append(told)
    store.push([pushed("BTCUSDT", close=2.0)])
    store.push([pushed("BTCUSDT", close=1.0, event_ms=2_000)])
    assert told.bars == []
    store.push([pushed("BTCUSDT", close=4.0, event_ms=9_000), pushed("BTCUSDT", close=3.0, event_ms=8_000)])
    assert newest_close(store) == 4.0
    assert [change.revised for change in told.bars] == [("BTCUSDT",)]
    assert store.revision("BTCUSDT", M5) == 1


def test_rest_beats_a_stream_unless_it_shows_an_older_state() -> None:
    """A row with as many trades corrects the stream's bar; one with fewer is not believed."""
    store = filled()
    store.push([pushed("BTCUSDT", close=2.0, trades=50.0)])
    later_ms = HEAD_MS + 2 * M5.ms + 60_000
    assert store.write("BTCUSDT", M5, answered(5.0, 49.0), requested_ms=later_ms).revised == 0
    assert newest_close(store) == 2.0
    assert store.write("BTCUSDT", M5, answered(5.0, 50.0), requested_ms=later_ms).revised == 1
    assert newest_close(store) == 5.0
    store.push([pushed("BTCUSDT", close=2.0, trades=50.0, event_ms=90_000)])
    assert newest_close(store) == 5.0


def test_a_late_final_push_with_more_trades_corrects_rest() -> None:
    """The answer of REST was asked for before the bar's last trades were in it."""
    store = filled()
    store.write("BTCUSDT", M5, answered(5.0, 40.0), requested_ms=HEAD_MS + 2 * M5.ms + 3_000)
    store.push([pushed("BTCUSDT", close=6.0, trades=41.0)])
    assert newest_close(store) == 6.0


def test_a_bar_closed_by_rule_gives_way_to_anything() -> None:
    """What the venue sends afterwards replaces it, and is a revision when it differs."""
    store = filled()
    head_ms = HEAD_MS + M5.ms
    store.close_bar(M5, head_ms, ["BTCUSDT"], np.ones((9, 1)), np.array([inferred_version(head_ms)]))
    assert is_inferred(store.versions(M5, ["BTCUSDT"], head_ms, 2)).tolist() == [[False, True]]
    store.push([pushed("BTCUSDT", close=2.0)])
    assert newest_close(store) == 2.0
    assert store.revision("BTCUSDT", M5) == 1


def test_a_closed_bar_is_in_progress_no_longer() -> None:
    """Whatever was pushed of it before, and after."""
    store = filled()
    store.push([pushed("BTCUSDT", close=1.5, final=False)])
    open_ms = HEAD_MS + M5.ms
    assert store.forming(M5, ["BTCUSDT"], open_ms)[CLOSE].tolist() == [1.5]
    store.push([pushed("BTCUSDT", close=2.0), pushed("BTCUSDT", close=1.7, final=False, event_ms=9_000)])
    assert np.isnan(store.forming(M5, ["BTCUSDT"], open_ms)).all()
    assert store.last_close("BTCUSDT") == 2.0


def test_a_closed_bar_tells_how_far_its_series_reaches_back() -> None:
    """The bar, its corrections, and the first bar without a hole before it; nothing for symbols without it."""
    store = filled(20)
    bar = store.closed_bar(M5, ["BTCUSDT", "XUSDT"], HEAD_MS)
    np.testing.assert_array_equal(bar.values[:, 0], make_series(bars=1).values[:5, 0])
    assert np.isnan(bar.values[:, 1]).all()
    assert bar.first_ms.tolist() == [HEAD_MS - 19 * M5.ms, HEAD_MS + M5.ms]
    assert bar.revisions.tolist() == [0, 0]


def test_what_was_stored_is_restored_to_the_bit() -> None:
    """Bars, versions, first bar and revisions come back, holes stay holes, and what is newer wins."""
    store = filled(20)
    write(store, with_close(make_series(bars=5, head_ms=HEAD_MS - 3 * M5.ms), 7.0), requested_ms=LATER_MS + 1)
    write(store, make_series(bars=3, head_ms=HEAD_MS + 5 * M5.ms))
    store.note_first_bar("BTCUSDT", M5, HEAD_MS - 19 * M5.ms)
    stored = store.stored("BTCUSDT", M5)
    assert stored is not None
    assert (len(stored.open_time_ms), stored.first_ms, stored.revision) == (23, HEAD_MS - 19 * M5.ms, 1)
    fresh = CandleStore(64)
    fresh.restore(stored)
    again = fresh.stored("BTCUSDT", M5)
    assert again is not None
    for name in ("open_time_ms", "values", "version"):
        np.testing.assert_array_equal(getattr(again, name), getattr(stored, name))
    assert fresh.coverage(M5, ["BTCUSDT"], HEAD_MS + 5 * M5.ms, 60).missing.tolist() == [2]
    assert store.stored("XUSDT", M5) is None


@pytest.mark.parametrize(
    ("bars", "step", "held"),
    [(50, 1, 0), (64, 1, 0), (90, 1, 0), (50, 2, 0), (30, 1, 20), (1, 1, 0)],
    ids=["part of the ring", "all of it", "more than it holds", "with holes", "beside newer bars", "one bar"],
)
def test_a_series_is_restored_as_if_it_were_written(bars: int, step: int, held: int) -> None:
    """Whatever shape it has, and whatever memory holds already."""
    series = make_series(bars=bars, step=step)
    versions = np.full(len(series), LATER_MS)
    restored, written = CandleStore(64), CandleStore(64)
    for store in (restored, written):
        if held:
            write(store, make_series(bars=held, head_ms=HEAD_MS + 5 * M5.ms))
    restored.restore(StoredSeries("BTCUSDT", M5, series.open_time_ms, series.values, versions))
    written.close_bars("BTCUSDT", M5, series.open_time_ms, series.values, versions)
    found, expected = restored.stored("BTCUSDT", M5), written.stored("BTCUSDT", M5)
    assert found is not None
    assert expected is not None
    np.testing.assert_array_equal(found.open_time_ms, expected.open_time_ms)
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.version, expected.version)


def test_nothing_is_known_of_a_timeframe_that_nobody_has_asked_for() -> None:
    """Asking gives it a place, and no error."""
    for ask in (CandleStore.first_bar_ms, CandleStore.newest_closed_ms):
        assert ask(CandleStore(), "BTCUSDT", Timeframe.M5) is None
    assert CandleStore().revision("BTCUSDT", Timeframe.M5) == 0

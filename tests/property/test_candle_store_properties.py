"""L1 equals a plain dictionary of bars, whatever is written in whatever order."""

from random import Random
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eliteflow.model.candle import FIELDS
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.merge import SETTLE_MS
from eliteflow.testing.series import HEAD_MS

CAPACITY = 16
SYMBOLS = ("A", "B", "C")
TIMEFRAMES = (Timeframe.M5, Timeframe.H1)


class Write(NamedTuple):
    """One answer of the venue: `bars` bars up to number `last`, requested at the venue's `request`-th moment."""

    symbol: str
    timeframe: Timeframe
    last: int
    bars: int
    request: int
    seed: int

    @property
    def series(self) -> Series:
        """The candles; their values depend on everything, so each write is a version of its own."""
        times = HEAD_MS + np.arange(self.last - self.bars + 1, self.last + 1) * self.timeframe.ms
        values = np.arange(len(FIELDS) * self.bars, dtype=float).reshape(len(FIELDS), self.bars)
        return Series(times, values + self.seed * 1000)

    @property
    def requested_ms(self) -> int:
        """A moment at which all bars of any write have long been closed."""
        return HEAD_MS + 1000 * Timeframe.H1.ms + self.request


writes = st.lists(
    st.builds(
        Write,
        st.sampled_from(SYMBOLS),
        st.sampled_from(TIMEFRAMES),
        st.integers(0, 40),
        st.integers(1, 24),
        st.integers(0, 3),
        st.integers(0, 1000),
    ),
    max_size=30,
)

Bars = dict[tuple[str, Timeframe, int], tuple[int, tuple[float, ...]]]


def dictionary_of(done: list[Write]) -> Bars:
    """Return the version of each bar that must have won: the latest requested, of equal ones the last written."""
    bars: Bars = {}
    for write in done:
        for open_ms, values in zip(write.series.open_time_ms.tolist(), write.series.values.T.tolist(), strict=True):
            key = write.symbol, write.timeframe, open_ms
            if bars.get(key, (0, ()))[0] <= write.requested_ms:
                bars[key] = write.requested_ms, tuple(values)
    return bars


def store_of(done: list[Write]) -> CandleStore:
    """Return a store that took all writes."""
    store = CandleStore(CAPACITY)
    for write in done:
        store.write(write.symbol, write.timeframe, write.series, requested_ms=write.requested_ms)
    return store


def newest_bars(bars: Bars, symbol: str, timeframe: Timeframe) -> dict[int, tuple[float, ...]]:
    """Return the bars of a series that the ring must still hold: the newest one of each slot."""
    slots: dict[int, int] = {}
    for name, length, open_ms in bars:
        if (name, length) == (symbol, timeframe):
            slot = open_ms // timeframe.ms % CAPACITY
            slots[slot] = max(slots.get(slot, 0), open_ms)
    return {open_ms: bars[symbol, timeframe, open_ms][1] for open_ms in slots.values()}


@given(writes, st.integers(0, 45), st.integers(1, CAPACITY))
def test_the_store_equals_a_dictionary_of_bars(done: list[Write], head: int, bars: int) -> None:
    """Every read at every head gives the run of bars that the dictionary has there, and coverage the rest."""
    store, wanted = store_of(done), dictionary_of(done)
    for timeframe in TIMEFRAMES:
        head_ms = HEAD_MS + head * timeframe.ms
        block = store.block(timeframe, SYMBOLS, head_ms, bars)
        coverage = store.coverage(timeframe, SYMBOLS, head_ms, bars)
        window = [head_ms - back * timeframe.ms for back in range(bars)]
        for row, symbol in enumerate(SYMBOLS):
            held = newest_bars(wanted, symbol, timeframe)
            run = 0
            while run < bars and window[run] in held:
                run += 1
            assert block.known[row] == run
            found = block.values[:, row, block.values.shape[2] - run :].T.tolist()
            assert found == [[*held[open_ms]] for open_ms in reversed(window[:run])]
            missing = [open_ms for open_ms in window if open_ms not in held]
            assert coverage.missing[row] == len(missing)
            assert coverage.oldest_missing_ms[row] == min(missing, default=0)
            assert coverage.newest_missing_ms[row] == max(missing, default=0)


@given(writes, st.randoms(use_true_random=False))
def test_the_order_of_writes_does_not_matter(done: list[Write], random: Random) -> None:
    """Answers that overtake each other leave the same bars, as long as no two were requested at one moment."""
    distinct = [write._replace(request=number) for number, write in enumerate(done)]
    shuffled = distinct.copy()
    random.shuffle(shuffled)
    one, other = store_of(distinct), store_of(shuffled)
    for timeframe in TIMEFRAMES:
        for head in range(41):
            head_ms = HEAD_MS + head * timeframe.ms
            a, b = (store.block(timeframe, SYMBOLS, head_ms, CAPACITY) for store in (one, other))
            np.testing.assert_array_equal(a.values, b.values)
            np.testing.assert_array_equal(a.known, b.known)


@given(writes, st.integers(0, 45), st.integers(1, CAPACITY), st.permutations(SYMBOLS))
def test_a_panel_equals_reading_each_symbol_alone(done: list[Write], head: int, bars: int, symbols: list[str]) -> None:
    """Row by row, in any order of symbols, padded with NaN in front and nowhere else."""
    store = store_of(done)
    head_ms = HEAD_MS + head * Timeframe.M5.ms
    panel = store.panel(Timeframe.M5, symbols, head_ms, bars)
    alone = {symbol: store.panel(Timeframe.M5, [symbol], head_ms, bars) for symbol in symbols}
    assert panel.symbols == tuple(symbol for symbol in symbols if alone[symbol].symbols)
    for symbol in panel.symbols:
        width = alone[symbol].bars
        np.testing.assert_array_equal(panel.row(symbol)[:, panel.bars - width :], alone[symbol].row(symbol))
        assert np.isnan(panel.row(symbol)[:, : panel.bars - width]).all()
    assert panel.bars == max((alone[symbol].bars for symbol in symbols), default=0)


@given(writes)
def test_a_revision_is_a_change_of_what_was_read_before(done: list[Write]) -> None:
    """The counter grows exactly when a bar that was there reads differently afterwards."""
    store = CandleStore(CAPACITY)
    for number, write in enumerate(done):
        before = newest_bars(dictionary_of(done[:number]), write.symbol, write.timeframe)
        after = newest_bars(dictionary_of(done[: number + 1]), write.symbol, write.timeframe)
        changed = sum(after[open_ms] != values for open_ms, values in before.items() if open_ms in after)
        revision = store.revision(write.symbol, write.timeframe)
        written = store.write(write.symbol, write.timeframe, write.series, requested_ms=write.requested_ms)
        assert written.revised == changed
        assert written.added == len(after.keys() - before.keys())
        assert store.revision(write.symbol, write.timeframe) == revision + (changed > 0)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 3), st.integers(0, 50)), max_size=20))
def test_no_reader_ever_gets_a_bar_before_it_is_settled(answers: list[tuple[int, int, int]]) -> None:
    """Answers requested at any moment: what reads as closed was once asked for late enough, with the most trades."""
    store = CandleStore(CAPACITY)
    closed: dict[int, float] = {}
    most: dict[int, float] = {}
    interval_ms = Timeframe.M5.ms
    for moment, bars, trades in sorted(answers):
        requested_ms = HEAD_MS + moment * (interval_ms // 2)
        times = Timeframe.M5.open_time_ms(requested_ms) + np.arange(1 - bars, 1) * interval_ms
        series = Series(times, np.full((len(FIELDS), bars), float(trades)))
        store.write("A", Timeframe.M5, series, requested_ms=requested_ms)
        for open_ms in times.tolist():
            if requested_ms < open_ms + interval_ms + SETTLE_MS:
                most[open_ms] = max(most.get(open_ms, 0.0), float(trades))
            elif trades >= most.get(open_ms, 0.0):
                closed[open_ms] = float(trades)
    for back in range(-2, 6):
        head_ms = HEAD_MS - back * interval_ms
        block = store.block(Timeframe.M5, ["A"], head_ms, 1)
        assert block.values[0, 0].tolist() == ([closed[head_ms]] if head_ms in closed else [])

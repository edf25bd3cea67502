"""L1 under streams and REST at once equals a plain dictionary of bars, and larger bars equal their parts."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eliteflow.model.candle import FIELDS
from eliteflow.model.candle_push import CandlePush, PushedCandle
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.merge import SETTLE_MS
from eliteflow.testing.instruments import make_instrument
from eliteflow.testing.series import HEAD_MS

M5, M15 = Timeframe.M5, Timeframe.M15
SYMBOLS = ("A", "B")
BARS = 6  # two bars of 15m
TRADES = FIELDS.index("trades")


class Said(NamedTuple):
    """What the venue said of a bar at a moment, `how`: pushed in progress, pushed as final, or answered over REST."""

    how: str
    symbol: str
    bar: int
    after_s: int
    trades: int
    seed: int

    @property
    def open_ms(self) -> int:
        """When the bar opened."""
        return HEAD_MS + self.bar * M5.ms

    @property
    def at_ms(self) -> int:
        """When it was said, counted from the bar's end."""
        return self.open_ms + M5.ms + self.after_s * 1000

    @property
    def values(self) -> tuple[float, ...]:
        """A version of the bar, unlike any other; every number is whole."""
        low = 10.0 + self.seed % 5
        prices = (low + 1, low + 3 + self.seed, low, low + 2)
        return (*prices, 1.0 + self.seed, 100.0 + self.seed, float(self.trades), 1.0, 50.0)


said = st.lists(
    st.builds(
        Said,
        st.sampled_from(["in progress", "final", "rest"]),
        st.sampled_from(SYMBOLS),
        st.integers(0, BARS - 1),
        st.integers(-3, 8),
        st.integers(1, 6),
        st.integers(0, 50),
    ),
    max_size=40,
)


@dataclass
class Plain:
    """The rule in a dictionary: (symbol, bar) → (rank, moment, whether a stream said it, values).

    rank: 1 for REST, 0 for a stream, which may take over REST's by more trades.
    """

    closed: dict[tuple[str, int], tuple[int, int, bool, tuple[float, ...]]] = field(default_factory=dict)
    most: dict[tuple[str, int], int] = field(default_factory=dict)

    def hear(self, one: Said) -> None:
        """Take one thing that was said."""
        at = one.symbol, one.bar
        held = self.closed.get(at)
        if one.how == "in progress":
            self.most[at] = max(self.most.get(at, 0), one.trades)
        elif one.how == "final":
            if held is None or held[:2] <= (0, one.at_ms):
                self.closed[at] = 0, one.at_ms, True, one.values
            elif one.trades > held[3][TRADES]:
                self.closed[at] = *held[:2], True, one.values
        else:
            streamed = held[3][TRADES] if held is not None and held[2] else 0
            if one.after_s * 1000 < SETTLE_MS or one.trades < max(self.most.get(at, 0), streamed):
                self.most[at] = max(self.most.get(at, 0), one.trades)
            elif held is None or held[:3] <= (1, one.at_ms, False):
                self.closed[at] = 1, one.at_ms, False, one.values


def tell(store: CandleStore, one: Said) -> None:
    """Let the store hear it."""
    if one.how == "rest":
        series = Series(np.array([one.open_ms]), np.array([one.values]).T)
        store.write(one.symbol, M5, series, requested_ms=one.at_ms)
    else:
        candle = PushedCandle.of(one.symbol, M5, one.open_ms, one.values, is_closed=one.how == "final")
        store.push([CandlePush(one.at_ms, candle)])


def live_store() -> CandleStore:
    """Return a store in which 15m follows 5m. One bar of 15m is known: an unknown series waits to be fetched."""
    store = CandleStore(32)
    larger = LargerBars(store, M5, [M15])
    larger.use([make_instrument(symbol, tick_size="1", step_size="1") for symbol in SYMBOLS])
    store.observers.append(larger)
    store.reserve(SYMBOLS, [M5, M15])
    for symbol in SYMBOLS:
        older = Series(np.array([HEAD_MS - M15.ms]), np.ones((len(FIELDS), 1)))
        store.write(symbol, M15, older, requested_ms=HEAD_MS + SETTLE_MS)
    return store


def bar_of(store: CandleStore, timeframe: Timeframe, symbol: str, open_ms: int) -> tuple[float, ...] | None:
    """Return a closed bar, None if there is none."""
    block = store.block(timeframe, [symbol], open_ms, 1)
    return tuple(block.values[:, 0, 0].tolist()) if block.known[0] else None


@given(said)
def test_the_store_equals_a_dictionary_under_streams_and_rest(heard: list[Said]) -> None:
    """Whatever is said in whatever order; a bar that has not closed is never read as closed."""
    store, plain = live_store(), Plain()
    for one in heard:
        tell(store, one)
        plain.hear(one)
        held = plain.closed.get((one.symbol, one.bar))
        assert bar_of(store, M5, one.symbol, one.open_ms) == (held[3] if held else None)
    for symbol in SYMBOLS:
        for bar in range(BARS):
            held = plain.closed.get((symbol, bar))
            assert bar_of(store, M5, symbol, HEAD_MS + bar * M5.ms) == (held[3] if held else None)


@given(said)
def test_larger_bars_equal_their_parts_at_every_moment(heard: list[Said]) -> None:
    """As soon as all parts are closed, after every revision of one, and not before."""
    store = live_store()
    for one in heard:
        tell(store, one)
        open_ms = M15.open_time_ms(one.open_ms)
        parts = [bar_of(store, M5, one.symbol, ms) for ms in range(open_ms, open_ms + M15.ms, M5.ms)]
        found = bar_of(store, M15, one.symbol, open_ms)
        if None in parts:
            assert found is None
            continue
        rows = np.array(parts)
        wanted = (rows[0, 0], rows[:, 1].max(), rows[:, 2].min(), rows[-1, 3], *rows[:, 4:].sum(axis=0))
        assert found == wanted


@given(said)
def test_what_was_read_never_changes_under_the_reader(heard: list[Said]) -> None:
    """A panel is a copy of one instant: later pushes, finals and answers leave it as it was."""
    store = live_store()
    head_ms = HEAD_MS + (BARS - 1) * M5.ms
    read = []
    for one in heard:
        tell(store, one)
        panel = store.panel(M5, SYMBOLS, head_ms, BARS)
        read.append((panel, panel.values.copy()))
    for panel, values in read:
        np.testing.assert_array_equal(panel.values, values)

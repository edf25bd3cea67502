"""Whatever happens to a market, `update` is the batch over the bars since each series' anchor, to the bit."""

from collections.abc import Sequence
from enum import Enum, auto

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

Array = NDArray[np.float64]
M5 = Timeframe.M5
NAMES = ("ema_9", "macd_3_6_4", "bollinger_5", "bollinger_percent_b_5", "adx_4", "obv", "rolling_vwap_4", "cdldoji")
BATCH = EliteTechnicalEngine()
BARS = 60


class Event(Enum):
    """What may happen to one series between two closes."""

    NOTHING = auto()
    CORRECTED = auto()
    MISSED = auto()
    ABSENT = auto()
    DEEPENED = auto()
    LOOKED_AT = auto()


class Market:
    """Three series of which some bars have closed; a row's history begins at `first`."""

    def __init__(self, seed: int, first: Sequence[int]) -> None:
        random = np.random.default_rng(seed)
        close = 100 + np.cumsum(random.normal(0, 1, (3, BARS)), axis=1)
        spread = np.abs(random.normal(0, 0.5, (2, 3, BARS)))
        open_ = np.roll(close, 1, axis=1)
        high, low = np.maximum(open_, close) + spread[0], np.minimum(open_, close) - spread[1]
        self.values = np.stack([open_, high, low, close, random.lognormal(3, 1, (3, BARS))])
        self.symbols = ("A", "B", "C")
        self.revisions = np.zeros(3, np.int64)
        self.first = np.array(first)
        self.now = max(first) + 1

    def newest(self, rows: list[int]) -> MarketBar:
        """Return the newest closed bar of some rows."""
        symbols = tuple(self.symbols[row] for row in rows)
        values = self.values[:, rows, self.now - 1]
        return MarketBar(M5, symbols, (self.now - 1) * M5.ms, values, self.revisions[rows], self.first[rows] * M5.ms)

    def forming(self) -> MarketBar:
        """Return a bar in progress of all rows."""
        return MarketBar(M5, self.symbols, self.now * M5.ms, self.values[:, :, self.now - 1] * 1.1)

    def panel(self, timeframe: Timeframe, symbols: Sequence[str], head_ms: int, bars: int) -> Panel:
        """Return what is held of the symbols, as the store does."""
        assert head_ms == (self.now - 1) * M5.ms
        rows = [self.symbols.index(symbol) for symbol in symbols]
        values = self.values[:, rows, : self.now].copy()
        for place, row in enumerate(rows):
            values[:, place, : self.first[row]] = np.nan
        return Panel(timeframe, tuple(symbols), np.arange(self.now) * M5.ms, values)


def batch(market: Market, row: int, bars: int) -> dict[str, float]:
    """Return the newest values over the last `bars` bars of a row."""
    values = np.ascontiguousarray(market.values[:, [row], market.now - bars : market.now])
    return BATCH.calculate_market(
        Panel(M5, ("A",), np.arange(market.now - bars, market.now) * M5.ms, values), NAMES
    ).at("A")


EVENTS = st.tuples(st.sampled_from(Event), st.integers(0, 2), st.integers(1, 20))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.tuples(*[st.integers(0, 8)] * 3), st.lists(EVENTS, min_size=20, max_size=40))
def test_update_is_the_batch_since_the_anchor(
    seed: int, first: tuple[int, int, int], events: list[tuple[Event, int, int]]
) -> None:
    """Corrections, gaps, absences, older bars and glances at the bar in progress change nothing about that."""
    market, engine = Market(seed, first), EliteTechnicalEngine(live=NAMES)
    for event, row, number in events:
        rows = [0, 1, 2]
        market.now += 1
        if event is Event.CORRECTED:
            market.values[:, row, max(market.first[row], market.now - number)] *= 1.01
            market.revisions[row] += 1
        elif event is Event.MISSED:
            market.now += 1
        elif event is Event.ABSENT:
            rows.remove(row)
        elif event is Event.DEEPENED:
            market.first[row] = max(0, market.first[row] - number)
        elif event is Event.LOOKED_AT:
            engine.peek(market.forming())
        if market.now >= BARS:
            return
        found = engine.update(market.newest(rows), market)
        assert found.known_bars.tolist() == (market.now - market.first[rows]).tolist()
        # The row that something happened to, at once; what went wrong with the others shows when it is their turn.
        checked = row if row in rows else rows[0]
        expected = batch(market, checked, int(market.now - market.first[checked]))
        np.testing.assert_array_equal(list(found.at(market.symbols[checked]).values()), list(expected.values()))

"""The candle store is the history that the engine asks for."""

from collections.abc import Sequence

import numpy as np

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.model.candle import FIELDS, OHLCV
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from tests.unit.analysis.analysis_series import START_MS, Array, random_walk, same_bits

H1 = Timeframe.H1
SYMBOLS = ("S0USDT", "S1USDT")
WALKS = [random_walk(700, seed=seed) for seed in range(2)]


def written(walk: Array, bars: slice) -> Series:
    """Return bars of a walk as the venue would send them, with trades that never change."""
    times = START_MS + np.arange(walk.shape[1]) * H1.ms
    values = np.ones((len(FIELDS), walk.shape[1]))
    values[: len(OHLCV)] = walk
    return Series(times[bars], values[:, bars])


def store_with(bars: int) -> CandleStore:
    """Return a store in which the first `bars` bars of both walks have closed."""
    store = CandleStore()
    for symbol, walk in zip(SYMBOLS, WALKS, strict=True):
        store.write(symbol, H1, written(walk, slice(bars)), requested_ms=START_MS + bars * H1.ms + 5_000)
    return store


def closed_bar(store: CandleStore, symbols: Sequence[str], bars: int) -> MarketBar:
    """Return the newest of `bars` closed bars with what the store knows about its series."""
    head_ms = START_MS + (bars - 1) * H1.ms
    block = store.block(H1, symbols, head_ms, store.capacity)
    revisions = np.array([store.revision(symbol, H1) for symbol in symbols])
    return MarketBar(
        H1, tuple(symbols), head_ms, block.values[: len(OHLCV), :, -1], revisions, head_ms - (block.known - 1) * H1.ms
    )


def assert_is_batch(found: MarketIndicators, store: CandleStore, bars: int) -> None:
    """Compare with the batch over the store's own panel."""
    batch = EliteTechnicalEngine().calculate_market(store.panel(H1, SYMBOLS, START_MS + (bars - 1) * H1.ms, 512))
    assert found.known_bars.tolist() == batch.known_bars.tolist()
    assert all(same_bits(found.latest(output), batch.latest(output)) for output in batch.outputs)


def test_the_engine_follows_the_store_through_closes_corrections_and_deeper_history() -> None:
    """Values equal the batch over the store's panel after each of them."""
    store, engine = CandleStore(), EliteTechnicalEngine(live=DEFAULT_SET)
    for symbol, walk in zip(SYMBOLS, WALKS, strict=True):
        store.write(symbol, H1, written(walk, slice(201, 300)), requested_ms=START_MS + 300 * H1.ms + 5_000)
    assert_is_batch(engine.update(closed_bar(store, SYMBOLS, 300), store), store, 300)
    for symbol, walk in zip(SYMBOLS, WALKS, strict=True):
        store.write(symbol, H1, written(walk, slice(301)), requested_ms=START_MS + 301 * H1.ms + 5_000)
    found = engine.update(closed_bar(store, SYMBOLS, 301), store)
    assert found.known_bars.tolist() == [301, 301]
    assert_is_batch(found, store, 301)
    corrected = written(WALKS[1] * 1.01, slice(250, 302))
    store.write("S0USDT", H1, written(WALKS[0], slice(301, 302)), requested_ms=START_MS + 302 * H1.ms + 5_000)
    store.write("S1USDT", H1, corrected, requested_ms=START_MS + 302 * H1.ms + 5_000)
    assert store.revision("S1USDT", H1) == 1
    assert_is_batch(engine.update(closed_bar(store, SYMBOLS, 302), store), store, 302)


def test_bars_that_the_ring_overwrites_move_no_anchor() -> None:
    """After 600 bars the store holds 512, and the values still follow from the first."""
    store, engine = store_with(500), EliteTechnicalEngine(live=("ema_50", "obv"))
    engine.update(closed_bar(store, SYMBOLS, 500), store)
    for bars in range(501, 601):
        for symbol, walk in zip(SYMBOLS, WALKS, strict=True):
            newest = written(walk, slice(bars - 1, bars))
            store.write(symbol, H1, newest, requested_ms=START_MS + bars * H1.ms + 5_000)
        found = engine.update(closed_bar(store, SYMBOLS, bars), store)
    assert found.known_bars.tolist() == [600, 600]


def test_a_symbol_that_the_store_does_not_have_is_a_hole() -> None:
    """It is named, and the others are answered."""
    store = store_with(120)
    found = EliteTechnicalEngine().update(closed_bar(store, (*SYMBOLS, "XUSDT"), 120), store)
    assert found.holes == ("XUSDT",)
    assert found.known_bars.tolist() == [120, 120, 0]

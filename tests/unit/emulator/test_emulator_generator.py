"""The generated market: the same for the same seed, plausible, and consistent in itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.bars import (
    CLOSE,
    FIRST_TRADE,
    HIGH,
    LOW,
    OPEN,
    QUOTE,
    TAKER_QUOTE,
    TAKER_VOLUME,
    TRADES,
    VOLUME,
)
from eliteflow.emulator.generator import Generator
from eliteflow.emulator.intervals import BASE_MS, DAY
from eliteflow.emulator.universe import generated_universe
from tests.unit.emulator.emulator_market import NOW_MS

NOW = NOW_MS // BASE_MS
UNIVERSE = generated_universe(7, 80, NOW_MS)
MARKET = Generator(7, UNIVERSE.traits)

instants = st.integers(NOW - 500_000, NOW + 500_000)


@settings(max_examples=15, deadline=None)
@given(instants, st.integers(1, 900), st.integers(0, 79))
def test_a_candle_depends_on_nothing_but_seed_symbol_and_time(first: int, count: int, row: int) -> None:
    """Whatever else is made with it, before it or around it, a bar is the same."""
    alone = MARKET.bars([row], first, count)[:, 0]
    other = Generator(7, UNIVERSE.traits).bars([3, row], first - 100, count + 200)[:, 1, 100:-100]
    assert np.array_equal(alone, other)


@settings(max_examples=10, deadline=None)
@given(instants)
def test_every_bar_is_consistent(first: int) -> None:
    """Prices lie between low and high, takers took no more than was traded, quote volume fits price and volume."""
    bars = MARKET.bars(slice(None), first, 400)
    assert np.all(bars[LOW] >= 1)
    assert np.all(bars[LOW] <= np.minimum(bars[OPEN], bars[CLOSE]))
    assert np.all(bars[HIGH] >= np.maximum(bars[OPEN], bars[CLOSE]))
    assert np.all((bars[TAKER_VOLUME] >= 0) & (bars[TAKER_VOLUME] <= bars[VOLUME]))
    for quote, volume in ((QUOTE, VOLUME), (TAKER_QUOTE, TAKER_VOLUME)):
        assert np.all(bars[quote] >= bars[LOW] * bars[volume])
        assert np.all(bars[quote] <= bars[HIGH] * bars[volume])
    assert np.all(bars[TAKER_QUOTE] <= bars[QUOTE])
    assert np.all(bars[TRADES] <= bars[VOLUME])
    assert np.all((bars[OPEN : CLOSE + 1] % UNIVERSE.traits.tick[:, None]) == 0)


@settings(max_examples=10, deadline=None)
@given(instants)
def test_trade_ids_have_no_hole(first: int) -> None:
    """Each bar's trades begin where those of the bar before end, over midnight too."""
    bars = MARKET.bars(slice(None), first, 400)
    assert np.array_equal(bars[FIRST_TRADE, :, 1:], bars[FIRST_TRADE, :, :-1] + bars[TRADES, :, :-1])


def test_a_bar_without_trades_repeats_the_previous_close() -> None:
    """Quiet contracts have such bars, and busy ones have none."""
    quiet = [row for row, activity in enumerate(UNIVERSE.traits.activity) if activity < 1.0]
    bars = MARKET.bars(quiet, NOW - 288 * 5, 288 * 5)
    silent = bars[VOLUME, :, 1:] == 0
    assert silent.any()
    assert np.all((bars[TRADES, :, 1:] == 0) == silent)
    for field in (OPEN, HIGH, LOW, CLOSE):
        assert np.all(bars[field, :, 1:][silent] == bars[CLOSE, :, :-1][silent])
    assert np.all(MARKET.bars([0, 1, 2], NOW - 288, 288)[VOLUME] > 0)


def test_the_market_is_one_market() -> None:
    """Contracts move together, calm and wild hours come in clusters, and prices stay within bounds for years."""
    hourly = MARKET.bars(slice(0, 30), NOW - 288 * 60, 288 * 60)[CLOSE, :, ::12]
    returns = np.diff(np.log(hourly), axis=1)
    assert np.corrcoef(returns)[np.triu_indices(30, 1)].mean() > 0.25
    size = np.abs(returns).mean(axis=0)
    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.2
    daily = MARKET.bars([0], NOW - 288 * 1500, 288 * 1500)[CLOSE, 0, ::288]
    assert daily.min() / np.median(daily) > 0.3
    assert daily.max() / np.median(daily) < 3.0


@pytest.mark.parametrize("seed", [1, 8])
def test_another_seed_is_another_market(seed: int) -> None:
    """Nothing but the seed decides."""
    other = Generator(seed, generated_universe(seed, 80, NOW_MS).traits)
    assert not np.array_equal(other.bars([0], NOW, 12), MARKET.bars([0], NOW, 12))


def test_neighbouring_days_meet() -> None:
    """A day opens about where the day before closed."""
    midnight = NOW_MS // DAY * (DAY // BASE_MS)
    bars = MARKET.bars(slice(0, 50), midnight - 1, 2)
    assert np.all(np.abs(bars[OPEN, :, 1] / bars[CLOSE, :, 0] - 1) < 0.002)

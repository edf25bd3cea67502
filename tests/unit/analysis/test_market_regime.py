"""Every symbol, and the market as a whole, is in one regime, or in none that is known."""

import numpy as np
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.market_regime import (
    VOLATILITY_BARS,
    MarketRegime,
    Regime,
    WholeMarket,
    find_regime,
    newest_volatility_rank,
)
from eliteflow.analysis.trend_monitor import Direction, TrendMonitor
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import hostile_series, panel_of, random_walk, with_young_head
from tests.unit.analysis.views import indicators_of, trends_of

H1 = Timeframe.H1
NAN = float("nan")
NEEDED = ("ema_20", "ema_50", "atr", "adx", "volatility_rank")

Row = tuple[int, float, float, float]


def regime_of(*rows: Row) -> MarketRegime:
    """Return the regimes of symbols by direction, ADX, close over EMA50, and volatility rank."""
    names = [f"S{number}" for number in range(len(rows))]
    trends = trends_of(H1, {name: (row[0], 0.5) for name, row in zip(names, rows, strict=True)})
    trends.adx[:] = [row[1] for row in rows]
    values = {
        name: {"close": 100 + row[2], "ema_50": 100.0, "adx": row[1], "volatility_rank": row[3]}
        for name, row in zip(names, rows, strict=True)
    }
    return find_regime(trends, indicators_of(H1, values))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((1, 30, 1, 0.9), Regime.TRENDING),
        ((-1, 30, 1, 0.1), Regime.TRENDING),
        ((0, 15, 1, 0.8), Regime.VOLATILE),
        ((0, 15, 1, 0.79), Regime.RANGING),
        ((-2, NAN, 1, 0.9), None),
        ((0, 15, 1, NAN), None),
        ((1, 30, 1, NAN), None),
    ],
)
def test_a_symbol_trends_or_is_volatile_or_ranges(row: Row, expected: Regime | None) -> None:
    """A trend comes first; what is not known leaves the regime unknown."""
    assert regime_of(row).of("S0") == expected


def test_a_symbol_that_is_not_here_has_none() -> None:
    """It is not judged."""
    assert regime_of((1, 30, 1, 0.5)).of("XUSDT") is None


@pytest.mark.parametrize(
    ("adx", "up", "rank", "expected"),
    [
        (25, 6, 0.9, (Regime.TRENDING, Direction.UP)),
        (25, 4, 0.9, (Regime.TRENDING, Direction.DOWN)),
        (25, 5, 0.9, (Regime.VOLATILE, None)),
        (24.9, 10, 0.8, (Regime.VOLATILE, None)),
        (40, 5, 0.79, (Regime.RANGING, None)),
    ],
)
def test_the_market_trends_when_most_symbols_go_the_same_way(
    adx: float, up: int, rank: float, expected: tuple[Regime, Direction | None]
) -> None:
    """Movement without a common direction is no trend of the market."""
    rows: list[Row] = [(0, adx, 1 if number < up else -1, rank) for number in range(10)]
    whole = regime_of(*rows).whole
    assert (whole.regime, whole.direction) == expected


def test_the_market_is_measured_over_the_symbols_that_are_known() -> None:
    """Parts are parts of them."""
    whole = regime_of((1, 30, 1, 0.5), (-1, 20, -1, 0.1), (0, 10, -1, 0.9), (0, 40, 1, 0.25), (1, 90, 1, NAN)).whole
    assert whole == WholeMarket(4, Regime.RANGING, None, 0.5, 0.25, 0.25, 0.25, 25.0, 0.375)


def test_a_market_of_which_nothing_is_known_has_no_numbers() -> None:
    """Nor has one without symbols."""
    assert regime_of((-2, NAN, 1, NAN)).whole == WholeMarket(0, *(None,) * 8)
    assert regime_of((-2, NAN, 1, NAN)).of("S0") is None


def test_it_fits_what_engine_and_monitor_return() -> None:
    """A series that never moved ranges; 119 bars are one too few."""
    engine = EliteTechnicalEngine()
    for bars, expected in ((130, Regime.RANGING), (119, None)):
        market = engine.calculate_market(panel_of(hostile_series(bars)["flat"], random_walk(bars)), NEEDED)
        found = find_regime(TrendMonitor(engine).update(market), market)
        assert found.of("S0USDT") == expected
        assert found.whole.symbols == (2 if expected else 0)


def test_trends_of_other_symbols_are_refused() -> None:
    """Rows would be taken for others."""
    with pytest.raises(ValueError, match="same symbols"):
        find_regime(trends_of(H1, {"A": (1, 0.5)}), indicators_of(H1, {"B": {"ema_50": 1.0, "adx": 20.0}}), np.ones(1))


def test_the_volatility_rank_of_closes_is_the_engines() -> None:
    """To the bit, from the newest 120 of them; with fewer there is none."""
    panel = panel_of(random_walk(300), random_walk(300, seed=8), with_young_head(random_walk(300, seed=9), 190))
    expected = EliteTechnicalEngine().calculate_market(panel, ("volatility_rank",)).latest("volatility_rank")
    np.testing.assert_array_equal(newest_volatility_rank(panel.close), expected)
    assert np.isnan(expected[2])
    assert np.isnan(newest_volatility_rank(panel.close[:, : VOLATILITY_BARS - 1])).all()

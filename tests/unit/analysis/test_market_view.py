"""A view shows the market in one order, at one instant, and says what is not there."""

from collections.abc import Callable

import numpy as np
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.market_view import MarketView
from eliteflow.analysis.trend_monitor import TrendMonitor
from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import panel_of, random_walk
from tests.unit.analysis.views import NOW_MS, indicators_of, trends_of, view_of

H1, M5 = Timeframe.H1, Timeframe.M5
NAN = float("nan")


def test_every_array_has_the_order_of_the_view() -> None:
    """A symbol that a timeframe lacks is NaN, unknown, without a bar there."""
    view = view_of(
        indicators_of(M5, {"A": {"rsi": 1}, "B": {"rsi": 2}, "C": {"rsi": 3}}),
        indicators_of(H1, {"C": {"rsi": 30, "close": 7}, "A": {"rsi": 10, "close": 5}}),
        trends=(trends_of(H1, {"C": (1, 0.6), "A": (0, 0.0)}),),
    )
    assert view.indicator(M5, "rsi").tolist() == [1, 2, 3]
    np.testing.assert_array_equal(view.indicator(H1, "rsi"), [10, NAN, 30])
    np.testing.assert_array_equal(view.candle(H1, "close"), [5, NAN, 7])
    assert view.direction(H1).tolist() == [0, -2, 1]
    assert view.strength(H1).tolist() == [0, 0, 0.6]
    assert view.has_bar(H1).tolist() == [True, False, True]
    assert view.known_bars(H1).tolist() == [499, 0, 499]


def test_a_strategy_cannot_write_into_the_market() -> None:
    """Candles and indicators are shared with the next strategy."""
    view = view_of(indicators_of(M5, {"A": {"rsi": 1}}))
    for values in (view.candle(M5, "close"), view.indicator(M5, "rsi")):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 2


def test_an_older_bar_is_not_the_newest() -> None:
    """What ends before the bar that closed last is not there, whatever it holds."""
    late = indicators_of(M5, {"A": {"rsi": 1}}, at_ms=NOW_MS - M5.ms)
    assert not view_of(late).has_bar(M5).any()
    assert view_of(late).bar_ms(M5) == NOW_MS - M5.ms


def test_convergence_is_the_slowest_outputs() -> None:
    """Those that never converge do not count."""
    market = EliteTechnicalEngine().calculate_market(panel_of(random_walk(60)), ("ema_50", "sma_20", "obv"))
    view = MarketView(NOW_MS, market.symbols, indicators={H1: market})
    assert view.bars_needed(H1, ("sma_20", "obv")) == 20
    assert view.bars_needed(H1, ("ema_50", "sma_20")) == 396
    assert view.bars_needed(H1, ()) == 0


def test_structure_is_found_once_and_only_in_panels_that_are_there() -> None:
    """It is computed when first asked for."""
    panel = panel_of(random_walk(60))
    view = MarketView(NOW_MS, panel.symbols, indicators={}, panels={H1: panel})
    assert view.structure(H1) is view.structure(H1)
    assert view.structure(H1).panel is panel
    with pytest.raises(InvalidArgument):
        view.structure(M5)


def test_what_is_not_in_the_view_is_refused_by_name() -> None:
    """Another timeframe, output or column is an error that lists those that are there."""
    view = view_of(indicators_of(M5, {"A": {"rsi": 1}}))
    asked: list[Callable[[], object]] = [
        lambda: view.indicator(H1, "rsi"),
        lambda: view.indicator(M5, "atr"),
        lambda: view.candle(M5, "price"),
        lambda: view.direction(M5),
    ]
    for ask in asked:
        with pytest.raises(InvalidArgument):
            ask()


def test_it_is_made_of_what_engine_and_monitor_return() -> None:
    """The parts fit as they come, from a panel of many bars too."""
    engine, panel = EliteTechnicalEngine(), panel_of(random_walk(120), random_walk(120, seed=8))
    market = engine.calculate_market(panel)
    as_of_ms = int(panel.open_time_ms[-1]) + H1.ms
    view = MarketView(
        as_of_ms, panel.symbols, indicators={H1: market}, trends={H1: TrendMonitor(engine).update(market)}
    )
    np.testing.assert_array_equal(view.indicator(H1, "rsi"), market.latest("rsi"))
    np.testing.assert_array_equal(view.candle(H1, "high"), panel.high[:, -1])
    assert view.has_bar(H1).all()
    assert view.timeframes == (H1,)

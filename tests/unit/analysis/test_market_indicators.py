"""The indicators of a panel are read by output and symbol, and say what has converged."""

import numpy as np
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.errors import InvalidArgument
from tests.unit.analysis.analysis_series import panel_of, random_walk, with_young_head

SERIES = random_walk(400)
PANEL = panel_of(SERIES, with_young_head(SERIES, 4), with_young_head(SERIES, 5), np.full((5, 400), np.nan))
MARKET = EliteTechnicalEngine().calculate_market(PANEL, ("ema_50", "sma_20", "obv"))


def test_it_stands_for_its_panel() -> None:
    """Symbols, timeframe and times are the panel's; outputs come in the order asked for."""
    assert MARKET.symbols == PANEL.symbols
    assert MARKET.timeframe == PANEL.timeframe
    assert MARKET.open_time_ms is PANEL.open_time_ms
    assert MARKET.outputs == ("ema_50", "sma_20", "obv")
    assert MARKET.known_bars.tolist() == [400, 396, 395, 0]


def test_latest_is_the_newest_bar_of_every_symbol() -> None:
    """NaN where nothing is known."""
    np.testing.assert_array_equal(MARKET.latest("sma_20"), MARKET["sma_20"][:, -1])
    assert np.isnan(MARKET.latest("sma_20")[3])


def test_convergence_is_judged_by_each_series_known_bars() -> None:
    """EMA50 needs 396 of them, a fixed window its own length, OBV never gets there."""
    assert MARKET.converged("ema_50").tolist() == [True, True, False, False]
    assert MARKET.converged("sma_20").tolist() == [True, True, True, False]
    assert not MARKET.converged("obv").any()


def test_at_gives_all_outputs_of_one_symbol() -> None:
    """Plain floats by output name."""
    newest = MARKET.at("S1USDT")
    assert list(newest) == ["ema_50", "sma_20", "obv"]
    assert newest["ema_50"] == MARKET["ema_50"][1, -1]
    with pytest.raises(KeyError):
        MARKET.at("BTCUSDT")


@pytest.mark.parametrize("read", [MARKET.__getitem__, MARKET.latest, MARKET.converged])
def test_an_output_that_was_not_computed_is_refused(read: object) -> None:
    """The error lists those that were."""
    assert callable(read)
    with pytest.raises(InvalidArgument) as refused:
        read("rsi")
    assert refused.value.wanted == "ema_50, sma_20, obv"

"""The further indicators equal their plain definitions, for one frame and for the market."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.further_indicators import FURTHER
from eliteflow.errors import InvalidArgument
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis import plain_reference as plain
from tests.unit.analysis.analysis_series import (
    START_MS,
    Array,
    frame_of,
    hostile_series,
    panel_of,
    random_walk,
    recorded_series,
    with_young_head,
)

ENGINE = EliteTechnicalEngine()
HOUR_MS = Timeframe.H1.ms
NAMES = tuple(indicator.name for indicator in FURTHER)
HOSTILE = hostile_series()

Columns = list[list[float]]
# By output, from OHLCV and open times as lists.
PLAIN: dict[str, Callable[[Columns], list[float | None] | list[float]]] = {
    "supertrend": lambda c: plain.supertrend(c[1], c[2], c[3], 10, 3.0)[0],
    "supertrend_trend": lambda c: plain.supertrend(c[1], c[2], c[3], 10, 3.0)[1],
    "keltner_upper": lambda c: plain.keltner(c[1], c[2], c[3], 20, 10, 2.0)[0],
    "keltner_middle": lambda c: plain.keltner(c[1], c[2], c[3], 20, 10, 2.0)[1],
    "keltner_lower": lambda c: plain.keltner(c[1], c[2], c[3], 20, 10, 2.0)[2],
    "donchian_upper": lambda c: plain.donchian(c[1], c[2], 20)[0],
    "donchian_middle": lambda c: plain.donchian(c[1], c[2], 20)[1],
    "donchian_lower": lambda c: plain.donchian(c[1], c[2], 20)[2],
    "rolling_vwap": lambda c: plain.rolling_vwap(c[1], c[2], c[3], c[4], 20),
    "session_vwap": lambda c: plain.session_vwap(c[1], c[2], c[3], c[4], c[5]),
    "volume_zscore": lambda c: plain.volume_zscore(c[4], 20),
    "regression_slope": lambda c: plain.regression_slope(c[3], 20),
    "realised_volatility": lambda c: plain.realised_volatility(c[3], 20),
    "volatility_rank": lambda c: plain.volatility_rank(c[3], 20, 100),
}


def plain_values(output: str, series: Array) -> Array:
    """Return the reference's values of one output, NaN where it has none, and over an unknown head."""
    head = int(np.isnan(series[3]).sum())
    times = START_MS + np.arange(series.shape[1]) * HOUR_MS
    columns = [*series[:, head:].tolist(), times[head:].astype(float).tolist()]
    fill = 0.0 if output == "supertrend_trend" else np.nan
    values = PLAIN[output](columns) if columns[0] else []
    return np.array([fill] * head + [np.nan if value is None else value for value in values])


def assert_is_plain(found: Array, output: str, series: Array) -> None:
    """Compare to 1e-9 of the price, volume or number that the output is measured in."""
    np.testing.assert_allclose(found, plain_values(output, series), rtol=1e-9, atol=1e-12, err_msg=output)


@pytest.mark.parametrize("output", PLAIN)
def test_each_output_equals_its_plain_definition(output: str) -> None:
    """Random markets, and a young listing beside them."""
    walks = [random_walk(160, seed=seed, volatility=0.02) for seed in range(3)]
    series = [*walks, with_young_head(walks[0], 30), with_young_head(walks[1], 158)]
    market = ENGINE.calculate_market(panel_of(*series), NAMES)
    for row, one in enumerate(series):
        assert_is_plain(market[output][row], output, one)


@pytest.mark.recorded
def test_recorded_series_equal_the_plain_definition(recorded_data: Path) -> None:
    """Hours of October 2025 with the crash in them."""
    recorded = recorded_series(recorded_data / "klines/um_1h_20250929-20251026_8f.parquet", every=60)
    series = {symbol: np.ascontiguousarray(one[:, :400]) for symbol, one in recorded.items() if one.shape[1] >= 400}
    assert len(series) >= 3
    market = ENGINE.calculate_market(panel_of(*series.values(), symbols=tuple(series)), NAMES)
    for output in PLAIN:
        for row, one in enumerate(series.values()):
            assert_is_plain(market[output][row], output, one)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_series_equal_the_plain_definition_without_a_warning(name: str) -> None:
    """Flat, empty, tiny and huge series have defined values; warnings are errors in this suite."""
    series = HOSTILE[name]
    market = ENGINE.calculate_market(panel_of(series, random_walk(120)), NAMES)
    for output in set(PLAIN) - {"regression_slope", "volume_zscore"}:
        np.testing.assert_allclose(market[output][0], plain_values(output, series), rtol=1e-9, err_msg=output)
    for output in ("regression_slope", "volume_zscore"):
        assert_is_plain(market[output][0], output, series)


def test_a_series_that_never_moved_has_no_slope_no_volatility_and_no_score() -> None:
    """0 where nothing moves, to the last bit, and no number where there is nothing to compare with."""
    newest = ENGINE.calculate_market(panel_of(HOSTILE["flat"] * 1.1), NAMES).at("S0USDT")
    assert newest["regression_slope"] == 0
    assert newest["realised_volatility"] == 0
    assert np.isnan(newest["volume_zscore"])


def test_the_session_begins_at_midnight_utc_and_only_with_its_first_bar() -> None:
    """START_MS is 21:00: three hours without a value, then each day's first value is that bar's typical price."""
    series = random_walk(60)
    vwap = ENGINE.calculate("session_vwap", frame_of(series)).to_numpy()
    typical = series[1:4].mean(axis=0)
    assert np.isnan(vwap[:3]).all()
    np.testing.assert_allclose(vwap[[3, 27, 51]], typical[[3, 27, 51]], rtol=1e-12)
    assert np.isfinite(vwap[3:]).all()


def test_a_value_that_is_not_there_is_not_converged() -> None:
    """A session VWAP is known from midnight on; a day begun before the first bar has none to trust."""
    early, late = panel_of(random_walk(3)), panel_of(random_walk(4))
    assert not ENGINE.calculate_market(early, ("session_vwap",)).converged("session_vwap").any()
    assert ENGINE.calculate_market(late, ("session_vwap",)).converged("session_vwap").all()


def test_supertrend_is_never_flagged_converged() -> None:
    """Where a stop stands depends on when the path began, by no bounded number of bars."""
    market = ENGINE.calculate_market(panel_of(random_walk(499)), ("supertrend", "keltner", "donchian"))
    assert not market.converged("supertrend").any()
    assert market.converged("keltner_upper").all()
    assert market.converged("donchian_upper").all()


def test_times_come_from_the_index_or_from_a_column() -> None:
    """An index with another zone or none means the same instants; one that is not of times is refused."""
    frame = frame_of(random_walk(60))
    index = pd.DatetimeIndex(frame.index)
    expected = ENGINE.calculate("session_vwap", frame).to_numpy()
    milliseconds = index.as_unit("ms").asi8
    for same in (
        frame.set_axis(index.tz_convert("Asia/Shanghai")),
        frame.set_axis(index.tz_localize(None)),
        frame.reset_index(drop=True).assign(open_time_ms=milliseconds),
    ):
        np.testing.assert_array_equal(ENGINE.calculate("session_vwap", same).to_numpy(), expected)
    with pytest.raises(InvalidArgument) as refused:
        ENGINE.calculate("session_vwap", frame.reset_index(drop=True))
    assert refused.value.name == "frame.index"


@pytest.mark.parametrize(
    "name", ["volume_zscore_1", "regression_slope_1", "rolling_vwap_0", "realised_volatility_0", "volatility_rank_20_1"]
)
def test_periods_too_short_for_the_formula_are_refused(name: str) -> None:
    """A deviation and a slope need two bars, the rest one."""
    with pytest.raises(InvalidArgument):
        ENGINE.calculate(name, frame_of(random_walk(30)))


@pytest.mark.parametrize("indicator", FURTHER, ids=lambda indicator: indicator.name)
def test_the_first_value_comes_when_the_table_says(indicator: object) -> None:
    """The warm-up in the registry is where the first value of a whole day stands."""
    entry = next(known for known in FURTHER if known is indicator)
    panel = panel_of(random_walk(150)[:, 3:])
    panel = type(panel)(panel.timeframe, panel.symbols, panel.open_time_ms + 3 * HOUR_MS, panel.values)
    first = ENGINE.calculate_market(panel, (entry.name,))[entry.outputs[0]][0]
    assert int(np.isfinite(first).argmax()) == entry.warm_up

"""The engine gives what TA-Lib gives on recorded markets."""

from pathlib import Path

import numpy as np
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from tests.unit.analysis.analysis_series import (
    panel_of,
    recorded_series,
    same_bits,
)
from tests.unit.analysis.talib_calls import EXPECTED_CALLS, by_talib

ENGINE = EliteTechnicalEngine()


@pytest.mark.recorded
@pytest.mark.parametrize(
    "file",
    [
        "market530/5m.parquet",
        "klines/um_15m_20251006-20251021.parquet",
        "klines/um_1h_20250929-20251026_8f.parquet",
        "klines/um_5m_20251001-20251024_top80.parquet",
    ],
)
def test_recorded_markets_are_equal_to_talib(recorded_data: Path, file: str) -> None:
    """Every recorded series gives TA-Lib's bits for the whole default set."""
    recorded = recorded_series(recorded_data / file)
    bars = 499
    series = {symbol: np.ascontiguousarray(one[:, -bars:]) for symbol, one in recorded.items() if one.shape[1] >= bars}
    assert series
    market = ENGINE.calculate_market(panel_of(*series.values(), symbols=tuple(series)))
    for output, (function, columns, arguments, place) in EXPECTED_CALLS.items():
        expected = [by_talib(function, columns, arguments, place, one) for one in series.values()]
        assert same_bits(market[output], np.stack(expected)), output

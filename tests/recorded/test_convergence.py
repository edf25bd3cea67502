"""The number of bars to convergence holds on recorded markets."""

from pathlib import Path

import numpy as np
import pytest

from eliteflow.analysis import convergence
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from tests.unit.analysis.analysis_series import panel_of, recorded_series
from tests.unit.analysis.worst_error import BOUNDED, worst_error

ENGINE = EliteTechnicalEngine()


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("file", "every"),
    [
        ("market530/5m.parquet", 40),
        ("klines/um_15m_20251006-20251021.parquet", 20),
        ("klines/um_1h_20250929-20251026_8f.parquet", 20),
    ],
)
def test_the_default_set_is_within_the_tolerance_on_recorded_markets(
    recorded_data: Path, file: str, every: int
) -> None:
    """Also when the seed was taken in the crash of 2025-10-10."""
    recorded = recorded_series(recorded_data / file, every=every)
    chosen = [i for i in ENGINE.indicators()[:13] if i in BOUNDED]
    for symbol, series in recorded.items():
        for indicator in chosen:
            error = worst_error(indicator, series, ends=range(340, series.shape[1], 97))
            assert error <= convergence.TOLERANCE, (symbol, indicator.name)


@pytest.mark.recorded
def test_an_old_anchor_and_a_full_panel_agree_wherever_converged(recorded_data: Path) -> None:
    """Values that follow from 1,728 bars are within 1e-9 of those from the newest 499 that the store keeps."""
    recorded = list(recorded_series(recorded_data / "market530/5m.parquet", every=40).values())
    old = ENGINE.calculate_market(panel_of(*recorded))
    kept = ENGINE.calculate_market(panel_of(*(np.ascontiguousarray(series[:, -499:]) for series in recorded)))
    for output in kept.outputs:
        size = np.nanmean(np.abs(old[output][:, -100:]), axis=1)
        error = np.abs(kept.latest(output) - old.latest(output))
        assert (error[kept.converged(output)] <= 1e-9 * size[kept.converged(output)]).all(), output
    assert not kept.converged("obv").any()

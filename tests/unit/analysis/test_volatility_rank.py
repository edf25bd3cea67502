"""The rank of a series' volatility among its own past; its plain definition is tested with the other indicators."""

import numpy as np

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from tests.unit.analysis.analysis_series import frame_of, panel_of, random_walk

ENGINE = EliteTechnicalEngine()


def test_the_wildest_window_is_above_all_others_and_the_calmest_above_none() -> None:
    """A burst at the end ranks 1; a silence after it sinks to 0."""
    walk = random_walk(200)
    burst, silence = walk.copy(), walk.copy()
    burst[3, -1] = walk[3, -2] * 2
    silence[3, -40:] = walk[3, -41]
    assert ENGINE.calculate("volatility_rank", frame_of(burst)).iloc[-1] == 1
    assert ENGINE.calculate("volatility_rank", frame_of(silence)).iloc[-1] == 0


def test_it_depends_on_its_window_alone() -> None:
    """To the bit, wherever the series began."""
    walk = random_walk(300)
    whole = ENGINE.calculate_market(panel_of(walk), ("volatility_rank",))
    window = ENGINE.calculate_market(panel_of(np.ascontiguousarray(walk[:, -120:])), ("volatility_rank",))
    assert whole.latest("volatility_rank") == window.latest("volatility_rank")
    assert window.converged("volatility_rank").all()

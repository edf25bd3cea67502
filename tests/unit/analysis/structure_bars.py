"""Short series, written out by hand, for the tests of structure."""

import numpy as np

from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import Array, panel_of


def row(*prices: float) -> Array:
    """Return one series, shape (1, bars)."""
    return np.array([prices], np.float64)


def panel_of_bars(*bars: tuple[float, float, float, float]) -> Panel:
    """Return a panel of one series of (open, high, low, close)."""
    return panel_of(np.array([(*bar, 1.0) for bar in bars]).T, timeframe=Timeframe.M5)

"""When a market trends: one rule over whole arrays, with hysteresis.

spread = (EMA20 - EMA50) / ATR14, how far the fast mean is from the slow one in average ranges.
A trend begins at a bar with |spread| >= 0.25 and ADX14 >= 25, in the direction of the spread.
It ends at a bar with spread on the other side of zero, or ADX14 < 20. In between it stays as it was.
Its strength, 0–1, is the geometric mean of ADX14 / 50 and |spread| / 2, each at most 1.

25 and 20 are Wilder's (New Concepts in Technical Trading Systems, 1978). On the recorded hours of October 2025 half of
all bars have |spread| > 0.6 and one in ten > 1.6.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.market_indicators import MarketIndicators

INPUTS = ("ema_20", "ema_50", "adx", "atr")
"""Outputs of the engine that the rule reads."""

UP, FLAT, DOWN, UNKNOWN = 1, 0, -1, -2
"""Directions in arrays; UNKNOWN before all inputs are known."""

BEGIN_ADX, END_ADX = 25.0, 20.0
BEGIN_SPREAD = 0.25
FULL_ADX, FULL_SPREAD = 50.0, 2.0

Direction8 = NDArray[np.int8]


class Evidence(NamedTuple):
    """What the rule reads at each bar: `spread` and `adx`, shape (symbols, bars), NaN where not known."""

    spread: NDArray[np.float64]
    adx: NDArray[np.float64]

    @classmethod
    def of(cls, indicators: MarketIndicators) -> "Evidence":
        """Return it for all bars of `indicators`; a series without movement (ATR 0) has spread 0."""
        atr = indicators["atr"]
        difference = indicators["ema_20"] - indicators["ema_50"]
        return cls(np.divide(difference, atr, out=difference * 0, where=atr > 0), indicators["adx"])

    def with_past(self, rows: NDArray[np.intp], past: "Evidence") -> "Evidence":
        """Return this, of the newest bars, with the bars before them that `past` knows of the series at `rows`.

        past: shape (rows, bars), ending with the same bar. The other series are not known before their newest bars.
        """
        return Evidence(*(_with_past(here, rows, before) for here, before in zip(self, past, strict=True)))

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """At which bars the rule can judge, shape (symbols, bars)."""
        return ~(np.isnan(self.adx) | np.isnan(self.spread))


def directions(evidence: Evidence, before: Direction8) -> Direction8:
    """Return the direction at each bar, shape (symbols, bars).

    before: directions (symbols,) that hold until the first bar that begins or ends a trend; FLAT if not known.
    """
    spread, adx = evidence
    is_strong = adx >= BEGIN_ADX
    is_weak = adx < END_ADX
    rises = _holds(is_strong & (spread >= BEGIN_SPREAD), is_weak | (spread <= 0), before == UP)
    falls = _holds(is_strong & (spread <= -BEGIN_SPREAD), is_weak | (spread >= 0), before == DOWN)
    return np.where(evidence.is_known, rises.view(np.int8) - falls.view(np.int8), np.int8(UNKNOWN))


def _with_past(newest: NDArray[np.float64], rows: NDArray[np.intp], past: NDArray[np.float64]) -> NDArray[np.float64]:
    bars = newest.shape[1]
    whole = np.full((len(newest), max(bars, past.shape[1])), np.nan)
    whole[rows, -past.shape[1] :] = past
    whole[:, -bars:] = newest
    return whole


def _holds(begins: NDArray[np.bool_], ends: NDArray[np.bool_], before: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return at which bars a state holds that begins and ends at the marks, (symbols, bars); no bar has both marks.

    It holds where the last mark is a beginning, found for all bars at once: a running maximum of the marks' positions.
    """
    places = _places(begins.shape[1])
    last_begin = np.maximum.accumulate(begins * places, axis=1)
    last_end = np.maximum.accumulate(ends * places, axis=1)
    held: NDArray[np.bool_] = (last_begin > last_end) | (before[:, None] & (last_begin == last_end))
    return held


def newest_strength(evidence: Evidence, direction: Direction8) -> NDArray[np.float64]:
    """Return the strength at the newest bar, shape (symbols,); 0 where `direction`, of the same shape, is no trend."""
    spread, adx = evidence.spread[:, -1], evidence.adx[:, -1]
    strength = np.sqrt(np.minimum(adx / FULL_ADX, 1) * np.minimum(np.abs(spread) / FULL_SPREAD, 1))
    return np.where(abs(direction) == UP, strength, 0.0)


def run_starts(direction: Direction8, bars: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each row the bar at which the direction of its bar `bars` began, shape (symbols,)."""
    places = _places(direction.shape[1] - 1)
    begins = (direction[:, 1:] != direction[:, :-1]) & (places <= bars[:, None])
    return np.max(places * begins, axis=1, initial=0).astype(np.int64)


def _places(bars: int) -> NDArray[np.signedinteger]:
    """Return 1 … bars in the shortest type that holds them, which saves a third of the time."""
    return np.arange(1, bars + 1, dtype=np.min_scalar_type(-bars - 1))

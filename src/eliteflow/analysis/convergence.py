"""After how many bars a value no longer depends on where its series began.

An exponential mean keeps `1 - alpha` of its past at every bar, so a wrong seed fades but never ends. Through `stages`
such means in a row, the part of the seed's error that is left after k bars is P(Binomial(k, alpha) < stages), the
impulse response of the cascade summed from k on: (1 - alpha)^k for one stage. A value has converged when the part
left, times the error that the seed may have had, is at most 1e-6.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from eliteflow.analysis.talib_library import FunctionFacts, Number

TOLERANCE = 1e-6
"""The largest error of a converged value, relative to the mean size of its output over the last 100 bars."""

# A mean of prices is seeded with prices: it is off by at most about the price itself.
PRICE_SEED_ERROR = 1.0
# What measures movement may be seeded in a crash and read in a calm, and is then off by a large multiple of itself.
# 10 leaves 2.8e-6 on the recorded market, 100 leaves 3e-7.
MOVEMENT_SEED_ERROR = 100.0

_PRICES = ("open", "high", "low", "close")


class Means(NamedTuple):
    """The exponential means inside a function: which periods they have, and how many stand in a row.

    ema: parameters, or fixed numbers, p with alpha = 2 / (p + 1).
    wilder: parameters, or fixed numbers, p with alpha = 1 / p.
    """

    ema: tuple[str | int, ...] = ()
    wilder: tuple[str | int, ...] = ()
    stages: int = 1


_EMA = Means(ema=("timeperiod",))
_WILDER = Means(wilder=("timeperiod",))

# By TA-Lib's function name. A function that is neither here nor below, nor told to use such a mean by a `matype`,
# looks back over a fixed window.
_MEANS: Mapping[str, Means] = {
    "EMA": _EMA,
    "ERI": _EMA,
    "EFI": _EMA,
    "CVI": _EMA,
    "ZLEMA": _EMA,
    "DEMA": _EMA._replace(stages=2),
    "TEMA": _EMA._replace(stages=3),
    "TRIX": _EMA._replace(stages=3),
    "T3": _EMA._replace(stages=6),
    "MACD": Means(ema=("fastperiod", "slowperiod", "signalperiod"), stages=2),
    "MACDFIX": Means(ema=(26, "signalperiod"), stages=2),
    "MASSI": Means(ema=("fastperiod",), stages=2),
    "TSI": Means(ema=("firstperiod", "secondperiod"), stages=2),
    "SMI": Means(ema=("fastperiod", "slowperiod", "signalperiod"), stages=3),
    "KC": Means(ema=("timeperiod",), wilder=("atrperiod",)),
    "RMA": _WILDER,
    "ATR": _WILDER,
    "NATR": _WILDER,
    "RSI": _WILDER,
    "RVI": _WILDER,
    "CMO": _WILDER,
    "DX": _WILDER,
    "PLUS_DI": _WILDER,
    "MINUS_DI": _WILDER,
    "PLUS_DM": _WILDER,
    "MINUS_DM": _WILDER,
    "STOCHRSI": _WILDER,
    "ADX": _WILDER._replace(stages=2),
    "ADXR": _WILDER._replace(stages=2),
    "HA": Means(wilder=(2,)),
}

# Means that a `matype` parameter may choose, by TA-Lib's number; the rest look back over a fixed window.
_MEAN_TYPES: Mapping[int, Means] = {
    1: _EMA,
    3: _EMA._replace(stages=2),
    4: _EMA._replace(stages=3),
    8: _EMA._replace(stages=6),
    12: _EMA,
    13: _WILDER,
}

# No number of bars bounds the error: the rate adapts to the prices, the value counts from the first bar, or (11) the
# mean is left to the function's own choice.
_UNBOUNDED = frozenset(
    {"KAMA", "MAMA", "HT_DCPERIOD", "HT_DCPHASE", "HT_PHASOR", "HT_SINE", "HT_TRENDLINE", "HT_TRENDMODE"}
    | {"MAXINDEX", "MININDEX", "MINMAXINDEX"}
)
_UNBOUNDED_MEAN_TYPES = frozenset({6, 7, 11})


@dataclass(frozen=True, slots=True)
class Recursion:
    """`stages` exponential means in a row, the slowest of which has the weight `alpha` for each new bar."""

    alpha: float
    stages: int = 1

    def remaining(self, bars: int) -> float:
        """Return the part of the seed's error that is left after `bars` bars, 0–1."""
        if bars < self.stages:
            return 1.0
        if self.alpha >= 1:
            return 0.0
        odds = self.alpha / (1 - self.alpha)
        term = (1 - self.alpha) ** bars
        total = term
        for successes in range(1, self.stages):
            term *= odds * (bars - successes + 1) / successes
            total += term
        return total

    def bars_until(self, part: float) -> int:
        """Return the smallest number of bars after which at most `part` of the seed's error is left."""
        high = 1
        while self.remaining(high) > part:
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.remaining(middle) > part else (low, middle)
        return high


def converges_after(
    function: FunctionFacts, parameters: Mapping[str, Number], lookback: int, *, inputs: tuple[str, ...]
) -> int | None:
    """Return the number of bars from which on the function's newest value is converged; None where there is none.

    lookback: bars before the first value, the seed's own bars.
    inputs: the columns it is computed from; a mean of volumes may be off by more than a mean of prices.
    """
    if function.is_path_dependent or function.name in _UNBOUNDED or _UNBOUNDED_MEAN_TYPES & set(_types(parameters)):
        return None
    recursion = _recursion(function.name, parameters)
    if recursion is None:
        return lookback + 1
    is_price = function.has_price_scale and set(inputs) <= set(_PRICES)
    seed_error = PRICE_SEED_ERROR if is_price else MOVEMENT_SEED_ERROR
    return lookback + 1 + recursion.bars_until(TOLERANCE / seed_error)


def _recursion(name: str, parameters: Mapping[str, Number]) -> Recursion | None:
    """Return all the function's means as one cascade: its slowest weight, and its stages together."""
    chain = [(means, parameters) for means in _own_means(name)] + list(_chosen_means(parameters))
    alphas = [alpha for means, periods in chain for alpha in _alphas(means, periods)]
    return Recursion(min(alphas), sum(means.stages for means, _ in chain)) if alphas else None


def _own_means(name: str) -> tuple[Means, ...]:
    return (_MEANS[name],) if name in _MEANS else ()


def _chosen_means(parameters: Mapping[str, Number]) -> Iterator[tuple[Means, Mapping[str, Number]]]:
    """Yield the means chosen by `matype` parameters, each with the period that belongs to it."""
    for name, value in parameters.items():
        if name.endswith("matype") and (means := _MEAN_TYPES.get(int(value))):
            own = name.replace("matype", "period")
            periods = [parameters[own]] if own in parameters else [v for p, v in parameters.items() if "period" in p]
            yield means, {"timeperiod": max(periods)}


def _alphas(means: Means, parameters: Mapping[str, Number]) -> Iterator[float]:
    for period in means.ema:
        yield 2 / (_length(period, parameters) + 1)
    for period in means.wilder:
        yield 1 / _length(period, parameters)


def _length(period: str | int, parameters: Mapping[str, Number]) -> Number:
    return period if isinstance(period, int) else parameters[period]


def _types(parameters: Mapping[str, Number]) -> Iterator[int]:
    return (int(value) for name, value in parameters.items() if name.endswith("matype"))

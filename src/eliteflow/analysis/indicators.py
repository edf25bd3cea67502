"""The indicators that eliteflow names itself. Every other function of TA-Lib is there under its own name."""

import numpy as np

from eliteflow.analysis.further_indicators import FURTHER
from eliteflow.analysis.indicator import Indicator
from eliteflow.analysis.kernels import FormulaKernel, TalibKernel
from eliteflow.analysis.talib_indicator import from_talib
from eliteflow.analysis.talib_library import Array

DEFAULT_SET = (
    *("ema_9", "ema_20", "ema_50", "sma_20", "rsi", "macd", "bollinger", "bollinger_width", "bollinger_percent_b"),
    *("atr", "adx", "stoch", "cci", "mfi", "obv"),
)
"""What `calculate_market` computes when nothing else is asked for."""

ALIASES = {
    "bbands": "bollinger",
    "bb": "bollinger",
    "bb_width": "bollinger_width",
    "kc": "keltner",
    "realized_volatility": "realised_volatility",
    "percent_b": "bollinger_percent_b",
    "stochastic": "stoch",
    "di_plus": "plus_di",
    "di_minus": "minus_di",
}
"""Other names that people know, and the names here."""


def _width(price: Array, upper: Array, middle: Array, lower: Array) -> Array:
    del price
    return np.asarray((upper - lower) / middle)


def _percent_b(price: Array, upper: Array, middle: Array, lower: Array) -> Array:
    del middle
    return np.asarray((price - lower) / (upper - lower))


_BANDS = ("upper", "middle", "lower")
_BOLLINGER = from_talib("bollinger", "BBANDS", columns=_BANDS, definition="Bollinger 2001: mean ± k deviations")

BUILT_IN = (
    from_talib("ema", "EMA", definition="seeded with the mean of its first bars"),
    from_talib("sma", "SMA"),
    from_talib("rsi", "RSI", definition="Wilder 1978"),
    from_talib(
        *("macd", "MACD"),
        outputs=("macd", "macd_signal", "macd_histogram"),
        columns=("macd", "signal", "histogram"),
        definition="Appel 1979",
    ),
    _BOLLINGER,
    Indicator(
        name="bollinger_width",
        title="Bollinger Band Width",
        outputs=("bollinger_width",),
        columns=("bollinger_width",),
        inputs=("close",),
        choosable={"price": 0},
        base="bollinger",
        parameters=_BOLLINGER.parameters,
        source="(upper - lower) / middle; Bollinger 2001",
        kernel=FormulaKernel(_width, TalibKernel(("BBANDS",))),
    ),
    Indicator(
        name="bollinger_percent_b",
        title="Bollinger %B",
        outputs=("bollinger_percent_b",),
        columns=("bollinger_percent_b",),
        inputs=("close",),
        choosable={"price": 0},
        base="bollinger",
        parameters=_BOLLINGER.parameters,
        source="(price - lower) / (upper - lower), NaN where the bands meet; Bollinger 2001",
        kernel=FormulaKernel(_percent_b, TalibKernel(("BBANDS",))),
    ),
    from_talib("atr", "ATR", definition="Wilder 1978"),
    from_talib(
        *("adx", "ADX", "PLUS_DI", "MINUS_DI"),
        title="Average Directional Movement Index with its two directions",
        outputs=("adx", "plus_di", "minus_di"),
        columns=("adx", "plus_di", "minus_di"),
        definition="Wilder 1978",
    ),
    from_talib("stoch", "STOCH", outputs=("stoch_k", "stoch_d"), columns=("k", "d"), definition="Lane 1950s, slow"),
    from_talib("cci", "CCI", definition="Lambert 1980"),
    from_talib("mfi", "MFI"),
    from_talib("obv", "OBV", definition="Granville 1963; counts from the first bar"),
    *FURTHER,
)

"""Every output of the default set, written out as a user of TA-Lib would."""

import numpy as np
import talib

from tests.unit.analysis.analysis_series import (
    Array,
)

# Every output of the default set, written out as a user of TA-Lib would.
EXPECTED_CALLS = {
    "ema_9": ("EMA", "c", (9,), 0),
    "ema_20": ("EMA", "c", (20,), 0),
    "ema_50": ("EMA", "c", (50,), 0),
    "sma_20": ("SMA", "c", (20,), 0),
    "rsi": ("RSI", "c", (14,), 0),
    "macd": ("MACD", "c", (12, 26, 9), 0),
    "macd_signal": ("MACD", "c", (12, 26, 9), 1),
    "macd_histogram": ("MACD", "c", (12, 26, 9), 2),
    "bollinger_upper": ("BBANDS", "c", (20, 2.0, 2.0, 0), 0),
    "bollinger_middle": ("BBANDS", "c", (20, 2.0, 2.0, 0), 1),
    "bollinger_lower": ("BBANDS", "c", (20, 2.0, 2.0, 0), 2),
    "atr": ("ATR", "hlc", (14,), 0),
    "adx": ("ADX", "hlc", (14,), 0),
    "plus_di": ("PLUS_DI", "hlc", (14,), 0),
    "minus_di": ("MINUS_DI", "hlc", (14,), 0),
    "stoch_k": ("STOCH", "hlc", (5, 3, 0, 3, 0), 0),
    "stoch_d": ("STOCH", "hlc", (5, 3, 0, 3, 0), 1),
    "cci": ("CCI", "hlc", (14,), 0),
    "mfi": ("MFI", "hlcv", (14,), 0),
    "obv": ("OBV", "cv", (), 0),
}


def by_talib(function: str, columns: str, arguments: tuple[float, ...], output: int, series: Array) -> Array:
    """Return one output of a TA-Lib function over one series, shape (bars,)."""
    inputs = [np.ascontiguousarray(series["ohlcv".index(column)]) for column in columns]
    result = getattr(talib, function)(*inputs, *arguments)
    return np.asarray(result[output] if isinstance(result, tuple) else result, np.float64)

"""The default set of indicators as tutorials compute it, with `rolling` and `ewm`, for one series."""

import numpy as np
import pandas as pd

from eliteflow.model.candle import OHLCV


def with_pandas(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Compute the same set as tutorials do it, with `rolling` and `ewm`."""
    high, low, close, volume = (frame[name] for name in OHLCV[1:])
    found = {f"ema_{span}": close.ewm(span=span, adjust=False).mean() for span in (9, 20, 50)}
    found["sma_20"] = close.rolling(20).mean()
    return found | _momentum(close) | _bands(close) | _direction(high, low, close) | _volume(high, low, close, volume)


def _wilder(series: pd.Series) -> pd.Series:
    return series.ewm(alpha=1 / 14, adjust=False).mean()


def _momentum(close: pd.Series) -> dict[str, pd.Series]:
    change = close.diff()
    rise, fall = _wilder(change.clip(lower=0)), _wilder(-change.clip(upper=0))
    macd = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
    signal = macd.ewm(span=9, adjust=False).mean()
    return {"rsi": 100 * rise / (rise + fall), "macd": macd, "macd_signal": signal, "macd_histogram": macd - signal}


def _bands(close: pd.Series) -> dict[str, pd.Series]:
    middle, deviation = close.rolling(20).mean(), close.rolling(20).std(ddof=0)
    upper, lower = middle + 2 * deviation, middle - 2 * deviation
    bands = {"upper": upper, "middle": middle, "lower": lower}
    return bands | {"width": (upper - lower) / middle, "percent_b": (close - lower) / (upper - lower)}


def _direction(high: pd.Series, low: pd.Series, close: pd.Series) -> dict[str, pd.Series]:
    before = close.shift()
    true_range = pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)
    up, down = high.diff(), -low.diff()
    atr = _wilder(true_range)
    plus_di = 100 * _wilder(up.where((up > down) & (up > 0), 0.0)) / atr
    minus_di = 100 * _wilder(down.where((down > up) & (down > 0), 0.0)) / atr
    adx = _wilder(100 * (plus_di - minus_di).abs() / (plus_di + minus_di))
    lowest, highest = low.rolling(5).min(), high.rolling(5).max()
    k = (100 * (close - lowest) / (highest - lowest)).rolling(3).mean()
    return {"atr": atr, "plus_di": plus_di, "minus_di": minus_di, "adx": adx, "k": k, "d": k.rolling(3).mean()}


def _volume(high: pd.Series, low: pd.Series, close: pd.Series, volume: pd.Series) -> dict[str, pd.Series]:
    typical = (high + low + close) / 3
    mean = typical.rolling(14).mean()
    deviation = typical.rolling(14).apply(lambda window: np.abs(window - window.mean()).mean(), raw=True)
    flow, change = typical * volume, typical.diff()
    inflow, outflow = flow.where(change > 0, 0.0).rolling(14).sum(), flow.where(change < 0, 0.0).rolling(14).sum()
    obv = (np.sign(close.diff()).fillna(0) * volume).cumsum()
    return {"cci": (typical - mean) / (0.015 * deviation), "mfi": 100 * inflow / (inflow + outflow), "obv": obv}

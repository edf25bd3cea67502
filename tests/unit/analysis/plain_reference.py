"""The further indicators once more, bar by bar in plain Python, from their definitions and not from our code.

Every function takes lists of one series and returns a list; None stands for no value.
"""

from math import log, sqrt

Values = list[float]
Result = list[float | None]


def true_ranges(high: Values, low: Values, close: Values) -> Values:
    """Return the true range of each bar; the first bar's is its own height."""
    before = [close[0], *close[:-1]]
    return [max(top, last) - min(bottom, last) for top, bottom, last in zip(high, low, before, strict=True)]


def wilder_atr(high: Values, low: Values, close: Values, period: int, first: int) -> Result:
    """Return the average true range, seeded at bar `first` with the mean of its last `period` true ranges."""
    ranges = true_ranges(high, low, close)
    averages: Result = [None] * len(close)
    for bar in range(first, len(close)):
        before = averages[bar - 1]
        seed = sum(ranges[bar - period + 1 : bar + 1]) / period
        averages[bar] = seed if before is None else (before * (period - 1) + ranges[bar]) / period
    return averages


def supertrend(high: Values, low: Values, close: Values, period: int, multiplier: float) -> tuple[Result, list[float]]:
    """Return the stop and the direction, 1 up, -1 down, 0 before the first value."""
    atr = wilder_atr(high, low, close, period, period)
    stops: Result = [None] * len(close)
    trends = [0.0] * len(close)
    upper = lower = 0.0
    for bar in range(period, len(close)):
        average = atr[bar]
        assert average is not None
        middle = (high[bar] + low[bar]) / 2
        new_upper, new_lower = middle + multiplier * average, middle - multiplier * average
        if bar == period:
            upper, lower, trend = new_upper, new_lower, 1.0
        else:
            upper = min(new_upper, upper) if close[bar - 1] <= upper else new_upper
            lower = max(new_lower, lower) if close[bar - 1] >= lower else new_lower
            trend = trends[bar - 1]
            if trend > 0 and close[bar] < lower:
                trend = -1.0
            elif trend < 0 and close[bar] > upper:
                trend = 1.0
        trends[bar] = trend
        stops[bar] = lower if trend > 0 else upper
    return stops, trends


def keltner(
    high: Values, low: Values, close: Values, period: int, atr_period: int, multiplier: float
) -> tuple[Result, Result, Result]:
    """Return the bands around the EMA of the typical prices; both means are seeded at the first bar that has both."""
    typical = [sum(prices) / 3 for prices in zip(high, low, close, strict=True)]
    first = max(period - 1, atr_period)
    atr = wilder_atr(high, low, close, atr_period, first)
    upper: Result = [None] * len(close)
    middle: Result = [None] * len(close)
    lower: Result = [None] * len(close)
    mean = 0.0
    for bar in range(first, len(close)):
        seed = sum(typical[bar - period + 1 : bar + 1]) / period
        mean = seed if bar == first else mean + 2 / (period + 1) * (typical[bar] - mean)
        average = atr[bar]
        assert average is not None
        upper[bar], middle[bar], lower[bar] = mean + multiplier * average, mean, mean - multiplier * average
    return upper, middle, lower


def donchian(high: Values, low: Values, period: int) -> tuple[Result, Result, Result]:
    """Return the highest high, the middle and the lowest low of the last `period` bars."""
    upper: Result = [None] * len(high)
    middle: Result = [None] * len(high)
    lower: Result = [None] * len(high)
    for bar in range(period - 1, len(high)):
        top, bottom = max(high[bar - period + 1 : bar + 1]), min(low[bar - period + 1 : bar + 1])
        upper[bar], middle[bar], lower[bar] = top, (top + bottom) / 2, bottom
    return upper, middle, lower


def rolling_vwap(high: Values, low: Values, close: Values, volume: Values, period: int) -> Result:
    """Return the volume-weighted typical price of the last `period` bars."""
    means: Result = [None] * len(close)
    for bar in range(period - 1, len(close)):
        window = range(bar - period + 1, bar + 1)
        traded = sum((high[place] + low[place] + close[place]) / 3 * volume[place] for place in window)
        total = sum(volume[place] for place in window)
        means[bar] = traded / total if total else None
    return means


def session_vwap(high: Values, low: Values, close: Values, volume: Values, open_time_ms: Values) -> Result:
    """Return the volume-weighted typical price since 00:00 UTC, where that bar is known."""
    means: Result = []
    traded = total = 0.0
    is_whole = False
    for bar, time_ms in enumerate(open_time_ms):
        if time_ms % 86_400_000 == 0:
            traded, total, is_whole = 0.0, 0.0, True
        traded += (high[bar] + low[bar] + close[bar]) / 3 * volume[bar]
        total += volume[bar]
        means.append(traded / total if is_whole and total else None)
    return means


def volume_zscore(volume: Values, period: int) -> Result:
    """Return the distance of the volume from its mean in standard deviations of the population."""
    scores: Result = [None] * len(volume)
    for bar in range(period - 1, len(volume)):
        window = volume[bar - period + 1 : bar + 1]
        mean = sum(window) / period
        deviation = sqrt(sum((one - mean) ** 2 for one in window) / period)
        scores[bar] = (volume[bar] - mean) / deviation if max(window) > min(window) else None
    return scores


def regression_slope(price: Values, period: int) -> Result:
    """Return the slope of the least-squares line through the logarithms, by the textbook's covariance."""
    slopes: Result = [None] * len(price)
    for bar in range(period - 1, len(price)):
        y = [log(one) for one in price[bar - period + 1 : bar + 1]]
        mean_x, mean_y = (period - 1) / 2, sum(y) / period
        covariance = sum((x - mean_x) * (one - mean_y) for x, one in enumerate(y))
        slopes[bar] = covariance / sum((x - mean_x) ** 2 for x in range(period))
    return slopes


def realised_volatility(price: Values, period: int) -> Result:
    """Return the root of the sum of the last `period` squared log returns."""
    volatilities: Result = [None] * len(price)
    for bar in range(period, len(price)):
        window = range(bar - period + 1, bar + 1)
        volatilities[bar] = sqrt(sum(log(price[place] / price[place - 1]) ** 2 for place in window))
    return volatilities


def volatility_rank(price: Values, period: int, ranked: int) -> Result:
    """Return the part of the realised volatilities before that the newest of `ranked` is above."""
    volatilities = realised_volatility(price, period)
    ranks: Result = [None] * len(price)
    for bar in range(period + ranked - 1, len(price)):
        window = [value for value in volatilities[bar - ranked + 1 : bar + 1] if value is not None]
        ranks[bar] = sum(value < window[-1] for value in window[:-1]) / (ranked - 1)
    return ranks

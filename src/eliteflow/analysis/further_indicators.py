"""Channels, stops, volume and volatility beyond the default set: from TA-Lib where it has them, else by numpy."""

from types import MappingProxyType

from eliteflow.analysis.indicator import Indicator
from eliteflow.analysis.kernels import OPEN_TIME_MS, Kernel
from eliteflow.analysis.session_vwap import SessionVwapKernel
from eliteflow.analysis.talib_indicator import from_talib
from eliteflow.analysis.talib_library import Number
from eliteflow.analysis.volatility_rank import VolatilityRankKernel
from eliteflow.analysis.windows import FORMULAS

_BANDS = ("upper", "middle", "lower")
_PRICE = ("close",)


def _own(
    name: str, title: str, inputs: tuple[str, ...], source: str, *, kernel: Kernel | None = None, **parameters: Number
) -> Indicator:
    """Return an indicator with one output, by default with the formula of its name in `windows`."""
    return Indicator(
        name=name,
        title=title,
        outputs=(name,),
        columns=(name,),
        inputs=inputs,
        choosable={"price": 0} if inputs == _PRICE else {},
        parameters=MappingProxyType(parameters),
        source=source,
        kernel=kernel or FORMULAS[name],
    )


FURTHER = (
    from_talib(
        *("supertrend", "SUPERTREND"),
        outputs=("supertrend", "supertrend_trend"),
        columns=("supertrend", "trend"),
        definition="Seban 2008: stop at mid price ± multiplier × ATR, moved only towards the price",
    ),
    from_talib("keltner", "KC", columns=_BANDS, definition="Keltner 1960, by Raschke: EMA of typical prices ± k × ATR"),
    from_talib(
        "donchian", "DONCHIAN", columns=_BANDS, definition="highest high and lowest low, the bar itself included"
    ),
    _own(
        *("rolling_vwap", "Rolling Volume Weighted Average Price", ("high", "low", "close", "volume")),
        source="sum of (high + low + close) / 3 × volume over sum of volume; NaN without volume",
        timeperiod=20,
    ),
    _own(
        *(
            "session_vwap",
            "Volume Weighted Average Price of the UTC day",
            ("high", "low", "close", "volume", OPEN_TIME_MS),
        ),
        source="as rolling_vwap since 00:00 UTC; NaN on a day whose first bar is not known",
        kernel=SessionVwapKernel(),
    ),
    _own(
        *("volume_zscore", "Volume in Standard Deviations from its Mean", ("volume",)),
        source="(volume - mean) / deviation of the whole window; NaN where all volumes are equal",
        timeperiod=20,
    ),
    _own(
        *("regression_slope", "Growth per Bar by Linear Regression", _PRICE),
        source="least-squares slope of ln(price), as Clenow 2015; 0.01 is 1 % a bar",
        timeperiod=20,
    ),
    _own(
        *("realised_volatility", "Realised Volatility", _PRICE),
        source="root of the sum of squared log returns over the window, not annualised; Andersen and Bollerslev 1998",
        timeperiod=20,
    ),
    _own(
        *("volatility_rank", "Realised Volatility beside its own Past", _PRICE),
        source="part of the rankperiod - 1 values before it that realised_volatility is above, 0–1",
        kernel=VolatilityRankKernel(),
        timeperiod=20,
        rankperiod=100,
    ),
)

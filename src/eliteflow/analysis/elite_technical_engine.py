"""Indicators of one DataFrame or of the whole market, equal to TA-Lib's to the bit."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.frame_columns import read_columns
from eliteflow.analysis.indicator import Indicator, Request
from eliteflow.analysis.indicator_registry import IndicatorRegistry
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.kernels import RowKernel
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.talib_library import Array, Number
from eliteflow.errors import InvalidArgument
from eliteflow.model.candle import OHLCV
from eliteflow.model.panel import Panel

if TYPE_CHECKING:
    import pandas as pd


class EliteTechnicalEngine:
    """Computes indicators: for one DataFrame by `calculate`, for a panel of symbols by `calculate_market`.

    Both run the same kernels. The engine keeps nothing but its registry, and never writes into what it is given.
    """

    def __init__(self) -> None:
        self._registry = IndicatorRegistry()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._registry!r})"

    def indicators(self) -> tuple[Indicator, ...]:
        """Return every indicator that can be asked for: name, parameters, outputs, warm-up, convergence, source."""
        return self._registry.all()

    def register(
        self,
        name: str,
        function: Callable[..., Array | tuple[Array, ...]],
        *,
        inputs: Sequence[str],
        outputs: Sequence[str] = (),
        parameters: Mapping[str, Number] | None = None,
        warm_up: int = 0,
        converges_after: int | None = None,
        title: str = "",
        source: str = "registered",
    ) -> Indicator:
        """Add an indicator of one's own, from then on computed like any other, and return its entry.

        function: called for one series at a time with read-only float64 arrays of shape (bars,), one for each of
            `inputs` (columns of the candles), and with the parameters by name. Returns an array of that shape for each
            of `outputs`. A young listing's arrays begin with NaN.
        outputs: names of what it returns; none: one output called `name`.
        warm_up: known bars before its first value. converges_after: known bars from which on it no longer depends on
            where the series began; None: always flagged as not converged.
        Raises InvalidArgument if a name is taken, or no input is named.
        """
        if not inputs or isinstance(inputs, str):
            raise InvalidArgument("inputs", found=inputs, wanted=f"{OHLCV}")
        names = tuple(outputs) or (name,)
        indicator = Indicator(
            name=name,
            title=title or name,
            outputs=names,
            columns=names,
            inputs=tuple(inputs),
            parameters=MappingProxyType(dict(parameters or {})),
            source=source,
            kernel=RowKernel(name, function, len(names), warm_up, converges_after),
        )
        self._registry.add(indicator)
        return indicator

    def calculate(self, name: str, frame: "pd.DataFrame", **params: Number | str) -> "pd.Series | pd.DataFrame":
        """Return one indicator of one series: a float64 Series, or a DataFrame if it has several outputs.

        name: in any case, with or without periods: `rsi`, `EMA`, `ema_20`; any TA-Lib function by its own name.
        frame: candles in columns `open high low close volume`, of which those needed must be there; any index, which
            the result has too. NaN is accepted before the first candle only.
        params: TA-Lib's names (`timeperiod`, `fastperiod`, …), short ones (`period`, `length`, `fast`, `slow`,
            `signal`, `std`), and `price="volume"` to compute a one-price indicator from another column.
        Raises InvalidArgument, with the nearest names, for what does not exist or cannot be used.
        """
        import pandas as pd

        request = self._registry.request(name, params)
        columns = dict(zip(request.inputs, read_columns(frame, request.inputs), strict=True))
        values = [output[0] for output in _Evaluation(self._registry, columns).outputs(request)]
        names, index = request.indicator.columns, frame.index.view()
        if len(values) == 1:
            return pd.Series(values[0], index=index, name=names[0])
        return pd.DataFrame(np.column_stack(values), index=index, columns=list(names))

    def calculate_market(self, panel: Panel, names: Sequence[str] | None = None) -> MarketIndicators:
        """Return indicators of all symbols of `panel`, by default those of `DEFAULT_SET`.

        names: as in `calculate`, periods in the name: `("ema_200", "rsi", "macd_5_35_5")`. Each output is found under
        its own name and those periods: `ema_200`, `rsi`, `macd_5_35_5`, `macd_signal_5_35_5`, ….
        Raises InvalidArgument for an unknown name, before anything is computed.
        """
        if isinstance(names, str):
            raise InvalidArgument("names", found=names, wanted=f"({names!r},)")
        requests = [self._registry.request(name) for name in (DEFAULT_SET if names is None else names)]
        candles, known_bars, holes = _usable(panel)
        evaluation = _Evaluation(self._registry, dict(zip(OHLCV, candles, strict=True)))
        values: dict[str, Array] = {}
        converges_after: dict[str, int | None] = {}
        for request in requests:
            for output, array in zip(request.outputs, evaluation.outputs(request), strict=True):
                array.flags.writeable = False
                values[output] = array
            converges_after |= zip(request.outputs, request.converges_after, strict=True)
        return MarketIndicators(panel, MappingProxyType(values), MappingProxyType(converges_after), known_bars, holes)


class _Evaluation:
    """Computes requests over one set of columns of shape (series, bars), each only once."""

    def __init__(self, registry: IndicatorRegistry, columns: Mapping[str, Array]) -> None:
        self._registry = registry
        self._columns = columns
        self._computed: dict[tuple[str, tuple[tuple[str, Number], ...], tuple[str, ...]], tuple[Array, ...]] = {}

    def outputs(self, request: Request) -> tuple[Array, ...]:
        key = (request.indicator.name, request.parameters, request.inputs)
        if key not in self._computed:
            inputs = [self._column(name) for name in request.inputs]
            if (base := request.indicator.base) is not None:
                inputs += self.outputs(Request(self._registry.get(base), request.parameters, request.inputs))
            self._computed[key] = request.indicator.kernel.compute(inputs, dict(request.parameters))
        return self._computed[key]

    def _column(self, name: str) -> Array:
        if name not in self._columns:
            raise InvalidArgument("column", found=name, wanted=", ".join(self._columns))
        return self._columns[name]


def _usable(panel: Panel) -> tuple[Array, NDArray[np.int64], tuple[str, ...]]:
    """Return the candles, each series' known bars, and the symbols with a hole, whose candles are NaN in what returns.

    The store promises series without holes; where one breaks it, it alone is left out.
    """
    known: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(panel.values))
    bars = np.count_nonzero(known, axis=1)
    is_broken: NDArray[np.bool_] = np.logical_or.reduce(known[:, 1:] < known[:, :-1], axis=1)
    candles = np.ascontiguousarray(panel.values)
    if is_broken.any():
        candles = candles.copy()
        candles[:, is_broken] = np.nan
    holes = tuple(symbol for symbol, broken in zip(panel.symbols, is_broken, strict=True) if broken)
    return candles, np.where(is_broken, 0, bars), holes

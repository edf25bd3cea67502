"""Indicators of one DataFrame or of the whole market, equal to TA-Lib's to the bit."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from eliteflow.analysis.frame_columns import read_columns
from eliteflow.analysis.indicator import Indicator, Request
from eliteflow.analysis.indicator_registry import IndicatorRegistry
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.kernels import OPEN_TIME_MS, RowKernel
from eliteflow.analysis.live_plan import LivePlan
from eliteflow.analysis.live_timeframe import LiveTimeframe
from eliteflow.analysis.market_bar import History, MarketBar, PanelFeed
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.talib_library import Array, Number
from eliteflow.analysis.usable_candles import usable_candles
from eliteflow.errors import InvalidArgument
from eliteflow.model.candle import OHLCV
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

if TYPE_CHECKING:
    import pandas as pd


class EliteTechnicalEngine:
    """Computes indicators: for one DataFrame by `calculate`, for a panel of symbols by `calculate_market`.

    `update` and `peek` give the newest values of the same, for one closed bar, or one in progress, of all symbols.
    All run the same kernels. The engine never writes into what it is given.

    live: what `update` and `peek` compute, named as in `calculate_market`.
    """

    def __init__(self, live: Sequence[str] = DEFAULT_SET) -> None:
        self._registry = IndicatorRegistry()
        self._live_names = _several(live, "live")
        self._live: dict[Timeframe, LiveTimeframe] = {}
        self._feeds: dict[Timeframe, PanelFeed] = {}

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

    def outputs_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return how `calculate_market` names the outputs of `names`; raise InvalidArgument for an unknown name."""
        requests = [self._registry.request(name) for name in _several(names, "names")]
        return tuple(dict.fromkeys(output for request in requests for output in request.outputs))

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
        asked_for = DEFAULT_SET if names is None else _several(names, "names")
        requests = [self._registry.request(name) for name in asked_for]
        candles, known_bars, holes = usable_candles(panel)
        evaluation = _Evaluation(self._registry, _columns(candles, panel))
        values: dict[str, Array] = {}
        converges_after: dict[str, int | None] = {}
        for request in requests:
            for output, array in zip(request.outputs, evaluation.outputs(request), strict=True):
                array.flags.writeable = False
                values[output] = array
            converges_after |= zip(request.outputs, request.converges_after, strict=True)
        return MarketIndicators(panel, MappingProxyType(values), MappingProxyType(converges_after), known_bars, holes)

    def follow(self, names: Sequence[str]) -> None:
        """Let `update` and `peek` compute these too; what they follow already is opened anew by its next bar.

        Raises InvalidArgument for an unknown name.
        """
        self.outputs_of(names)
        wanted = tuple(dict.fromkeys((*self._live_names, *names)))
        if wanted != self._live_names:
            self._live_names = wanted
            self._live.clear()

    def update(self, market: MarketBar | Panel, history: History | None = None) -> MarketIndicators:
        """Take one closed bar of some or all symbols of a timeframe, and return their indicators at that bar.

        market: the bar, or a panel of which it is the newest, compared with the panel before for corrections.
        history: needed with a bar; `CandleStore` is one. Asked only for series that do not simply go on: new ones, and
            those with a gap, a correction (`revisions`) or older bars than were known (`first_ms`).
        Returns one bar: arrays of shape (symbols, 1). Each value equals, to the bit, that of `calculate_market` over
        all bars since the series' anchor, the first bar known when it was opened; `known_bars` counts from there.
        A registered function sees the newest 512 of them. `holes` names the symbols without this bar.
        Raises InvalidArgument for a bar without a history, a panel without bars, and unknown names in `live`.
        """
        if isinstance(market, Panel):
            if not market.bars:
                raise InvalidArgument("panel.bars", found=0, wanted="1, 2, 3, …")
            feed = self._feeds.setdefault(market.timeframe, PanelFeed())
            return self._followed(market.timeframe).update(feed.next(market), feed)
        if history is None:
            raise InvalidArgument("history", found=None, wanted="CandleStore")
        return self._followed(market.timeframe).update(market, history)

    def peek(self, forming: MarketBar) -> MarketIndicators:
        """Return the indicators as if the bars in progress had closed as they are now; nothing is kept of it.

        Returns as `update` does. `holes` names the symbols without a bar in progress, and those of which the bar before
        was not given to `update`.
        """
        return self._followed(forming.timeframe).peek(forming)

    def _followed(self, timeframe: Timeframe) -> LiveTimeframe:
        if timeframe not in self._live:
            requests = map(self._registry.request, self._live_names)
            self._live[timeframe] = LiveTimeframe(LivePlan.of(requests, self._registry, timeframe))
        return self._live[timeframe]


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


def _several(names: Sequence[str], argument: str) -> tuple[str, ...]:
    if isinstance(names, str):
        raise InvalidArgument(argument, found=names, wanted=f"({names!r},)")
    return tuple(names)


def _columns(candles: Array, panel: Panel) -> dict[str, Array]:
    times = np.broadcast_to(panel.open_time_ms.astype(np.float64), candles.shape[1:])
    return {**dict(zip(OHLCV, candles, strict=True)), OPEN_TIME_MS: times}

"""Indicators of one timeframe, carried forward bar by bar, equal to those over the whole history from its anchor."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis.kernels import OPEN_TIME_MS
from eliteflow.analysis.live_plan import FunctionStep, LivePlan
from eliteflow.analysis.live_rows import NEVER_MS, LiveRows
from eliteflow.analysis.market_bar import EVERY_BAR, History, MarketBar
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.talib_library import Array
from eliteflow.analysis.talib_streams import Bar, HandleTable
from eliteflow.analysis.usable_candles import usable_candles
from eliteflow.model.candle import OHLCV
from eliteflow.model.panel import Panel

SEEDING_BARS = 32
"""For so many bars after a function's first value a handle is tried for: some need a few more bars to be opened."""

Rows = NDArray[np.intp]


class LiveTimeframe:
    """Handles, newest bars and newest values of every series of one timeframe.

    values: shape (outputs, rows). tail: OHLCV of the newest bars, shape (5, rows, bars), NaN before the anchor.
    """

    def __init__(self, plan: LivePlan) -> None:
        self._plan = plan
        self._rows = LiveRows(plan.timeframe)
        self._tables = [HandleTable(step.function, step.arguments) for step in plan.functions]
        self._values = np.empty((plan.size, 0))
        self._tail = np.empty((len(OHLCV), 0, plan.memory))

    def update(self, bar: MarketBar, history: History) -> MarketIndicators:
        """Take a closed bar of some or all symbols and return their newest values; the others stay as they are.

        A series that does not go on from its newest bar, or was corrected, is opened anew from `history`.
        """
        rows = self._rows.reserve(bar.symbols, bar.open_time_ms)
        self._grow(len(self._rows))
        progress = self._rows.progress(rows, bar)
        # What is interrupted from here on is opened anew by the next bar: a handle must take no bar twice.
        self._rows.newest_ms[rows[~progress.is_done]] = NEVER_MS
        self._carry_on(rows[progress.goes_on], bar.values[:, progress.goes_on])
        revisions = None if bar.revisions is None else bar.revisions[progress.goes_on]
        self._rows.take(rows[progress.goes_on], bar, revisions)
        self._open(bar, rows, progress.is_new, history)
        is_known = self._rows.newest_ms[rows] == bar.open_time_ms
        values = self._values[:, rows]
        self._derive(values, self._tail[:, rows], bar.open_time_ms)
        values[:, ~is_known] = np.nan
        self._values[:, rows] = values
        opened = tuple(bar.symbols[place] for place in np.flatnonzero(progress.is_new & is_known))
        return self._answer(bar, values, self._rows.known_bars(rows, bar.open_time_ms), opened)

    def peek(self, bar: MarketBar) -> MarketIndicators:
        """Return the values as if the bars in progress had closed as they are now, and keep nothing of it.

        They are NaN for symbols without such a bar, and for those whose bar before has not been taken.
        """
        rows = self._rows.of(bar.symbols)
        before_ms = bar.open_time_ms - self._plan.timeframe.ms
        is_known = (rows >= 0) & bar.is_there
        is_known[is_known] = self._rows.newest_ms[rows[is_known]] == before_ms
        known, forming = rows[is_known], bar.values[:, is_known]
        values = np.full((self._plan.size, len(rows)), np.nan)
        found = np.full((self._plan.size, len(known)), np.nan)
        bars = _bars_by_inputs(self._plan.functions, forming)
        for table, step in zip(self._tables, self._plan.functions, strict=True):
            found[step.places] = table.peek(known.tolist(), bars[step.inputs])
        self._derive(found, _moved_on(self._tail[:, known], forming), bar.open_time_ms)
        values[:, is_known] = found
        known_bars = np.zeros(len(rows), np.int64)
        known_bars[is_known] = self._rows.known_bars(known, before_ms) + 1
        return self._answer(bar, values, known_bars)

    def _carry_on(self, rows: Rows, closed: Array) -> None:
        self._tail[:, rows] = _moved_on(self._tail[:, rows], closed)
        bars = _bars_by_inputs(self._plan.functions, closed)
        for table, step in zip(self._tables, self._plan.functions, strict=True):
            self._values[step.places, rows] = table.update(rows.tolist(), bars[step.inputs])

    def _open(self, bar: MarketBar, rows: Rows, is_new: NDArray[np.bool_], history: History) -> None:
        """Open what must be, from as much history as there is: new series, and handles that had too few bars."""
        wanted = is_new | self._lacks_handles(rows, bar)
        if not wanted.any():
            return
        places = np.flatnonzero(wanted)
        symbols = tuple(bar.symbols[place] for place in places)
        panel = history.panel(bar.timeframe, symbols, bar.open_time_ms, EVERY_BAR)
        if not panel.bars or panel.open_time_ms[-1] != bar.open_time_ms:
            return
        place_of = dict(zip(symbols, places.tolist(), strict=True))
        candles, known_bars, _ = usable_candles(panel)
        for number, (symbol, bars) in enumerate(zip(panel.symbols, known_bars.tolist(), strict=True)):
            place = place_of[symbol]
            series, row = candles[:, number, panel.bars - bars :], int(rows[place])
            if bars and is_new[place]:
                self._open_series(row, series, int(panel.open_time_ms[-bars]), bar, place)
            elif bars:
                self._open_lacking(row, series, bar.open_time_ms)

    def _open_series(self, row: int, series: Array, anchor_ms: int, bar: MarketBar, place: int) -> None:
        self._rows.open(row, anchor_ms, bar.open_time_ms)
        revisions = None if bar.revisions is None else bar.revisions[place : place + 1]
        self._rows.take(np.array([row]), bar, revisions)
        tail = series[:, -self._plan.memory :]
        self._tail[:, row] = np.nan
        self._tail[:, row, self._plan.memory - tail.shape[1] :] = tail
        for table, step in zip(self._tables, self._plan.functions, strict=True):
            self._values[step.places, row] = table.open(row, _columns(series, step.inputs))

    def _open_lacking(self, row: int, series: Array, newest_ms: int) -> None:
        bars = (newest_ms - int(self._rows.anchor_ms[row])) // self._plan.timeframe.ms + 1
        if series.shape[1] < bars:
            return  # The bars since the anchor are no longer there: a younger anchor would give other values.
        for table, step in zip(self._tables, self._plan.functions, strict=True):
            if bars > step.lookback and not table.is_open(row):
                self._values[step.places, row] = table.open(row, _columns(series[:, -bars:], step.inputs))

    def _lacks_handles(self, rows: Rows, bar: MarketBar) -> NDArray[np.bool_]:
        """Return which series lack a handle though they have just got the bars for it, shape (rows,)."""
        known_bars = self._rows.known_bars(rows, bar.open_time_ms)
        lacks = np.zeros(len(rows), np.bool_)
        for table, step in zip(self._tables, self._plan.functions, strict=True):
            for place in table.without_handle(rows.tolist()):
                lacks[place] |= 0 < known_bars[place] - step.lookback <= SEEDING_BARS
        return lacks

    def _derive(self, values: Array, tail: Array, open_time_ms: int) -> None:
        """Compute the steps over the newest bars: `values` (outputs, series) from `tail` (5, series, bars)."""
        for step in self._plan.tails:
            recent = tail[:, :, tail.shape[2] - step.memory :]
            times = open_time_ms - np.arange(step.memory - 1, -1, -1.0) * self._plan.timeframe.ms
            columns: Mapping[str, Array] = {
                **{name: np.ascontiguousarray(column) for name, column in zip(OHLCV, recent, strict=True)},
                OPEN_TIME_MS: np.broadcast_to(times, recent.shape[1:]),
            }
            inputs = [columns[name] for name in step.request.inputs]
            inputs += [output[:, None] for output in values[step.base]]
            outputs = step.request.indicator.kernel.compute(inputs, step.parameters)
            values[step.places] = [output[:, -1] for output in outputs]

    def _answer(
        self, bar: MarketBar, values: Array, known_bars: NDArray[np.int64], opened: tuple[str, ...] = ()
    ) -> MarketIndicators:
        candles = np.where(known_bars > 0, bar.values, np.nan)[:, :, None]
        values.flags.writeable = False
        return MarketIndicators(
            panel=Panel(bar.timeframe, bar.symbols, np.array([bar.open_time_ms], np.int64), candles),
            values=MappingProxyType({name: values[place][:, None] for name, place in self._plan.places.items()}),
            converges_after=MappingProxyType(self._plan.converges_after),
            known_bars=known_bars,
            holes=tuple(symbol for symbol, bars in zip(bar.symbols, known_bars.tolist(), strict=True) if not bars),
            opened=opened,
        )

    def _grow(self, rows: int) -> None:
        more = rows - self._values.shape[1]
        if more > 0:
            self._values = np.pad(self._values, ((0, 0), (0, more)), constant_values=np.nan)
            self._tail = np.pad(self._tail, ((0, 0), (0, more), (0, 0)), constant_values=np.nan)
            for table in self._tables:
                table.grow(rows)


def _moved_on(tail: Array, newest: Array) -> Array:
    """Return the tail without its oldest bar and with a newest one, shape (5, series, bars)."""
    return np.concatenate([tail[:, :, 1:], newest[:, :, None]], axis=2)


def _columns(series: Array, inputs: Sequence[str]) -> list[Array]:
    return [np.ascontiguousarray(series[OHLCV.index(name)]) for name in inputs]


def _bars_by_inputs(functions: Iterable[FunctionStep], values: Array) -> dict[tuple[str, ...], list[Bar]]:
    """Return the bar of each series as the tuples of plain numbers that functions with the same inputs take."""
    columns = dict(zip(OHLCV, values.tolist(), strict=True))
    every_inputs = {step.inputs for step in functions}
    return {inputs: list(zip(*(columns[name] for name in inputs), strict=True)) for inputs in every_inputs}

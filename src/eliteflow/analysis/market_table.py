"""The market table: every symbol with its trends, the strongest agreement first."""

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np
from numpy.typing import NDArray

from eliteflow.analysis import trend_rule
from eliteflow.analysis.trend_monitor import DIRECTIONS, MarketTrends
from eliteflow.model.market_row import MarketRow
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe

BARS_A_DAY = Timeframe.D1.ms // Timeframe.H1.ms


def rank_market(
    trends: Mapping[Timeframe, MarketTrends],
    panels: Mapping[Timeframe, Panel],
    *,
    hourly: Panel | None = None,
    prices: Mapping[str, float] | None = None,
    changes_pct: Mapping[str, float] | None = None,
) -> list[MarketRow]:
    """Return one row for every symbol of `trends`, sorted by falling strength, then by symbol.

    panels: candles of the same timeframes, for the price. hourly: 25 bars of 1h for the 24 h change, by default the
        panel of 1h.
    prices, changes_pct: values by symbol to be used instead where present, as from the venue's ticker.
    """
    symbols = _all_symbols([found.symbols for found in trends.values()])
    rows = {symbol: row for row, symbol in enumerate(symbols)}
    adx = trends.get(Timeframe.H1)
    hourly = panels.get(Timeframe.H1) if hourly is None else hourly
    columns = zip(
        symbols,
        _known(_over(_newest_closes(panels, rows), prices, rows)),
        _known(_over(_changes_pct(hourly, rows), changes_pct, rows)),
        *(_directions(trends.get(timeframe), rows) for timeframe in (Timeframe.H1, Timeframe.M15, Timeframe.M5)),
        _strengths(list(trends.values()), rows).tolist(),
        _known(_aligned(adx.adx, adx.symbols, rows) if adx else np.full(len(rows), np.nan)),
        _converged(list(trends.values()), rows).tolist(),
        strict=True,
    )
    table = [MarketRow(*row) for row in columns]
    return sorted(table, key=lambda row: (-row.strength, row.symbol))


def _all_symbols(lists: Sequence[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(symbol for symbols in lists for symbol in symbols))


def _aligned(values: NDArray[np.float64], symbols: tuple[str, ...], rows: Mapping[str, int]) -> NDArray[np.float64]:
    """Return `values`, one for each of `symbols`, in the order of `rows`; NaN for those that are missing."""
    if tuple(rows) == symbols:
        return values
    aligned = np.full(len(rows), np.nan)
    here = [(row, rows[symbol]) for row, symbol in enumerate(symbols) if symbol in rows]
    aligned[[to for _, to in here]] = values[[of for of, _ in here]]
    return aligned


def _directions(trends: MarketTrends | None, rows: Mapping[str, int]) -> list[str | None]:
    if trends is None:
        return [None] * len(rows)
    numbers = np.nan_to_num(_aligned(trends.direction.astype(np.float64), trends.symbols, rows), nan=trend_rule.UNKNOWN)
    return [DIRECTIONS[number] for number in numbers.astype(np.int8).tolist()]


def _strengths(trends: Sequence[MarketTrends], rows: Mapping[str, int]) -> NDArray[np.float64]:
    """Return the strength of what the timeframes agree on; one that is not known counts as none."""
    if not trends:
        return np.zeros(len(rows))
    signed = [_aligned(np.sign(found.direction) * found.strength, found.symbols, rows) for found in trends]
    return np.abs(np.mean(np.nan_to_num(signed), axis=0))


def _converged(trends: Sequence[MarketTrends], rows: Mapping[str, int]) -> NDArray[np.bool_]:
    flags = [_aligned(found.converged.astype(np.float64), found.symbols, rows) == 1 for found in trends]
    return np.logical_and.reduce(flags) if flags else np.zeros(len(rows), np.bool_)


def _newest_closes(panels: Mapping[Timeframe, Panel], rows: Mapping[str, int]) -> NDArray[np.float64]:
    """Return the newest close of the shortest timeframe in which each symbol has one."""
    closes = np.full(len(rows), np.nan)
    for panel in sorted(panels.values(), key=lambda panel: panel.timeframe.ms):
        if panel.bars:
            found = _aligned(panel.close[:, -1], panel.symbols, rows)
            closes = np.where(np.isnan(closes), found, closes)
    return closes


def _changes_pct(hourly: Panel | None, rows: Mapping[str, int]) -> NDArray[np.float64]:
    if hourly is None or hourly.bars <= BARS_A_DAY:
        return np.full(len(rows), np.nan)
    newest, day_before = hourly.close[:, -1], hourly.close[:, -1 - BARS_A_DAY]
    ratio = np.divide(newest, day_before, out=np.full(len(newest), np.nan), where=day_before > 0)
    return _aligned((ratio - 1) * 100, hourly.symbols, rows)


def _over(
    values: NDArray[np.float64], instead: Mapping[str, float] | None, rows: Mapping[str, int]
) -> NDArray[np.float64]:
    if not instead:
        return values
    given = np.array([instead.get(symbol, np.nan) for symbol in rows])
    return np.where(np.isnan(given), values, given)


def _known(values: NDArray[np.float64]) -> list[float | None]:
    """Return plain numbers, None for NaN, as JSON needs them."""
    return [None if isnan(value) else value for value in values.tolist()]

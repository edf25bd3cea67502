"""The table ranks the market by what its timeframes agree on."""

import json

import numpy as np
import pytest

from eliteflow.analysis.market_table import rank_market
from eliteflow.analysis.trend_monitor import MarketTrends, TrendMonitor
from eliteflow.model.market_row import MarketRow
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import START_MS, panel_of, random_walk

H1, M15, M5 = Timeframe.H1, Timeframe.M15, Timeframe.M5


def trends(timeframe: Timeframe, found: dict[str, tuple[int, float]], *, converged: bool = True) -> MarketTrends:
    """Return trends as direction and strength by symbol."""
    count = len(found)
    return MarketTrends(
        timeframe=timeframe,
        symbols=tuple(found),
        as_of_ms=START_MS,
        direction=np.array([direction for direction, _ in found.values()], np.int8),
        strength=np.array([strength for _, strength in found.values()]),
        since_ms=np.full(count, START_MS),
        adx=np.array([np.nan if direction == -2 else 30.0 for direction, _ in found.values()]),
        converged=np.full(count, converged),
    )


def closes(timeframe: Timeframe, found: dict[str, list[float]]) -> Panel:
    """Return a panel whose prices are the given closes."""
    series = [np.tile(np.array(close, np.float64), (5, 1)) for close in found.values()]
    return panel_of(*series, timeframe=timeframe, symbols=tuple(found))


def test_rows_are_sorted_by_what_the_timeframes_agree_on() -> None:
    """Opposed trends cancel, a flat timeframe halves, equal strengths go by name."""
    hourly = trends(H1, {"D": (1, 0.8), "C": (1, 0.8), "B": (-1, 0.6), "A": (1, 0.8)})
    fast = trends(M5, {"D": (-1, 0.8), "C": (0, 0.0), "B": (-1, 0.6), "A": (0, 0.0)})
    table = rank_market({H1: hourly, M5: fast}, {})
    assert [(row.symbol, round(row.strength, 9)) for row in table] == [("B", 0.6), ("A", 0.4), ("C", 0.4), ("D", 0.0)]
    assert table[0] == MarketRow("B", None, None, "down", None, "down", 0.6, 30.0, True)


def test_what_was_not_chosen_or_is_not_known_is_none() -> None:
    """Missing timeframes, young listings and symbols that one timeframe lacks are told from `flat`."""
    table = {
        row.symbol: row
        for row in rank_market({M15: trends(M15, {"A": (-2, 0.0), "B": (0, 0.0)}), H1: trends(H1, {"B": (1, 0.5)})}, {})
    }
    assert table["A"] == MarketRow("A", None, None, None, None, None, 0.0, None, False)
    assert (table["B"].trend_1h, table["B"].trend_15m, table["B"].trend_5m) == ("up", "flat", None)
    assert table["B"].strength == 0.25


def test_a_row_has_converged_when_all_its_timeframes_have() -> None:
    """One unconverged timeframe marks the row."""
    found = {"A": (1, 0.5)}
    assert rank_market({H1: trends(H1, found), M5: trends(M5, found)}, {})[0].converged
    assert not rank_market({H1: trends(H1, found), M5: trends(M5, found, converged=False)}, {})[0].converged


def test_the_price_is_the_newest_close_of_the_shortest_timeframe() -> None:
    """A symbol that lacks it takes the next longer one."""
    panels = {H1: closes(H1, {"A": [1.0, 2.0], "B": [3.0, 4.0]}), M5: closes(M5, {"A": [5.0, 6.0], "B": [7.0, np.nan]})}
    table = rank_market({H1: trends(H1, {"A": (1, 0.5), "B": (1, 0.4)})}, panels)
    assert [row.price for row in table] == [6.0, 4.0]


@pytest.mark.parametrize(("bars", "expected"), [(24, None), (25, 50.0), (40, 50.0)])
def test_the_change_is_that_of_24_hours_or_unknown(bars: int, expected: float | None) -> None:
    """25 closes of 1h span a day; fewer say nothing."""
    day = [2.0] + [9.0] * 23 + [3.0]
    panel = closes(H1, {"A": ([7.0] * bars + day)[-bars:]})
    (row,) = rank_market({H1: trends(H1, {"A": (1, 0.5)})}, {H1: panel})
    assert row.change_pct == (None if expected is None else pytest.approx(expected))


def test_the_days_hours_may_be_given_apart_from_the_newest_bars() -> None:
    """As in a cycle, where only the newest bars are at hand."""
    newest, day = closes(H1, {"A": [3.0]}), closes(H1, {"A": [2.0] + [9.0] * 23 + [3.0]})
    (row,) = rank_market({H1: trends(H1, {"A": (1, 0.5)})}, {H1: newest}, hourly=day)
    assert row.price == 3.0
    assert row.change_pct == pytest.approx(50.0)


def test_a_young_listing_has_no_change_yet() -> None:
    """NaN a day ago is not a number of percent."""
    panel = closes(H1, {"A": [np.nan] * 10 + [3.0] * 20, "B": [0.0] * 30})
    table = rank_market({H1: trends(H1, {"A": (1, 0.5), "B": (1, 0.4)})}, {H1: panel})
    assert [row.change_pct for row in table] == [None, None]


def test_the_callers_own_values_come_first() -> None:
    """A ticker's price and change replace those from candles, symbol by symbol."""
    panels = {H1: closes(H1, {"A": [2.0] * 30, "B": [2.0] * 30})}
    found = trends(H1, {"A": (1, 0.5), "B": (1, 0.4)})
    table = rank_market({H1: found}, panels, prices={"A": 9.5}, changes_pct={"A": -1.5, "Z": 3.0})
    assert [(row.price, row.change_pct) for row in table] == [(9.5, -1.5), (2.0, 0.0)]


def test_without_trends_there_are_no_rows() -> None:
    """An empty market is an empty table."""
    assert rank_market({}, {}) == []


def test_rows_are_plain_values_for_json() -> None:
    """Numbers are Python's own, NaN never appears, directions are text."""
    panels = {tf: panel_of(random_walk(120), random_walk(120, seed=8), timeframe=tf) for tf in (H1, M15, M5)}
    monitor = TrendMonitor()
    for panel in panels.values():
        monitor.update(panel)
    text = json.dumps([row._asdict() for row in rank_market(monitor.trends, panels)], allow_nan=False)
    assert json.loads(text)[0].keys() == set(MarketRow._fields)

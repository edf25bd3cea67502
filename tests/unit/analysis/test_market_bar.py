"""A bar of the market, and the bars and history that panels make."""

import numpy as np

from eliteflow.analysis.market_bar import MarketBar, PanelFeed
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from tests.unit.analysis.analysis_series import panel_of, random_walk, with_young_head

H1 = Timeframe.H1
PANEL = panel_of(random_walk(30), with_young_head(random_walk(30, seed=8), 20))


def cut(panel: Panel, start: int, stop: int) -> Panel:
    """Return some of a panel's bars, copied."""
    return Panel(panel.timeframe, panel.symbols, panel.open_time_ms[start:stop], panel.values[:, :, start:stop].copy())


def test_the_newest_bar_of_a_panel_knows_how_far_back_it_reaches() -> None:
    """Each series from its own first bar."""
    bar = MarketBar.newest_of(PANEL)
    assert bar.open_time_ms == PANEL.open_time_ms[-1]
    np.testing.assert_array_equal(bar.values, PANEL.values[:, :, -1])
    assert bar.first_ms is not None
    assert bar.first_ms.tolist() == [PANEL.open_time_ms[0], PANEL.open_time_ms[20]]
    assert bar.is_there.all()


def revisions(feed: PanelFeed, panel: Panel) -> list[int]:
    """Return the corrections counted after a panel."""
    counted = feed.next(panel).revisions
    assert counted is not None
    return counted.tolist()


def test_a_feed_counts_corrections_anywhere_in_the_overlap() -> None:
    """Not new bars, not bars that left, not the head of a young listing."""
    feed = PanelFeed()
    assert revisions(feed, cut(PANEL, 0, 25)) == [0, 0]
    assert revisions(feed, cut(PANEL, 3, 27)) == [0, 0]
    corrected = cut(PANEL, 3, 28)
    corrected.values[4, 0, 10] += 1
    assert revisions(feed, corrected) == [1, 0]
    assert revisions(feed, cut(PANEL, 3, 28)) == [2, 0]


def test_a_feed_follows_symbols_by_name() -> None:
    """Another order, a symbol more or less, change nothing; panels without a common bar are not compared."""
    feed = PanelFeed()
    feed.next(cut(PANEL, 0, 10))
    turned = Panel(H1, ("S1USDT", "X", "S0USDT"), PANEL.open_time_ms[:12], PANEL.values[:, [1, 0, 0], :12])
    assert revisions(feed, turned) == [0, 0, 0]
    assert revisions(feed, cut(PANEL, 20, 30)) == [0, 0]


def test_a_feed_is_the_history_of_its_newest_panel() -> None:
    """It gives the rows asked for."""
    feed = PanelFeed()
    feed.next(PANEL)
    found = feed.panel(H1, ("S1USDT",), int(PANEL.open_time_ms[-1]), 99)
    assert found.symbols == ("S1USDT",)
    np.testing.assert_array_equal(found.values[:, 0], PANEL.values[:, 1])

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


def test_a_bar_is_the_same_while_nothing_behind_it_changed() -> None:
    """Another value, a correction, older bars, or other symbols make it another one."""
    bar = MarketBar(
        *(Timeframe.M5, ("A", "B"), 300_000, np.ones((5, 2)), np.array([0, 1], np.int64), np.array([9, 9], np.int64))
    )
    assert bar.is_same(bar._replace(values=np.ones((5, 2))))
    assert not bar.is_same(bar._replace(values=bar.values * 2))
    assert not bar.is_same(bar._replace(revisions=np.array([1, 1], np.int64)))
    assert not bar.is_same(bar._replace(first_ms=np.array([9, 3], np.int64)))
    assert not bar.is_same(bar._replace(revisions=None))
    assert not bar.is_same(bar._replace(symbols=("A", "C")))


def test_a_part_of_a_bar_keeps_what_belongs_to_it() -> None:
    """Rows are chosen in every array."""
    bar = MarketBar(
        *(Timeframe.M5, ("A", "B"), 300_000, np.array([[1.0, 2.0]] * 5), np.array([3, 4], np.int64), None),
    ).select(np.array([1]))
    assert bar.symbols == ("B",)
    assert bar.values[:, 0].tolist() == [2.0] * 5
    assert bar.revisions is not None
    assert (bar.revisions.tolist(), bar.first_ms) == ([4], None)

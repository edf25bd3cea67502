"""Rows know up to which bar each series was followed, and what a bar means for it."""

import numpy as np
import pytest

from eliteflow.analysis.live_rows import FREED_AFTER_MS, LiveRows
from eliteflow.analysis.market_bar import MarketBar
from eliteflow.model.timeframe import Timeframe

M5 = Timeframe.M5
NOW_MS = 1_000 * M5.ms


def bar(*symbols: str, at_ms: int = NOW_MS, revision: int = 0, first_ms: int = 0, price: float = 1.0) -> MarketBar:
    """Return a bar of some symbols, all alike."""
    count = len(symbols)
    return MarketBar(M5, symbols, at_ms, np.full((5, count), price), np.full(count, revision), np.full(count, first_ms))


def followed(symbol: str, *, anchor_ms: int = 0) -> LiveRows:
    """Return rows in which one symbol has taken the bar before `NOW_MS`."""
    rows = LiveRows(M5)
    taken = rows.reserve((symbol,), NOW_MS)
    rows.open(int(taken[0]), anchor_ms, NOW_MS - M5.ms)
    return rows


@pytest.mark.parametrize(
    ("closed", "meaning"),
    [
        (bar("A"), "goes_on"),
        (bar("A", at_ms=NOW_MS - M5.ms), "is_done"),
        (bar("A", at_ms=NOW_MS + M5.ms), "is_new"),
        (bar("A", revision=1), "is_new"),
        (bar("A", first_ms=-M5.ms), "is_new"),
        (bar("A", first_ms=5 * M5.ms), "goes_on"),
        (bar("A")._replace(revisions=None, first_ms=None), "goes_on"),
        (bar("A", price=float("nan")), None),
        (bar("A", price=float("inf")), None),
    ],
)
def test_a_bar_goes_on_is_known_or_begins_anew(closed: MarketBar, meaning: str | None) -> None:
    """By its time, its revision and how far back its history reaches."""
    rows = followed("A")
    progress = rows.progress(rows.of(("A",)), closed)
    assert {name: bool(value[0]) for name, value in progress._asdict().items()} == {
        name: name == meaning for name in progress._fields
    }


def test_known_bars_count_from_the_anchor() -> None:
    """Only at the bar that was taken last."""
    rows = followed("A", anchor_ms=NOW_MS - 10 * M5.ms)
    here = rows.of(("A",))
    assert rows.known_bars(here, NOW_MS - M5.ms).tolist() == [10]
    assert rows.known_bars(here, NOW_MS).tolist() == [0]


def test_a_row_is_given_to_another_symbol_after_a_day_without_news() -> None:
    """Before that a new symbol gets a new row; a symbol that is present keeps its own."""
    rows = followed("A")
    assert rows.reserve(("A", "B"), NOW_MS).tolist() == [0, 1]
    assert rows.reserve(("C",), NOW_MS).tolist() == [1]  # B never had a bar
    later_ms = NOW_MS + FREED_AFTER_MS
    assert rows.reserve(("A", "D"), later_ms).tolist() == [0, 1]
    assert rows.reserve(("E",), later_ms).tolist() == [0]
    assert rows.of(("A", "E")).tolist() == [-1, 0]
    assert rows.known_bars(rows.of(("E",)), NOW_MS - M5.ms).tolist() == [0]

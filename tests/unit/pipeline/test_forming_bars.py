"""The newest version of each bar in progress."""

import numpy as np

from eliteflow.model.candle_push import CandlePush, PushedCandle
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.forming_bars import KEPT_BEHIND, FormingBars
from eliteflow.testing.series import HEAD_MS

M5 = Timeframe.M5


def push(
    bar: int = 0, *, trades: float = 1.0, event_ms: int = 0, close: float = 1.0, symbol: str = "A", final: bool = False
) -> CandlePush:
    """Return a push of a bar, counted from the one at `HEAD_MS`."""
    values = (1.0, 1.0, 1.0, close, 1.0, 1.0, trades, 1.0, 1.0)
    candle = PushedCandle.of(symbol, M5, HEAD_MS + bar * M5.ms, values, is_closed=final)
    return CandlePush(event_ms, candle)


def closes(bars: FormingBars, bar: int = 0) -> list[float]:
    """Return the closes of A and B at a bar."""
    return bars.at(M5, ["A", "B"], HEAD_MS + bar * M5.ms)[3].tolist()


def test_the_push_with_more_trades_is_kept() -> None:
    """Pushes that overtake each other leave the newest state of the bar."""
    bars = FormingBars()
    bars.take([push(trades=5, close=5.0), push(trades=3, close=3.0), push(trades=4, close=4.0)])
    np.testing.assert_array_equal(closes(bars), [5.0, np.nan])


def test_final_pushes_are_handed_back_in_order() -> None:
    """They close bars, which is the store's work."""
    bars = FormingBars()
    finals = bars.take([push(final=True, close=2.0), push(1), push(final=True, symbol="B")])
    assert [(final.candle.symbol, final.candle.close) for final in finals] == [("A", 2.0), ("B", 1.0)]
    np.testing.assert_array_equal(closes(bars), [np.nan, np.nan])


def test_a_late_push_of_an_older_bar_moves_nothing_back() -> None:
    """The bar in progress stays; the older one counts among what was seen."""
    bars = FormingBars()
    bars.take([push(0, trades=2), push(1, close=9.0), push(0, trades=7)])
    np.testing.assert_array_equal(closes(bars, 1), [9.0, np.nan])
    times = HEAD_MS + np.arange(-1, 3) * M5.ms
    assert bars.most_trades(M5, "A", times).tolist() == [0, 7, 1, 0]


def test_only_the_newest_bars_are_remembered() -> None:
    """A series whose finals never come does not grow."""
    bars = FormingBars()
    bars.take([push(bar) for bar in range(KEPT_BEHIND + 5)])
    seen = bars.most_trades(M5, "A", HEAD_MS + np.arange(KEPT_BEHIND + 5) * M5.ms)
    assert seen.tolist() == [0] * 4 + [1] * (KEPT_BEHIND + 1)


def test_a_forgotten_symbol_leaves_nothing() -> None:
    """Neither its newest bar nor those behind."""
    bars = FormingBars()
    bars.take([push(0), push(1), push(0, symbol="B")])
    bars.forget("A")
    assert bars.newest(M5, "A") is None
    np.testing.assert_array_equal(closes(bars), [np.nan, 1.0])
    assert bars.most_trades(M5, "A", np.array([HEAD_MS])).tolist() == [0]
